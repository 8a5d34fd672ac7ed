//! ListOffsets: the ends of a partition, and offsets by time (KIP-79, KIP-734).

use kafka_protocol::{
    ResponseError,
    messages::{
        ListOffsetsRequest, ListOffsetsResponse,
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
        list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse},
    },
};

use super::call::{Call, READ_COMMITTED, led_partition};
use crate::log::{Found, Partition};

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
/// The earliest offset on local disk (KIP-405): the earliest, as there is no other storage.
const EARLIEST_LOCAL: i64 = -4;
/// The latest offset in tiered storage (KIP-1005): there is none.
const LATEST_TIERED: i64 = -5;
/// The first version that says in which leader epoch an offset was written.
const FIRST_LEADER_EPOCH: i16 = 4;

/// Looks up one offset for each partition entry.
pub(crate) fn answer(call: &Call<'_>, request: &ListOffsetsRequest) -> ListOffsetsResponse {
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic
            .partitions
            .iter()
            .map(|asked| partition(call, topic, asked, request.isolation_level));
        ListOffsetsTopicResponse::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions.collect())
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

fn partition(
    call: &Call<'_>,
    topic: &ListOffsetsTopic,
    asked: &ListOffsetsPartition,
    isolation_level: i8,
) -> ListOffsetsPartitionResponse {
    let (name, index) = (topic.name.as_str(), asked.partition_index);
    let topics = call.cluster().topics();
    let spoiled = call
        .verdict
        .refuses(name, Some(index))
        .or_else(|| call.verdict.belies(name, Some(index)));
    let found = match spoiled {
        Some(error) => Err(error),
        None => led_partition(call, &topics, (name, index), asked.current_leader_epoch).and_then(
            |log| {
                Ok((
                    log.leader.epoch,
                    lookup(log, asked.timestamp, isolation_level)?,
                ))
            },
        ),
    };
    let response = ListOffsetsPartitionResponse::default().with_partition_index(index);
    match found {
        Err(error) => response.with_error_code(error.code()),
        Ok((_, None)) => response,
        Ok((leader_epoch, Some(found))) => response
            .with_offset(found.offset)
            .with_timestamp(found.timestamp)
            .with_leader_epoch(if call.version >= FIRST_LEADER_EPOCH {
                leader_epoch
            } else {
                -1
            }),
    }
}

fn lookup(
    log: &Partition,
    timestamp: i64,
    isolation_level: i8,
) -> Result<Option<Found>, ResponseError> {
    let end = |offset| {
        Some(Found {
            offset,
            timestamp: -1,
        })
    };
    match timestamp {
        LATEST if isolation_level == READ_COMMITTED => Ok(end(log.last_stable_offset())),
        LATEST => Ok(end(log.end_offset())),
        EARLIEST | EARLIEST_LOCAL => Ok(end(log.start_offset())),
        MAX_TIMESTAMP => Ok(log.newest()),
        LATEST_TIERED => Ok(None),
        0.. => Ok(log.first_since(timestamp)),
        _ => Err(ResponseError::UnsupportedVersion),
    }
}
