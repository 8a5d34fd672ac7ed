//! Fetch: reads whole batches, waiting for them if there are too few.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use kafka_protocol::{
    ResponseError,
    messages::{
        FetchRequest, FetchResponse,
        fetch_request::{FetchPartition, FetchTopic},
        fetch_response::{FetchableTopicResponse, PartitionData},
    },
};
use tokio::time::{Instant, timeout_at};

use super::call::{Asked, Call, led_partition, resolve};
use crate::{log::ReadLimit, topics::Topics};

const READ_COMMITTED: i8 = 1;

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
        let mut changed = pin!(call.node.changed.notified());
        changed.as_mut().enable();
        let read = Read::all(call, request);
        if read.suffices(request) || timeout_at(deadline, changed).await.is_err() {
            return FetchResponse::default().with_responses(read.topics);
        }
    }
}

/// What one pass over the partitions found.
#[derive(Debug, Default)]
struct Read {
    topics: Vec<FetchableTopicResponse>,
    bytes: usize,
    failed: bool,
}

impl Read {
    fn all(call: &Call<'_>, request: &FetchRequest) -> Self {
        let topics = call.node.topics();
        let mut read = Self::default();
        for topic in &request.topics {
            let partitions = topic.partitions.iter().map(|asked| {
                let limit = read.limit(request, asked);
                let data = partition(call, &topics, (topic, asked), limit);
                read.bytes += data.records.as_ref().map_or(0, Bytes::len);
                read.failed |= data.error_code != 0;
                data.with_aborted_transactions(aborted(request))
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

    fn suffices(&self, request: &FetchRequest) -> bool {
        let min_bytes = usize::try_from(request.min_bytes.min(request.max_bytes)).unwrap_or(0);
        self.failed || request.topics.is_empty() || self.bytes >= min_bytes
    }
}

fn partition(
    call: &Call<'_>,
    topics: &Topics,
    (topic, asked): (&FetchTopic, &FetchPartition),
    limit: ReadLimit,
) -> PartitionData {
    let read = resolve(topics, topic.topic.as_str(), topic.topic_id).and_then(|name| {
        let index = Some(asked.partition);
        let spoiled = call
            .verdict
            .refuses(&name, index)
            .or_else(|| call.verdict.belies(&name, index));
        spoiled.map_or(Ok(()), Err)?;
        let asked_for = Asked {
            topic: &name,
            index: asked.partition,
            leader_epoch: asked.current_leader_epoch,
        };
        let log = led_partition(topics, call.node_id, asked_for)?;
        if !(log.start_offset()..=log.end_offset()).contains(&asked.fetch_offset) {
            return Err(ResponseError::OffsetOutOfRange);
        }
        Ok((log, log.read(asked.fetch_offset, limit)))
    });
    let data = PartitionData::default().with_partition_index(asked.partition);
    match read {
        Err(error) => data.with_error_code(error.code()).with_high_watermark(-1),
        Ok((log, records)) => data
            .with_high_watermark(log.end_offset())
            .with_last_stable_offset(log.end_offset())
            .with_log_start_offset(log.start_offset())
            .with_records(Some(records)),
    }
}

/// There are no transactions: none were aborted. Null for readers that do not ask.
fn aborted(
    request: &FetchRequest,
) -> Option<Vec<kafka_protocol::messages::fetch_response::AbortedTransaction>> {
    (request.isolation_level == READ_COMMITTED).then(Vec::new)
}
