use kafka_protocol::{
    messages::{
        CreateTopicsRequest, DeleteTopicsRequest, FindCoordinatorRequest, MetadataRequest,
        create_topics_request::{CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig},
        delete_topics_request::DeleteTopicState,
        metadata_request::MetadataRequestTopic,
    },
    protocol::StrBytes,
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};
use uuid::Uuid;

use crate::client::{Batch, Client, broker, broker_with_topic, name};

fn topic(topic: &str, partitions: i32, replication: i16) -> CreatableTopic {
    CreatableTopic::default()
        .with_name(name(topic))
        .with_num_partitions(partitions)
        .with_replication_factor(replication)
}

fn configured(topic_name: &str, config: &'static str, value: &'static str) -> CreatableTopic {
    let config = CreatableTopicConfig::default()
        .with_name(StrBytes::from_static_str(config))
        .with_value(Some(StrBytes::from_static_str(value)));
    topic(topic_name, 1, 1).with_configs(vec![config])
}

fn assigned(topic_name: &str, broker: i32) -> CreatableTopic {
    let placed = CreatableReplicaAssignment::default().with_broker_ids(vec![broker.into()]);
    topic(topic_name, -1, -1).with_assignments(vec![placed])
}

#[tokio::test]
async fn topics_are_made_as_asked_or_refused_with_kafkas_errors() {
    let (_broker, mut client) = broker_with_topic().await;
    let cases = [
        (topic("a", 3, 1), 0),
        (topic("b", -1, -1), 0),
        (topic("t", 1, 1), 36),
        (topic("x.y", 1, 1), 0),
        (topic("x_y", 1, 1), 17),
        (topic("bad name", 1, 1), 17),
        (topic("..", 1, 1), 17),
        (topic("", 1, 1), 17),
        (topic(&"n".repeat(250), 1, 1), 17),
        (topic("c", 0, 1), 37),
        (topic("c", 1, 2), 38),
        (topic("c", 10_001, 1), 44),
        (configured("d", "cleanup.policy", "compact"), 0),
        (configured("c", "cleanup.policy", "keep"), 40),
        (configured("c", "max.message.bytes", "many"), 40),
        (configured("c", "retention.ms", "1"), 40),
        (assigned("e", 1), 0),
        (assigned("c", 2), 39),
    ];
    for (topic, code) in cases {
        let request = CreateTopicsRequest::default().with_topics(vec![topic.clone()]);
        let answer = &client.call(7, &request).await.topics[0];
        assert_eq!(answer.error_code, code, "{topic:?}");
        assert_eq!(answer.error_message.is_some(), code != 0);
        assert_eq!(answer.topic_id.is_nil(), code != 0);
    }
    assert_eq!(
        client.metadata(12, "a", false).await.topics[0]
            .partitions
            .len(),
        3
    );
}

#[tokio::test]
async fn every_offered_version_creates_and_deletes_topics() {
    let (_broker, mut client) = broker_with_topic().await;
    for (create, delete) in (2..=7).zip(1..=6) {
        let request = CreateTopicsRequest::default().with_topics(vec![topic("v", 1, 1)]);
        assert_eq!(
            client.call(create, &request).await.topics[0].error_code,
            0,
            "version {create}"
        );
        let named = DeleteTopicState::default().with_name(Some(name("v")));
        let request = if delete < 6 {
            DeleteTopicsRequest::default().with_topic_names(vec![name("v")])
        } else {
            DeleteTopicsRequest::default().with_topics(vec![named])
        };
        assert_eq!(
            client.call(delete, &request).await.responses[0].error_code,
            0,
            "version {delete}"
        );
        assert_eq!(
            client.call(delete, &request).await.responses[0].error_code,
            3
        );
    }
}

#[tokio::test]
async fn validating_makes_nothing_and_a_name_given_twice_is_refused() {
    let (_broker, mut client) = broker_with_topic().await;
    let validate = CreateTopicsRequest::default()
        .with_topics(vec![topic("v", 1, 1)])
        .with_validate_only(true);
    assert_eq!(client.call(7, &validate).await.topics[0].error_code, 0);
    let twice =
        CreateTopicsRequest::default().with_topics(vec![topic("v", 1, 1), topic("v", 2, 1)]);
    assert!(
        client
            .call(7, &twice)
            .await
            .topics
            .iter()
            .all(|topic| topic.error_code == 42)
    );
    assert_eq!(
        client.metadata(12, "v", false).await.topics[0].error_code,
        3
    );
}

