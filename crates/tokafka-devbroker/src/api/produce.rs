//! Produce: validates batches and appends them.

use std::collections::HashSet;

use bytes::Bytes;
use kafka_protocol::{
    ResponseError,
    messages::{
        ProduceRequest, ProduceResponse, RequestKind,
        produce_request::{PartitionProduceData, TopicProduceData},
        produce_response::{
            BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceResponse,
            TopicProduceResponse,
        },
    },
    protocol::StrBytes,
};

use super::{
    call::{ANY_LEADER_EPOCH, Call, leader_hint, led_partition, resolve},
    dispatch::Reply,
};
use crate::{
    Profile,
    cluster::now_ms,
    log::{Appended, Arrival, BatchHeader, CODEC_ZSTD, Rules, validate},
    refusal::Refusal,
};

/// The first version in which zstd may be used (KIP-110).
const FIRST_ZSTD: i16 = 7;
/// The first version that tells where the leader is (KIP-951).
const FIRST_LEADER_HINT: i16 = 10;

/// A batch that lies in the log, as the client is told.
struct Receipt {
    base_offset: i64,
    log_append_time: i64,
    log_start_offset: i64,
}

/// Appends the batch of every partition entry; each succeeds or fails by itself.
///
/// With `acks=0` nothing is answered; if anything failed the connection is closed instead. A
/// duplicate within the producer's window is answered with its old base offset and, as Kafka does
/// it, with its timestamp as the append time.
pub(crate) fn answer(call: &Call<'_>, request: &ProduceRequest) -> Reply {
    let repeated = repeated_partitions(request);
    let mut failed = false;
    let mut leaders = Leaders::default();
    let responses = request.topic_data.iter().map(|topic| {
        let partitions = topic.partition_data.iter().map(|data| {
            let outcome = if repeated.contains(&key(topic, data)) {
                let message = "The request lists this partition more than once";
                Err(Refusal::new(ResponseError::InvalidRequest, message))
            } else {
                partition(call, request, topic, data)
            };
            failed |= outcome.is_err();
            leaders.hinted(call, topic, response(data.index, outcome))
        });
        let partitions = partitions.collect();
        TopicProduceResponse::default()
            .with_name(topic.name.clone())
            .with_topic_id(topic.topic_id)
            .with_partition_responses(partitions)
    });
    let responses: Vec<_> = responses.collect();
    call.cluster().changed.notify_waiters();
    match request.acks {
        0 if failed => Reply::Close,
        0 => Reply::Nothing,
        _ => Reply::Answer(Box::new(
            ProduceResponse::default()
                .with_responses(responses)
                .with_node_endpoints(leaders.0)
                .into(),
        )),
    }
}

type Key<'a> = (&'a str, uuid::Uuid, i32);

fn key<'a>(topic: &'a TopicProduceData, data: &PartitionProduceData) -> Key<'a> {
    (topic.name.as_str(), topic.topic_id, data.index)
}

fn repeated_partitions(request: &ProduceRequest) -> HashSet<Key<'_>> {
    let mut seen = HashSet::new();
    let keys = request.topic_data.iter().flat_map(|topic| {
        topic
            .partition_data
            .iter()
            .map(move |data| key(topic, data))
    });
    keys.filter(|key| !seen.insert(*key)).collect()
}

fn partition(
    call: &Call<'_>,
    request: &ProduceRequest,
    topic: &TopicProduceData,
    data: &PartitionProduceData,
) -> Result<Receipt, Refusal> {
    let (name, rules) = find(call, topic, data.index)?;
    if let Some(error) = call.verdict.refuses(&name, Some(data.index)) {
        return Err(error.into());
    }
    check_request(request)?;
    check_in_sync(call, request.acks, &rules)?;
    let records = data.records.clone().unwrap_or_default();
    check_zstd(call, &records)?;
    let arrival = Arrival {
        topic: &name,
        partition: data.index,
        now: now_ms(),
    };
    let batch = validate(&records, &rules, arrival)?;
    let mut topics = call.cluster().topics();
    led_partition(call, &topics, (&name, data.index), ANY_LEADER_EPOCH)?;
    let appended = topics.append(&name, data.index, &batch)?;
    if let Some(error) = call.verdict.belies(&name, Some(data.index)) {
        return Err(error.into());
    }
    let log_start_offset = topics
        .partition(&name, data.index)
        .map_or(-1, |log| log.start_offset());
    Ok(receipt(appended, log_start_offset))
}

/// The topic's name and rules, if it has the partition and this node leads it.
fn find(call: &Call<'_>, topic: &TopicProduceData, index: i32) -> Result<(String, Rules), Refusal> {
    let topics = call.cluster().topics();
    let name = resolve(&topics, topic.name.as_str(), topic.topic_id)?;
    led_partition(call, &topics, (&name, index), ANY_LEADER_EPOCH)?;
    let topic = topics
        .get(&name)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    if !topic.writable {
        return Err(ResponseError::TopicAuthorizationFailed.into());
    }
    let rules = topic.rules.clone();
    Ok((name, rules))
}

