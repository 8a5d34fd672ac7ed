use kafka_protocol::{
    messages::{
        CreateTopicsRequest, DeleteTopicsRequest, MetadataRequest, TopicName,
        create_topics_request::{CreatableTopic, CreatableTopicConfig},
        delete_topics_request::DeleteTopicState,
        metadata_request::MetadataRequestTopic,
    },
    protocol::StrBytes,
};
use std::{collections::BTreeMap, time::Duration};

/// A topic to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name: at most 249 letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// How many partitions; `None` is the broker's default.
    pub partitions: Option<i32>,
    /// How many replicas of each partition; `None` is the broker's default.
    pub replication: Option<i16>,
    /// Kafka's topic settings, by name.
    pub configs: BTreeMap<String, String>,
}

/// Asks for one topic, or for all, and creates none.
pub(super) fn metadata(topic: Option<&str>) -> MetadataRequest {
    let wanted = |name| vec![MetadataRequestTopic::default().with_name(Some(topic_name(name)))];
    MetadataRequest::default()
        .with_topics(topic.map(wanted))
        .with_allow_auto_topic_creation(false)
}

pub(super) fn create(topic: &NewTopic, timeout: Duration) -> CreateTopicsRequest {
    const DEFAULT_OF_THE_BROKER: i16 = -1;
    let config = |(name, value): (&String, &String)| {
        CreatableTopicConfig::default()
            .with_name(StrBytes::from_string(name.clone()))
            .with_value(Some(StrBytes::from_string(value.clone())))
    };
    let topic = CreatableTopic::default()
        .with_name(topic_name(&topic.name))
        .with_num_partitions(topic.partitions.unwrap_or(DEFAULT_OF_THE_BROKER.into()))
        .with_replication_factor(topic.replication.unwrap_or(DEFAULT_OF_THE_BROKER))
        .with_configs(topic.configs.iter().map(config).collect());
    CreateTopicsRequest::default()
        .with_topics(vec![topic])
        .with_timeout_ms(millis(timeout))
}

/// From version 6 on a topic may be named by its id, and so its name has another place.
pub(super) fn delete(name: &str, timeout: Duration, version: i16) -> DeleteTopicsRequest {
    let request = DeleteTopicsRequest::default().with_timeout_ms(millis(timeout));
    if version >= 6 {
        let topic = DeleteTopicState::default().with_name(Some(topic_name(name)));
        request.with_topics(vec![topic])
    } else {
        request.with_topic_names(vec![topic_name(name)])
    }
}

fn topic_name(name: &str) -> TopicName {
    TopicName(StrBytes::from_string(name.to_owned()))
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;
    use kafka_protocol::protocol::Encodable;

    #[test]
    fn every_version_can_say_every_request() {
        let topic = NewTopic {
            name: "t".to_owned(),
            partitions: None,
            replication: Some(3),
            configs: [("cleanup.policy".to_owned(), "compact".to_owned())].into(),
        };
        let timeout = Duration::MAX;
        for version in 2..=6 {
            let request = delete("t", timeout, version);
            request.encode(&mut BytesMut::new(), version).unwrap();
        }
        for version in 3..=7 {
            create(&topic, timeout)
                .encode(&mut BytesMut::new(), version)
                .unwrap();
        }
        for version in 7..=13 {
            metadata(Some("t"))
                .encode(&mut BytesMut::new(), version)
                .unwrap();
            metadata(None)
                .encode(&mut BytesMut::new(), version)
                .unwrap();
        }
    }
}
