use kafka_protocol::{
    messages::{
        CreateTopicsRequest, DeleteTopicsRequest, DescribeConfigsRequest, MetadataRequest,
        TopicName,
        create_topics_request::{CreatableTopic, CreatableTopicConfig},
        delete_topics_request::DeleteTopicState,
        describe_configs_request::DescribeConfigsResource,
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

/// Asks for one topic and what we may do with it, or for all, and creates none.
pub(super) fn metadata(topic: Option<&str>, version: i16) -> MetadataRequest {
    const FIRST_WITH_OPERATIONS: i16 = 8;
    let wanted = |name| vec![MetadataRequestTopic::default().with_name(Some(topic_name(name)))];
    MetadataRequest::default()
        .with_topics(topic.map(wanted))
        .with_allow_auto_topic_creation(false)
        .with_include_topic_authorized_operations(
            topic.is_some() && version >= FIRST_WITH_OPERATIONS,
        )
}

/// Whose settings are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum ConfigsOf<'a> {
    Topic(&'a str),
    /// By node id. Only this broker can answer.
    Broker(i32),
}

pub(super) fn configs(of: ConfigsOf<'_>) -> DescribeConfigsRequest {
    // `ConfigResource.Type` of Kafka.
    let (kind, name) = match of {
        ConfigsOf::Topic(name) => (2, name.to_owned()),
        ConfigsOf::Broker(node) => (4, node.to_string()),
    };
    let resource = DescribeConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(StrBytes::from_string(name))
        .with_configuration_keys(None);
    DescribeConfigsRequest::default().with_resources(vec![resource])
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
        for version in 2..=4 {
            for of in [ConfigsOf::Topic("t"), ConfigsOf::Broker(1)] {
                configs(of).encode(&mut BytesMut::new(), version).unwrap();
            }
        }
        for version in 7..=13 {
            metadata(Some("t"), version)
                .encode(&mut BytesMut::new(), version)
                .unwrap();
            metadata(None, version)
                .encode(&mut BytesMut::new(), version)
                .unwrap();
        }
    }
}