/// Before Kafka 3.7 a topic could ask for more replicas in sync than it has.
fn check_in_sync(call: &Call<'_>, acks: i16, rules: &Rules) -> Result<(), Refusal> {
    let config = &call.cluster().config;
    if acks != -1 || config.profile != Profile::Kafka2_8 || rules.min_in_sync <= config.nodes {
        return Ok(());
    }
    let message = format!(
        "The size of the current ISR ({}) is insufficient to satisfy the min.isr requirement of {}",
        config.nodes, rules.min_in_sync
    );
    Err(Refusal::new(ResponseError::NotEnoughReplicas, message))
}

fn check_request(request: &ProduceRequest) -> Result<(), Refusal> {
    if !matches!(request.acks, -1..=1) {
        return Err(ResponseError::InvalidRequiredAcks.into());
    }
    if request.transactional_id.is_some() {
        let message = "This broker has no transactions: the request has a transactional id";
        return Err(Refusal::new(ResponseError::InvalidTxnState, message));
    }
    Ok(())
}

fn check_zstd(call: &Call<'_>, records: &Bytes) -> Result<(), Refusal> {
    let codec = BatchHeader::parse(records).map(|header| header.codec_id());
    if call.version < FIRST_ZSTD && codec == Some(CODEC_ZSTD) {
        let message =
            "Produce requests before version 7 are not allowed to use ZStandard compression";
        return Err(Refusal::new(
            ResponseError::UnsupportedCompressionType,
            message,
        ));
    }
    Ok(())
}

fn receipt(appended: Appended, log_start_offset: i64) -> Receipt {
    match appended {
        Appended::New {
            base_offset,
            log_append_time,
            ..
        } => Receipt {
            base_offset,
            log_append_time,
            log_start_offset,
        },
        Appended::Duplicate {
            base_offset,
            max_timestamp,
        } => Receipt {
            base_offset,
            log_append_time: max_timestamp,
            log_start_offset,
        },
    }
}

fn response(index: i32, outcome: Result<Receipt, Refusal>) -> PartitionProduceResponse {
    let response = PartitionProduceResponse::default().with_index(index);
    match outcome {
        Ok(receipt) => response
            .with_base_offset(receipt.base_offset)
            .with_log_append_time_ms(receipt.log_append_time)
            .with_log_start_offset(receipt.log_start_offset),
        Err(refusal) => response
            .with_error_code(refusal.error.code())
            .with_error_message(refusal.wire_message())
            .with_record_errors(refusal.records.into_iter().map(told).collect())
            .with_base_offset(-1),
    }
}

fn told((index, text): (i32, String)) -> BatchIndexAndErrorMessage {
    BatchIndexAndErrorMessage::default()
        .with_batch_index(index)
        .with_batch_index_error_message(Some(StrBytes::from_string(text)))
}

/// The nodes that lead what was asked of the wrong node.
#[derive(Debug, Default)]
struct Leaders(Vec<NodeEndpoint>);

impl Leaders {
    /// The response with a hint, if this node was the wrong one.
    fn hinted(
        &mut self,
        call: &Call<'_>,
        topic: &TopicProduceData,
        response: PartitionProduceResponse,
    ) -> PartitionProduceResponse {
        let misled = response.error_code == ResponseError::NotLeaderOrFollower.code();
        if !misled || call.version < FIRST_LEADER_HINT {
            return response;
        }
        let topics = call.cluster().topics();
        let hint = resolve(&topics, topic.name.as_str(), topic.topic_id)
            .ok()
            .and_then(|name| leader_hint(call, &topics, (&name, response.index)));
        let Some((leader, endpoint)) = hint else {
            return response;
        };
        let node_id = endpoint.id.into();
        if !self.0.iter().any(|known| known.node_id == node_id) {
            let known = NodeEndpoint::default()
                .with_node_id(node_id)
                .with_host(endpoint.host())
                .with_port(endpoint.port());
            self.0.push(known);
        }
        let leader = LeaderIdAndEpoch::default()
            .with_leader_id(node_id)
            .with_leader_epoch(leader.epoch);
        response.with_current_leader(leader)
    }
}

/// The bytes that a request counts for its quota.
pub(crate) fn produced_bytes(request: &RequestKind) -> usize {
    let RequestKind::Produce(request) = request else {
        return 0;
    };
    let partitions = request
        .topic_data
        .iter()
        .flat_map(|topic| &topic.partition_data);
    partitions
        .map(|data| data.records.as_ref().map_or(0, Bytes::len))
        .sum()
}
