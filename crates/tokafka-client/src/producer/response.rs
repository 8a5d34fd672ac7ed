//! Answers to produce requests.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use kafka_protocol::{
    ResponseError,
    messages::{
        ProduceResponse,
        produce_response::{NodeEndpoint, PartitionProduceResponse, TopicProduceResponse},
    },
};

use super::{
    refused::RefusedRecord,
    request::{LAST_BY_NAME, Part},
};
use crate::{cluster::LeaderHint, settings::Endpoint, wire};

/// What a broker says to a request.
#[derive(Debug)]
pub(super) struct Answer {
    /// How long the broker takes no more requests of this connection (KIP-219).
    pub(super) throttle: Duration,
    /// One for each part of the request, in its order; `None` if the broker left it out.
    pub(super) parts: Vec<Option<PartitionAnswer>>,
    /// Leaders that the broker names beside its refusals (KIP-951).
    pub(super) hints: Vec<LeaderHint>,
}

/// What a broker says to one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartitionAnswer {
    pub(super) code: Option<ResponseError>,
    /// -1 if the broker does not say.
    pub(super) base_offset: i64,
    pub(super) message: Option<String>,
    /// Records that were refused, if the broker names them.
    pub(super) records: Vec<RefusedRecord>,
    /// The leader stands in the hints.
    pub(super) names_leader: bool,
}

/// Reads the answer to a request whose parts are in the order that `request::body` gave them.
///
/// # Errors
/// What is wrong with it.
pub(super) fn decode(body: Bytes, version: i16, parts: &[Part]) -> Result<Answer, String> {
    let response: ProduceResponse = wire::decode(body, version)?;
    let millis = u64::try_from(response.throttle_time_ms).unwrap_or(0);
    let endpoints = endpoints(&response.node_endpoints);
    let mut answer = Answer {
        throttle: Duration::from_millis(millis),
        parts: vec![None; parts.len()],
        hints: Vec::new(),
    };
    for topic in &response.responses {
        for partition in &topic.partition_responses {
            let Some(at) = find(parts, version, topic, partition.index) else {
                continue;
            };
            let (Some(part), Some(place)) = (parts.get(at), answer.parts.get_mut(at)) else {
                continue;
            };
            let hint = hint(part, partition, &endpoints);
            *place = Some(read(partition, hint.is_some()));
            answer.hints.extend(hint);
        }
    }
    Ok(answer)
}

fn find(
    parts: &[Part],
    version: i16,
    topic: &TopicProduceResponse,
    partition: i32,
) -> Option<usize> {
    let found = if version > LAST_BY_NAME {
        parts.binary_search_by(|part| {
            part.topic
                .id
                .cmp(&topic.topic_id)
                .then(part.partition.cmp(&partition))
        })
    } else {
        let name: &str = &topic.name;
        parts.binary_search_by(|part| {
            part.topic
                .name
                .as_ref()
                .cmp(name)
                .then(part.partition.cmp(&partition))
        })
    };
    found.ok()
}

fn read(partition: &PartitionProduceResponse, names_leader: bool) -> PartitionAnswer {
    PartitionAnswer {
        code: ResponseError::try_from_code(partition.error_code),
        base_offset: partition.base_offset,
        message: partition.error_message.as_deref().map(str::to_owned),
        records: records(partition),
        names_leader,
    }
}

fn records(partition: &PartitionProduceResponse) -> Vec<RefusedRecord> {
    let errors = partition.record_errors.iter();
    errors
        .filter_map(|error| {
            let index = u32::try_from(error.batch_index).ok()?;
            let message = error.batch_index_error_message.as_deref();
            Some(RefusedRecord::new(index, message.map(str::to_owned)))
        })
        .collect()
}

fn hint(
    part: &Part,
    partition: &PartitionProduceResponse,
    endpoints: &HashMap<i32, Endpoint>,
) -> Option<LeaderHint> {
    let leader = partition.current_leader.leader_id.0;
    (leader >= 0).then(|| LeaderHint {
        topic: part.topic.name.clone(),
        partition: part.partition,
        leader,
        leader_epoch: partition.current_leader.leader_epoch,
        endpoint: endpoints.get(&leader).cloned(),
    })
}

fn endpoints(nodes: &[NodeEndpoint]) -> HashMap<i32, Endpoint> {
    nodes
        .iter()
        .filter_map(|node| {
            let port = u16::try_from(node.port).ok()?;
            Some((
                node.node_id.0,
                Endpoint {
                    host: node.host.to_string(),
                    port,
                },
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests;
