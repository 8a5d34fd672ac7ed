use crate::error::{ResponseError, TopicError};
use crate::wire::Api;
use kafka_protocol::messages::{
    BrokerId, MetadataRequest, MetadataResponse,
    metadata_response::{MetadataResponsePartition, MetadataResponseTopic},
};
use std::sync::Arc;
use uuid::Uuid;

/// A topic in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicListing {
    /// Its name.
    pub name: Arc<str>,
    /// Its id; nil if the broker is older than Kafka 2.8.
    pub id: Uuid,
    /// How many partitions it has.
    pub partitions: u32,
    /// True for topics that Kafka keeps for itself.
    pub internal: bool,
}

/// A topic and where its partitions are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDescription {
    /// Its name.
    pub name: Arc<str>,
    /// Its id; nil if the broker is older than Kafka 2.8.
    pub id: Uuid,
    /// True for topics that Kafka keeps for itself.
    pub internal: bool,
    /// Its partitions, in their order.
    pub partitions: Vec<PartitionDescription>,
    /// Whether we may write to it; `None` if the broker does not say (before Kafka 2.3).
    pub may_write: Option<bool>,
}

/// A partition and the brokers that hold it, by node id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionDescription {
    /// Its number.
    pub partition: i32,
    /// The leader, if there is one.
    pub leader: Option<i32>,
    /// All replicas, the preferred leader first.
    pub replicas: Vec<i32>,
    /// The replicas that are in sync with the leader.
    pub in_sync: Vec<i32>,
}

/// The topics of an answer, by name.
pub(super) fn listings(response: MetadataResponse) -> Vec<TopicListing> {
    let mut topics: Vec<_> = response.topics.iter().filter_map(listing).collect();
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    topics
}

fn listing(topic: &MetadataResponseTopic) -> Option<TopicListing> {
    let name = topic.name.as_ref().filter(|_| topic.error_code == 0)?;
    Some(TopicListing {
        name: Arc::from(name.as_str()),
        id: topic.topic_id,
        partitions: u32::try_from(topic.partitions.len()).unwrap_or(u32::MAX),
        internal: topic.is_internal,
    })
}

/// The one topic that was asked for.
pub(super) fn description(
    response: MetadataResponse,
    name: &str,
) -> Result<TopicDescription, TopicError> {
    let Some(topic) = response.topics.into_iter().next() else {
        return Err(TopicError::Unknown {
            name: name.to_owned(),
            reason: None,
        });
    };
    if let Some(code) = ResponseError::try_from_code(topic.error_code) {
        return Err(TopicError::refused(MetadataRequest::NAME, name, code, None));
    }
    let mut partitions: Vec<_> = topic.partitions.iter().map(partition).collect();
    partitions.sort_by_key(|partition| partition.partition);
    Ok(TopicDescription {
        name: Arc::from(name),
        id: topic.topic_id,
        internal: topic.is_internal,
        partitions,
        may_write: may_write(topic.topic_authorized_operations),
    })
}

/// A bit for each `AclOperation` of Kafka that is allowed.
fn may_write(operations: i32) -> Option<bool> {
    const NOT_SAID: i32 = i32::MIN;
    const WRITE: i32 = 1 << 4;
    (operations != NOT_SAID).then_some(operations & WRITE != 0)
}

fn partition(partition: &MetadataResponsePartition) -> PartitionDescription {
    let ids = |nodes: &[BrokerId]| nodes.iter().map(|node| node.0).collect();
    PartitionDescription {
        partition: partition.partition_index,
        leader: (partition.leader_id.0 >= 0).then_some(partition.leader_id.0),
        replicas: ids(&partition.replica_nodes),
        in_sync: ids(&partition.isr_nodes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::messages::TopicName;

    fn topic(name: &'static str, code: i16) -> MetadataResponseTopic {
        let partition = |index: i32, leader: i32| {
            MetadataResponsePartition::default()
                .with_partition_index(index)
                .with_leader_id(BrokerId(leader))
                .with_replica_nodes(vec![BrokerId(2), BrokerId(1)])
                .with_isr_nodes(vec![BrokerId(1)])
        };
        MetadataResponseTopic::default()
            .with_name(Some(TopicName(name.into())))
            .with_error_code(code)
            .with_partitions(vec![partition(1, -1), partition(0, 2)])
    }

    fn answer(topics: Vec<MetadataResponseTopic>) -> MetadataResponse {
        MetadataResponse::default().with_topics(topics)
    }

    #[test]
    fn topics_are_listed_by_name_and_those_with_an_error_are_not() {
        let refused = ResponseError::TopicAuthorizationFailed.code();
        let listed = listings(answer(vec![
            topic("b", 0),
            topic("c", refused),
            topic("a", 0),
        ]));
        let names: Vec<_> = listed
            .iter()
            .map(|topic| (&*topic.name, topic.partitions))
            .collect();
        assert_eq!(names, [("a", 2), ("b", 2)]);
    }

    #[test]
    fn a_description_has_the_partitions_in_their_order() {
        let description = description(answer(vec![topic("a", 0)]), "a").unwrap();
        let partition = |partition, leader| PartitionDescription {
            partition,
            leader,
            replicas: vec![2, 1],
            in_sync: vec![1],
        };
        assert_eq!(
            description.partitions,
            [partition(0, Some(2)), partition(1, None)]
        );
        assert_eq!(description.may_write, None);
    }

    #[test]
    fn what_is_allowed_is_known_if_the_broker_says_it() {
        let (describe, write) = (1 << 8, 1 << 4);
        assert_eq!(may_write(describe | write), Some(true));
        assert_eq!(may_write(describe), Some(false));
        assert_eq!(may_write(i32::MIN), None);
    }

    #[test]
    fn an_error_of_the_topic_says_who_must_act() {
        let name = "a".to_owned();
        let cases = [
            (
                ResponseError::UnknownTopicOrPartition,
                TopicError::Unknown {
                    name: name.clone(),
                    reason: None,
                },
            ),
            (
                ResponseError::TopicAuthorizationFailed,
                TopicError::NotAuthorized { name },
            ),
        ];
        for (code, expected) in cases {
            let error = description(answer(vec![topic("a", code.code())]), "a").unwrap_err();
            assert_eq!(error, expected);
        }
        let electing = answer(vec![topic("a", ResponseError::LeaderNotAvailable.code())]);
        assert!(description(electing, "a").unwrap_err().is_retriable());
    }
}
