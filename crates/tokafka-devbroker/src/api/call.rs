//! What a handler knows besides the request's body.

use std::cmp::Ordering;

use kafka_protocol::ResponseError;
use uuid::Uuid;

use crate::{faults::Verdict, log::Partition, node::Node, topics::Topics};

/// One request being carried out.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) node: &'a Node,
    /// The node that was asked.
    pub(crate) node_id: i32,
    pub(crate) version: i16,
    pub(crate) verdict: &'a Verdict,
}

/// The leader epoch that a client may name for "I don't know".
const ANY_LEADER_EPOCH: i32 = -1;

/// The error code of an outcome, 0 for success.
pub(crate) fn code(error: Option<ResponseError>) -> i16 {
    error.map_or(0, |error| error.code())
}

/// The topic's name: as the request gives it, or looked up by its id if the request has one.
pub(crate) fn resolve(topics: &Topics, name: &str, id: Uuid) -> Result<String, ResponseError> {
    if id.is_nil() {
        return Ok(name.to_owned());
    }
    topics
        .name_of(id)
        .map(str::to_owned)
        .ok_or(ResponseError::UnknownTopicId)
}

/// A partition that a client asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) topic: &'a str,
    pub(crate) index: i32,
    /// What the client takes for its leader epoch.
    pub(crate) leader_epoch: i32,
}

/// The partition, if this node leads it and the client's idea of its leader epoch is right (KIP-320).
pub(crate) fn led_partition<'a>(
    topics: &'a Topics,
    node_id: i32,
    asked: Asked<'_>,
) -> Result<&'a Partition, ResponseError> {
    let partition = topics
        .partition(asked.topic, asked.index)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    match asked.leader_epoch.cmp(&partition.leader_epoch()) {
        Ordering::Less if asked.leader_epoch != ANY_LEADER_EPOCH => {
            Err(ResponseError::FencedLeaderEpoch)
        }
        Ordering::Greater => Err(ResponseError::UnknownLeaderEpoch),
        Ordering::Less | Ordering::Equal if partition.leader() == node_id => Ok(partition),
        Ordering::Less | Ordering::Equal => Err(ResponseError::NotLeaderOrFollower),
    }
}
