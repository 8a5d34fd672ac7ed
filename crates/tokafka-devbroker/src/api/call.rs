//! What a handler knows besides the request's body.

use kafka_protocol::ResponseError;
use uuid::Uuid;

use crate::{faults::Verdict, log::Partition, node::Node, topics::Topics};

/// One request being carried out.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) node: &'a Node,
    pub(crate) version: i16,
    pub(crate) verdict: &'a Verdict,
}

/// The leader epoch that a client may name for "I don't know".
const ANY_LEADER_EPOCH: i32 = -1;
/// The one leader epoch there is.
const LEADER_EPOCH: i32 = 0;

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

/// The partition, if the client's idea of its leader epoch is right (KIP-320).
pub(crate) fn led_partition<'a>(
    topics: &'a Topics,
    topic: &str,
    index: i32,
    leader_epoch: i32,
) -> Result<&'a Partition, ResponseError> {
    let partition = topics
        .partition(topic, index)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    match leader_epoch {
        ANY_LEADER_EPOCH | LEADER_EPOCH => Ok(partition),
        ..ANY_LEADER_EPOCH => Err(ResponseError::FencedLeaderEpoch),
        _ => Err(ResponseError::UnknownLeaderEpoch),
    }
}
