use kafka_protocol::{
    messages::{
        CreateTopicsRequest, DescribeConfigsRequest, MetadataRequest,
        create_topics_request::{CreatableTopic, CreatableTopicConfig},
        describe_configs_request::DescribeConfigsResource,
        describe_configs_response::DescribeConfigsResult,
        metadata_request::MetadataRequestTopic,
    },
    protocol::StrBytes,
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Profile};

use crate::client::{Batch, Client, broker_with_topic, name, partition_of, produce_request};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const WRITE: i32 = 1 << 4;

async fn describe(
    client: &mut Client,
    version: i16,
    kind: i8,
    name: &str,
) -> DescribeConfigsResult {
    let resource = DescribeConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(StrBytes::from_string(name.to_owned()))
        .with_configuration_keys(None);
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
    client.call(version, &request).await.results.remove(0)
}

fn value(result: &DescribeConfigsResult, name: &str) -> Option<(String, i8)> {
    let mut configs = result.configs.iter();
    let config = configs.find(|config| config.name.as_str() == name)?;
    Some((config.value.as_ref()?.to_string(), config.config_source))
}

async fn create(client: &mut Client, topic: &str, config: (&str, &str)) {
    let config = CreatableTopicConfig::default()
        .with_name(StrBytes::from_string(config.0.to_owned()))
        .with_value(Some(StrBytes::from_string(config.1.to_owned())));
    let topic = CreatableTopic::default()
        .with_name(name(topic))
        .with_num_partitions(1)
        .with_replication_factor(1)
        .with_configs(vec![config]);
    let request = CreateTopicsRequest::default().with_topics(vec![topic]);
    assert_eq!(client.call(7, &request).await.topics[0].error_code, 0);
}

#[tokio::test]
async fn every_offered_version_describes_topics_and_the_broker() {
    let (_broker, mut client) = broker_with_topic().await;
    create(&mut client, "c", ("min.insync.replicas", "2")).await;
    for version in 1..=4 {
        let topic = describe(&mut client, version, TOPIC, "c").await;
        assert_eq!(topic.error_code, 0, "version {version}");
        assert_eq!(value(&topic, "min.insync.replicas"), Some(("2".into(), 1)));
        assert_eq!(value(&topic, "cleanup.policy"), Some(("delete".into(), 5)));
        let broker = describe(&mut client, version, BROKER, "1").await;
        assert_eq!(value(&broker, "num.partitions"), Some(("1".into(), 4)));
        assert_eq!(
            value(&broker, "message.max.bytes"),
            Some(("1048588".into(), 4))
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused_with_kafkas_errors() {
    let (_broker, mut client) = broker_with_topic().await;
    for (kind, name, code) in [
        (TOPIC, "absent", 3),
        (TOPIC, "bad name", 17),
        (BROKER, "7", 42),
        (32, "group", 42),
    ] {
        let refused = describe(&mut client, 4, kind, name).await;
        assert_eq!(refused.error_code, code, "{name}");
        assert_eq!(refused.configs, []);
    }
}

#[tokio::test]
async fn only_the_settings_that_are_named_are_described() {
    let (_broker, mut client) = broker_with_topic().await;
    let resource = DescribeConfigsResource::default()
        .with_resource_type(TOPIC)
        .with_resource_name(StrBytes::from_static_str("t"))
        .with_configuration_keys(Some(vec![StrBytes::from_static_str("cleanup.policy")]));
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
    let answer = client.call(4, &request).await;
    let names: Vec<_> = answer.results[0]
        .configs
        .iter()
        .map(|config| config.name.as_str())
        .collect();
    assert_eq!(names, ["cleanup.policy"]);
}

#[tokio::test]
async fn who_may_not_write_is_told_by_metadata_and_by_produce() {
    let (broker, mut client) = broker_with_topic().await;
    let operations = async |client: &mut Client, asked| {
        let topic = MetadataRequestTopic::default().with_name(Some(name("t")));
        let request = MetadataRequest::default()
            .with_topics(Some(vec![topic]))
            .with_include_topic_authorized_operations(asked);
        client.call(12, &request).await.topics[0].topic_authorized_operations
    };
    assert_eq!(operations(&mut client, false).await, i32::MIN);
    assert_eq!(operations(&mut client, true).await & WRITE, WRITE);
    broker.forbid_writing("t");
    assert_eq!(operations(&mut client, true).await & WRITE, 0);
    let refused = client.produce(Batch::default().encode()).await;
    assert_eq!(refused.error_code, 29);
    assert_eq!(broker.records("t", 0), []);
}

#[tokio::test]
async fn before_kafka_3_7_more_replicas_can_be_asked_for_than_there_are() {
    for (profile, code) in [(Profile::Kafka2_8, 19), (Profile::Kafka4, 0)] {
        let config = DevBrokerConfig {
            profile,
            ..DevBrokerConfig::default()
        };
        let broker = DevBroker::start(config).await.unwrap();
        let mut client = Client::connect(&broker).await;
        create(&mut client, "t", ("min.insync.replicas", "2")).await;
        let request = produce_request("t", &[(0, Batch::default().encode())]);
        let answer = partition_of(client.call(9, &request).await);
        assert_eq!(answer.error_code, code, "{profile:?}");
    }
}
