//! ListOffsets: where a partition begins and ends, and what it holds from a time on.

use crate::{
    cluster::{Cluster, Target, TopicView},
    error::{RequestError, ResponseError, TopicError},
    settings::IsolationLevel,
    wire::Api,
};
use futures::future::try_join_all;
use kafka_protocol::{
    messages::{
        BrokerId, ListOffsetsRequest, ListOffsetsResponse, TopicName,
        list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
        list_offsets_response::ListOffsetsPartitionResponse,
    },
    protocol::StrBytes,
};
use std::collections::{BTreeMap, HashMap};

/// Stand for a timestamp.
const EARLIEST: i64 = -2;
const LATEST: i64 = -1;
const READ_COMMITTED: i8 = 1;
/// Who asks, where replicas give their id (`ListOffsetsRequest` of Kafka): the second is told of what
/// is not replicated yet.
const CONSUMER: BrokerId = BrokerId(-1);
const DEBUGGER: BrokerId = BrokerId(-2);
/// The answer if no record is as young as the timestamp.
pub(crate) const NONE_FOUND: i64 = -1;

/// Which offset of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetSpec {
    /// The first that is still in the log.
    Earliest,
    /// One past the last that readers see.
    Latest,
    /// One past the last that readers of committed records see: where the first open transaction
    /// begins.
    LastStable,
    /// One past the last that the leader has, also if its replicas do not have it yet.
    LogEnd,
    /// The first whose timestamp, in milliseconds since the epoch, is at least this; the end of the
    /// partition if there is none.
    AtTime(i64),
}

impl OffsetSpec {
    /// One past the last that readers with this isolation see.
    pub fn end(isolation: IsolationLevel) -> Self {
        match isolation {
            IsolationLevel::ReadUncommitted => Self::Latest,
            IsolationLevel::ReadCommitted => Self::LastStable,
        }
    }
}

/// One offset for each of these partitions, in their order, by one request to each leader. Makes
/// one attempt.
pub(crate) async fn list_offsets(
    cluster: &Cluster,
    topic: &TopicView,
    partitions: &[i32],
    spec: OffsetSpec,
) -> Result<Vec<i64>, TopicError> {
    let asked = by_leader(topic, partitions)?
        .into_iter()
        .map(|(leader, partitions)| async move {
            let request = request(cluster, &topic.name, &partitions, spec);
            let response = cluster
                .call(Target::Broker(leader), |_| request.clone())
                .await?;
            offsets(response, &topic.name)
        });
    let found: HashMap<i32, i64> = try_join_all(asked).await?.into_iter().flatten().collect();
    let offset = |partition| {
        found
            .get(partition)
            .copied()
            .ok_or_else(|| unanswered(topic))
    };
    partitions.iter().map(offset).collect()
}

fn by_leader(
    topic: &TopicView,
    partitions: &[i32],
) -> Result<BTreeMap<i32, Vec<i32>>, RequestError> {
    let mut leaders: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for &partition in partitions {
        let view = usize::try_from(partition)
            .ok()
            .and_then(|index| topic.partitions.get(index));
        let leader = view
            .and_then(|view| view.leader)
            .ok_or(RequestError::Refused {
                api: ListOffsetsRequest::NAME,
                code: ResponseError::LeaderNotAvailable,
                message: Some(format!(
                    "topic {} partition {partition} has no leader",
                    topic.name
                )),
            })?;
        leaders.entry(leader).or_default().push(partition);
    }
    Ok(leaders)
}

fn request(
    cluster: &Cluster,
    topic: &str,
    partitions: &[i32],
    spec: OffsetSpec,
) -> ListOffsetsRequest {
    let (timestamp, isolation, reader) = match spec {
        OffsetSpec::Earliest => (EARLIEST, 0, CONSUMER),
        OffsetSpec::Latest => (LATEST, 0, CONSUMER),
        OffsetSpec::LastStable => (LATEST, READ_COMMITTED, CONSUMER),
        OffsetSpec::LogEnd => (LATEST, 0, DEBUGGER),
        // Negative ones have meanings of their own.
        OffsetSpec::AtTime(timestamp) => (timestamp.max(0), 0, CONSUMER),
    };
    let partition = |&partition: &i32| {
        ListOffsetsPartition::default()
            .with_partition_index(partition)
            .with_timestamp(timestamp)
    };
    let topic = ListOffsetsTopic::default()
        .with_name(TopicName(StrBytes::from_string(topic.to_owned())))
        .with_partitions(partitions.iter().map(partition).collect());
    let timeout = cluster.settings().request_timeout.as_millis();
    ListOffsetsRequest::default()
        .with_replica_id(reader)
        .with_isolation_level(isolation)
        .with_topics(vec![topic])
        .with_timeout_ms(i32::try_from(timeout).unwrap_or(i32::MAX))
}

fn offsets(response: ListOffsetsResponse, topic: &str) -> Result<Vec<(i32, i64)>, TopicError> {
    let partitions = response
        .topics
        .into_iter()
        .flat_map(|topic| topic.partitions);
    partitions
        .map(|partition| offset(&partition, topic))
        .collect()
}

fn offset(partition: &ListOffsetsPartitionResponse, topic: &str) -> Result<(i32, i64), TopicError> {
    let api = ListOffsetsRequest::NAME;
    match ResponseError::try_from_code(partition.error_code) {
        None if partition.offset < NONE_FOUND => Err(malformed(format!(
            "offset {} of topic {topic} partition {}",
            partition.offset, partition.partition_index
        ))),
        None => Ok((partition.partition_index, partition.offset)),
        // Also of a topic that this broker does not know: it may only have moved.
        Some(code) if code.is_retriable() => {
            let message = format!("topic {topic} partition {}", partition.partition_index);
            Err(RequestError::Refused {
                api,
                code,
                message: Some(message),
            }
            .into())
        }
        Some(code) => Err(TopicError::refused(api, topic, code, None)),
    }
}

fn unanswered(topic: &TopicView) -> TopicError {
    malformed(format!(
        "it lacks a partition of topic {} that was asked for",
        topic.name
    ))
}

fn malformed(reason: String) -> TopicError {
    TopicError::Request(RequestError::Malformed {
        address: "the leader".to_owned(),
        api: ListOffsetsRequest::NAME,
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::PartitionView;

    fn topic(leaders: &[Option<i32>]) -> TopicView {
        let view = |&leader: &_| PartitionView {
            leader,
            leader_epoch: 0,
        };
        TopicView {
            name: "t".into(),
            id: uuid::Uuid::nil(),
            partitions: leaders.iter().map(view).collect(),
        }
    }

    #[test]
    fn partitions_are_asked_of_their_leaders() {
        let topic = topic(&[Some(7), Some(3), Some(7), None]);
        let leaders = by_leader(&topic, &[0, 1, 2]).unwrap();
        assert_eq!(leaders, BTreeMap::from([(3, vec![1]), (7, vec![0, 2])]));
    }

    #[test]
    fn a_partition_without_leader_is_named_and_may_be_asked_again() {
        let error = by_leader(&topic(&[None]), &[0]).unwrap_err();
        assert!(error.is_retriable());
        assert!(
            error
                .to_string()
                .contains("topic t partition 0 has no leader"),
            "{error}"
        );
    }

    #[test]
    fn an_error_of_one_partition_is_an_error_of_the_whole() {
        let error = ListOffsetsPartitionResponse::default()
            .with_error_code(ResponseError::NotLeaderOrFollower.code());
        let error = offset(&error, "t").unwrap_err();
        assert!(error.is_retriable(), "{error}");
    }
}
