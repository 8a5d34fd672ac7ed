//! Metadata requests, and views of their answers.

use std::{collections::HashMap, sync::Arc};

use kafka_protocol::{
    messages::{
        MetadataRequest, MetadataResponse, TopicName,
        metadata_request::MetadataRequestTopic,
        metadata_response::{MetadataResponsePartition, MetadataResponseTopic},
    },
    protocol::StrBytes,
};

use super::view::{PartitionView, TopicView, View};
use crate::{
    error::{RequestError, ResponseError},
    settings::Endpoint,
    wire::Api,
};

/// What a metadata answer said, taken into the view.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The view after it.
    pub(super) view: Arc<View>,
    /// Topics that were asked for and not described.
    pub(super) errors: HashMap<Arc<str>, ResponseError>,
}

/// Whether asking for a topic may create it. Only a real write may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoCreate {
    /// The broker creates a missing topic if it is configured to.
    Allowed,
    /// Asking changes nothing.
    Never,
}

/// Asks for these topics, or for none but the brokers.
pub(super) fn request(topics: &[Arc<str>], auto_create: AutoCreate) -> MetadataRequest {
    let topic = |name: &Arc<str>| {
        let name = TopicName(StrBytes::from_string(name.to_string()));
        MetadataRequestTopic::default().with_name(Some(name))
    };
    MetadataRequest::default()
        .with_topics(Some(topics.iter().map(topic).collect()))
        .with_allow_auto_topic_creation(auto_create == AutoCreate::Allowed)
}

/// The error of an answer as a whole (since version 13).
pub(super) fn refusal(response: &MetadataResponse) -> Option<RequestError> {
    ResponseError::try_from_code(response.error_code).map(refused)
}

pub(super) fn refused(code: ResponseError) -> RequestError {
    RequestError::Refused {
        api: MetadataRequest::NAME,
        code,
        message: None,
    }
}

/// Takes an answer into a view: its brokers replace those known, its topics are merged, topics that
/// it does not know are forgotten. Gives the errors of the others. The answer is taken whole or, if
/// it contradicts itself, not at all.
pub(super) fn take_in(
    view: &mut View,
    response: MetadataResponse,
) -> Result<HashMap<Arc<str>, ResponseError>, String> {
    let mut fresh = view.clone();
    fresh.brokers = brokers(&response)?;
    let controller = response.controller_id.0;
    fresh.controller = fresh
        .brokers
        .contains_key(&controller)
        .then_some(controller);

    let mut errors = HashMap::new();
    for topic in response.topics {
        let Some(name) = &topic.name else { continue };
        let name: Arc<str> = Arc::from(name.as_str());
        match ResponseError::try_from_code(topic.error_code) {
            None => {
                let topic = described(name, &topic, &fresh)?;
                fresh.merge_topic(topic);
            }
            Some(code) => {
                if code == ResponseError::UnknownTopicOrPartition {
                    fresh.topics.remove(&name);
                }
                errors.insert(name, code);
            }
        }
    }
    *view = fresh;
    Ok(errors)
}

fn brokers(response: &MetadataResponse) -> Result<HashMap<i32, Endpoint>, String> {
    let endpoint =
        |broker: &kafka_protocol::messages::metadata_response::MetadataResponseBroker| {
            let port = u16::try_from(broker.port)
                .map_err(|_| format!("broker {} has port {}", broker.node_id.0, broker.port))?;
            Ok((
                broker.node_id.0,
                Endpoint {
                    host: broker.host.to_string(),
                    port,
                },
            ))
        };
    response.brokers.iter().map(endpoint).collect()
}

