//! What a handler knows besides the request's body.

use kafka_protocol::ResponseError;
use uuid::Uuid;

use crate::{
    cluster::{Cluster, Endpoint, Node},
    faults::Verdict,
    log::{Leader, Partition},
    topics::Topics,
};

/// One request being carried out.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) node: &'a Node,
    pub(crate) version: i16,
    pub(crate) verdict: &'a Verdict,
}

impl<'a> Call<'a> {
    pub(crate) fn cluster(&self) -> &'a Cluster {
        &self.node.cluster
    }
}

/// The leader epoch that a client may name for "I don't know".
pub(crate) const ANY_LEADER_EPOCH: i32 = -1;

/// The isolation level that waits for transactions to end.
pub(crate) const READ_COMMITTED: i8 = 1;

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

/// The partition, if this node leads it and the client's idea of its leader epoch is right (KIP-320).
pub(crate) fn led_partition<'a>(
    call: &Call<'_>,
    topics: &'a Topics,
    (topic, index): (&str, i32),
    leader_epoch: i32,
) -> Result<&'a Partition, ResponseError> {
    let partition = topics
        .partition(topic, index)
        .ok_or(ResponseError::UnknownTopicOrPartition)?;
    let Leader { node, epoch } = partition.leader;
    match leader_epoch {
        ANY_LEADER_EPOCH => {}
        known if known < epoch => return Err(ResponseError::FencedLeaderEpoch),
        known if known > epoch => return Err(ResponseError::UnknownLeaderEpoch),
        _ => {}
    }
    if node == call.node.id {
        Ok(partition)
    } else {
        Err(ResponseError::NotLeaderOrFollower)
    }
}

/// Who leads a partition and where that node is, for a client that asked the wrong one (KIP-951).
pub(crate) fn leader_hint(
    call: &Call<'_>,
    topics: &Topics,
    (topic, index): (&str, i32),
) -> Option<(Leader, Endpoint)> {
    let leader = topics.partition(topic, index)?.leader;
    Some((leader, call.cluster().endpoint(leader.node)?))
}