#[tokio::test]
async fn a_topic_made_again_is_empty_and_has_another_id() {
    let (broker, mut client) = broker_with_topic().await;
    client.produce(Batch::default().encode()).await;
    let old = client.metadata(12, "t", false).await.topics[0].topic_id;
    let by_id = DeleteTopicState::default()
        .with_name(None)
        .with_topic_id(old);
    let request = DeleteTopicsRequest::default().with_topics(vec![by_id]);
    assert_eq!(client.call(6, &request).await.responses[0].error_code, 0);
    broker.create_topic("t", 1);
    assert_ne!(
        client.metadata(12, "t", false).await.topics[0].topic_id,
        old
    );
    assert!(broker.records("t", 0).is_empty());
    assert_eq!(client.call(6, &request).await.responses[0].error_code, 100);
}

#[tokio::test]
async fn metadata_describes_the_node_in_every_version() {
    let (broker, mut client) = broker_with_topic().await;
    for version in 0..=13 {
        let answer = client.metadata(version, "t", true).await;
        let node = &answer.brokers[0];
        assert_eq!(format!("{}:{}", &*node.host, node.port), broker.bootstrap());
        assert_eq!(*node.node_id, 1);
        let topic = &answer.topics[0];
        assert_eq!(
            (topic.error_code, topic.partitions.len()),
            (0, 1),
            "version {version}"
        );
        assert_eq!(*topic.partitions[0].leader_id, 1);
        assert_eq!(topic.topic_id.is_nil(), version < 10);
        let all = MetadataRequest::default().with_topics((version == 0).then(Vec::new));
        assert_eq!(
            client.call(version, &all).await.topics.len(),
            1,
            "version {version}"
        );
    }
}

#[tokio::test]
async fn metadata_creates_a_topic_only_if_request_and_configuration_allow_it() {
    for (allowed, asked, version, code) in [
        (true, true, 12, 0),
        (true, false, 12, 3),
        (false, true, 12, 3),
        (true, true, 1, 0),
        (false, true, 1, 3),
    ] {
        let config = DevBrokerConfig {
            auto_create_topics: allowed,
            default_partitions: 4,
            ..DevBrokerConfig::default()
        };
        let broker = DevBroker::start(config).await.unwrap();
        let mut client = Client::connect(&broker).await;
        let topic = &client.metadata(version, "new", asked).await.topics[0];
        assert_eq!(topic.error_code, code, "{allowed} {asked} {version}");
        assert_eq!(topic.partitions.len(), if code == 0 { 4 } else { 0 });
        assert_eq!(
            client.metadata(version, "bad name", asked).await.topics[0].error_code,
            17
        );
    }
}

#[tokio::test]
async fn metadata_finds_a_topic_by_id() {
    let (_broker, mut client) = broker_with_topic().await;
    let id = client.metadata(12, "t", false).await.topics[0].topic_id;
    for (id, code, found) in [(id, 0, Some("t")), (Uuid::from_u128(1), 100, None)] {
        let topic = MetadataRequestTopic::default()
            .with_name(None)
            .with_topic_id(id);
        let answer = client
            .call(
                12,
                &MetadataRequest::default().with_topics(Some(vec![topic])),
            )
            .await;
        assert_eq!(answer.topics[0].error_code, code);
        assert_eq!(answer.topics[0].name, found.map(name));
    }
}

#[tokio::test]
async fn this_node_coordinates_groups_and_no_transactions() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    let key = StrBytes::from_static_str("group");
    for version in 0..=6 {
        let request = if version < 4 {
            FindCoordinatorRequest::default().with_key(key.clone())
        } else {
            FindCoordinatorRequest::default().with_coordinator_keys(vec![key.clone()])
        };
        let answer = client.call(version, &request).await;
        let (node, port, code) = match answer.coordinators.first() {
            Some(found) => (*found.node_id, found.port, found.error_code),
            None => (*answer.node_id, answer.port, answer.error_code),
        };
        assert_eq!((node, code), (1, 0), "version {version}");
        assert!(broker.bootstrap().ends_with(&format!(":{port}")));
        if version > 0 {
            let answer = client.call(version, &request.with_key_type(1)).await;
            let code = answer
                .coordinators
                .first()
                .map_or(answer.error_code, |found| found.error_code);
            assert_eq!(code, 42);
        }
    }
}