/// Kafka describes every partition of a topic, from 0 on, in any order.
fn described(
    name: Arc<str>,
    topic: &MetadataResponseTopic,
    view: &View,
) -> Result<TopicView, String> {
    let unknown = PartitionView {
        leader: None,
        leader_epoch: -1,
    };
    if topic.partitions.is_empty() {
        return Err(format!("topic {name} has no partitions"));
    }
    let mut partitions = vec![unknown; topic.partitions.len()];
    for described in &topic.partitions {
        let index = usize::try_from(described.partition_index).ok();
        let slot = index
            .and_then(|index| partitions.get_mut(index))
            .ok_or_else(|| {
                let count = topic.partitions.len();
                format!(
                    "topic {name}: {count} partitions, but {}",
                    described.partition_index
                )
            })?;
        *slot = partition(described, view);
    }
    Ok(TopicView {
        name,
        id: topic.topic_id,
        partitions,
    })
}

/// A leader that is not among the brokers cannot be reached through this listener: there is none.
fn partition(described: &MetadataResponsePartition, view: &View) -> PartitionView {
    let leader = described.leader_id.0;
    PartitionView {
        leader: view.brokers.contains_key(&leader).then_some(leader),
        leader_epoch: described.leader_epoch,
    }
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::{BrokerId, metadata_response::MetadataResponseBroker};

    use super::*;

    fn broker(id: i32, port: i32) -> MetadataResponseBroker {
        MetadataResponseBroker::default()
            .with_node_id(BrokerId(id))
            .with_host("h".into())
            .with_port(port)
    }

    fn topic(name: &'static str, partitions: &[(i32, i32)]) -> MetadataResponseTopic {
        let partition = |&(index, leader): &_| {
            MetadataResponsePartition::default()
                .with_partition_index(index)
                .with_leader_id(BrokerId(leader))
        };
        MetadataResponseTopic::default()
            .with_name(Some(TopicName(name.into())))
            .with_partitions(partitions.iter().map(partition).collect())
    }

    fn answer(topics: Vec<MetadataResponseTopic>) -> MetadataResponse {
        MetadataResponse::default()
            .with_brokers(vec![broker(1, 9092)])
            .with_controller_id(BrokerId(1))
            .with_topics(topics)
    }

    #[test]
    fn partitions_come_in_their_order_and_only_known_brokers_lead() {
        let mut view = View::default();
        let errors = take_in(
            &mut view,
            answer(vec![topic("t", &[(2, 1), (0, -1), (1, 7)])]),
        );
        assert!(errors.unwrap().is_empty());
        let partitions = &view.topic("t").unwrap().partitions;
        let leaders: Vec<_> = partitions
            .iter()
            .map(|partition| partition.leader)
            .collect();
        assert_eq!(leaders, [None, None, Some(1)]);
        assert_eq!(view.controller, Some(1));
    }

    #[test]
    fn a_topic_that_the_broker_does_not_know_is_forgotten_and_one_without_leader_is_not() {
        let mut view = View::default();
        take_in(
            &mut view,
            answer(vec![topic("gone", &[(0, 1)]), topic("busy", &[(0, 1)])]),
        )
        .unwrap();
        let error = |name, code: ResponseError| topic(name, &[]).with_error_code(code.code());
        let gone = error("gone", ResponseError::UnknownTopicOrPartition);
        let busy = error("busy", ResponseError::LeaderNotAvailable);
        let errors = take_in(&mut view, answer(vec![gone, busy])).unwrap();
        assert_eq!(errors["busy"], ResponseError::LeaderNotAvailable);
        assert_eq!(errors["gone"], ResponseError::UnknownTopicOrPartition);
        assert!(view.topic("gone").is_none());
        assert!(view.topic("busy").is_some());
    }

    #[test]
    fn an_answer_that_contradicts_itself_changes_nothing() {
        let mut view = View::default();
        let missing = answer(vec![
            topic("a", &[(0, 1)]),
            topic("t", &[(0, 1), (i32::MAX, 1)]),
        ]);
        assert!(take_in(&mut view, missing).unwrap_err().contains("topic t"));
        let port = answer(vec![]).with_brokers(vec![broker(1, 70_000)]);
        assert!(take_in(&mut view, port).unwrap_err().contains("70000"));
        assert_eq!(view, View::default());
    }
}
