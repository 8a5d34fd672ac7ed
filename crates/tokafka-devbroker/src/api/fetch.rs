//! Fetch: reads whole batches, waiting for them if there are too few.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use kafka_protocol::{
    ResponseError,
    messages::{
        FetchRequest, FetchResponse,
        fetch_request::{FetchPartition, FetchTopic},
        fetch_response::{
            AbortedTransaction, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint,
            PartitionData,
        },
    },
};
use tokio::time::{Instant, timeout_at};

use super::call::{Call, READ_COMMITTED, leader_hint, led_partition, resolve};
use crate::{
    cluster::Endpoint,
    log::{Aborted, Leader, Partition, ReadLimit},
    topics::Topics,
};

/// The first version that tells where the leader is (KIP-951).
const FIRST_LEADER_HINT: i16 = 16;

/// Reads what is there, or waits up to `max_wait_ms` until there are `min_bytes`.
///
/// Partitions are filled in the order of the request until `max_bytes`; the first that has data
/// gives one batch at least, however large. An error of any partition is answered at once. As no
/// session is ever granted, a request that continues one is refused.
pub(crate) async fn answer(call: &Call<'_>, request: &FetchRequest) -> FetchResponse {
    if request.session_id != 0 {
        let error = ResponseError::FetchSessionIdNotFound;
        return FetchResponse::default().with_error_code(error.code());
    }
    let max_wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let deadline = Instant::now() + max_wait;
    loop {
        let mut changed = pin!(call.cluster().changed.notified());
        changed.as_mut().enable();
        let read = Read::all(call, request);
        if read.suffices(request) || timeout_at(deadline, changed).await.is_err() {
            return FetchResponse::default()
                .with_responses(read.topics)
                .with_node_endpoints(read.leaders);
        }
    }
}

/// What one pass over the partitions found.
#[derive(Debug, Default)]
struct Read {
    topics: Vec<FetchableTopicResponse>,
    leaders: Vec<NodeEndpoint>,
    bytes: usize,
    failed: bool,
}

impl Read {
    fn all(call: &Call<'_>, request: &FetchRequest) -> Self {
        let topics = call.cluster().topics();
        let mut read = Self::default();
        for topic in &request.topics {
            let partitions = topic.partitions.iter().map(|asked| {
                let data = read.partition(call, request, &topics, (topic, asked));
                read.bytes += data.records.as_ref().map_or(0, Bytes::len);
                data.with_partition_index(asked.partition)
            });
            let partitions = partitions.collect();
            let response = FetchableTopicResponse::default()
                .with_topic(topic.topic.clone())
                .with_topic_id(topic.topic_id)
                .with_partitions(partitions);
            read.topics.push(response);
        }
        read
    }

    fn limit(&self, request: &FetchRequest, asked: &FetchPartition) -> ReadLimit {
        let request_max = usize::try_from(request.max_bytes).unwrap_or(0);
        let partition_max = usize::try_from(asked.partition_max_bytes).unwrap_or(0);
        let max = request_max.saturating_sub(self.bytes).min(partition_max);
        if self.bytes == 0 {
            ReadLimit::OneBatchOr(max)
        } else {
            ReadLimit::AtMost(max)
        }
    }

    /// What one partition gives: records, or an error and perhaps a hint.
    fn partition(
        &mut self,
        call: &Call<'_>,
        request: &FetchRequest,
        topics: &Topics,
        (topic, asked): (&FetchTopic, &FetchPartition),
    ) -> PartitionData {
        let limit = self.limit(request, asked);
        let named = resolve(topics, topic.topic.as_str(), topic.topic_id);
        let found = named
            .clone()
            .and_then(|name| find(call, topics, &name, asked));
        match (found, named) {
            (Ok(log), _) => records(request, asked, log, limit),
            (Err(error), named) => {
                self.failed = true;
                let data = PartitionData::default()
                    .with_error_code(error.code())
                    .with_high_watermark(-1);
                let misled = matches!(
                    error,
                    ResponseError::NotLeaderOrFollower | ResponseError::FencedLeaderEpoch
                );
                let hint = named
                    .ok()
                    .filter(|_| misled && call.version >= FIRST_LEADER_HINT)
                    .and_then(|name| leader_hint(call, topics, (&name, asked.partition)));
                self.hinted(data, hint)
            }
        }
    }

    fn hinted(&mut self, data: PartitionData, hint: Option<(Leader, Endpoint)>) -> PartitionData {
        let Some((leader, endpoint)) = hint else {
            return data;
        };
        let node_id = endpoint.id.into();
        if !self.leaders.iter().any(|known| known.node_id == node_id) {
            let known = NodeEndpoint::default()
                .with_node_id(node_id)
                .with_host(endpoint.host())
                .with_port(endpoint.port());
            self.leaders.push(known);
        }
        let leader = LeaderIdAndEpoch::default()
            .with_leader_id(node_id)
            .with_leader_epoch(leader.epoch);
        data.with_current_leader(leader)
    }

    fn suffices(&self, request: &FetchRequest) -> bool {
        let min_bytes = usize::try_from(request.min_bytes.min(request.max_bytes)).unwrap_or(0);
        self.failed || request.topics.is_empty() || self.bytes >= min_bytes
    }
}

/// The log to read from.
fn find<'a>(
    call: &Call<'_>,
    topics: &'a Topics,
    name: &str,
    asked: &FetchPartition,
) -> Result<&'a Partition, ResponseError> {
    let index = Some(asked.partition);
    let spoiled = call
        .verdict
        .refuses(name, index)
        .or_else(|| call.verdict.belies(name, index));
    spoiled.map_or(Ok(()), Err)?;
    let place = (name, asked.partition);
    let log = led_partition(call, topics, place, asked.current_leader_epoch)?;
    if (log.start_offset()..=log.end_offset()).contains(&asked.fetch_offset) {
        Ok(log)
    } else {
        Err(ResponseError::OffsetOutOfRange)
    }
}

/// What lies there: for a reader of what is committed, up to the last stable offset and with the
/// transactions that it must skip.
fn records(
    request: &FetchRequest,
    asked: &FetchPartition,
    log: &Partition,
    limit: ReadLimit,
) -> PartitionData {
    let (until, aborted) = if request.isolation_level == READ_COMMITTED {
        let aborted = log.aborted_since(asked.fetch_offset).map(told);
        (log.last_stable_offset(), Some(aborted.collect()))
    } else {
        (log.end_offset(), None)
    };
    PartitionData::default()
        .with_high_watermark(log.end_offset())
        .with_last_stable_offset(log.last_stable_offset())
        .with_log_start_offset(log.start_offset())
        .with_aborted_transactions(aborted)
        .with_records(Some(log.read(asked.fetch_offset, until, limit)))
}

fn told(aborted: Aborted) -> AbortedTransaction {
    AbortedTransaction::default()
        .with_producer_id(aborted.producer_id.into())
        .with_first_offset(aborted.first_offset)
}
