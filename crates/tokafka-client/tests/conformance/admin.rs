use tokafka_client::{
    admin::{Admin, OffsetSpec, TopicState},
    error::TopicError,
};

use crate::broker::{Broker, Row, TIMESTAMP, write};

#[tokio::test]
async fn a_created_topic_is_listed_with_its_partitions_and_gone_once_deleted() {
    let broker = Broker::start().await;
    let name = broker.new_topic("listed", 3).await;
    let admin = Admin::new(&broker.cluster().await);
    let listed = async || {
        admin
            .list_topics()
            .await
            .unwrap()
            .into_iter()
            .find(|topic| *topic.name == *name)
    };
    let topic = listed().await.unwrap();
    assert_eq!((topic.partitions, topic.internal), (3, false));
    assert!(!topic.id.is_nil());
    admin.delete_topic(&name).await.unwrap();
    assert_eq!(listed().await, None);
}

#[tokio::test]
async fn asking_for_a_topic_that_does_not_exist_fails_and_creates_nothing() {
    let broker = Broker::start().await;
    let name = broker.topic_name("absent");
    let admin = Admin::new(&broker.cluster().await);
    let error = admin.offsets(&name, OffsetSpec::Latest).await.unwrap_err();
    assert!(
        matches!(&error, TopicError::Unknown { name: unknown, .. } if *unknown == name),
        "{error}"
    );
    let error = admin.delete_topic(&name).await.unwrap_err();
    assert!(matches!(&error, TopicError::Unknown { .. }), "{error}");
    assert!(
        admin
            .list_topics()
            .await
            .unwrap()
            .iter()
            .all(|topic| *topic.name != *name)
    );
}

#[tokio::test]
async fn offsets_are_found_by_position_and_by_time() {
    let broker = Broker::start().await;
    let topic = broker.new_topic("offsets", 2).await;
    let at = |second: i64| Row {
        timestamp: TIMESTAMP + second * 1_000,
        ..Row::value("v")
    };
    let producer = broker.producer(&[]).await;
    write(producer, &topic, &[vec![at(0), at(1)], vec![at(2), at(3)]]).await;
    let admin = Admin::new(&broker.cluster().await);
    for (spec, expected) in [
        (OffsetSpec::Earliest, [0, 0]),
        (OffsetSpec::Latest, [4, 0]),
        (OffsetSpec::LastStable, [4, 0]),
        (OffsetSpec::AtTime(0), [0, 0]),
        (OffsetSpec::AtTime(TIMESTAMP + 1_000), [1, 0]),
        (OffsetSpec::AtTime(TIMESTAMP + 1_001), [2, 0]),
        (OffsetSpec::AtTime(TIMESTAMP + 3_001), [4, 0]),
    ] {
        assert_eq!(
            admin.offsets(&topic, spec).await.unwrap(),
            expected,
            "{spec:?}"
        );
    }
}

#[tokio::test]
async fn creating_a_topic_twice_or_with_a_bad_name_is_refused_with_the_reason() {
    let broker = Broker::start().await;
    let name = broker.new_topic("twice", 1).await;
    let admin = Admin::new(&broker.cluster().await);
    let again = |name: &str| tokafka_client::admin::NewTopic {
        name: name.to_owned(),
        partitions: Some(1),
        replication: None,
        configs: [].into(),
    };
    let error = admin.create_topic(&again(&name)).await.unwrap_err();
    assert!(error.to_string().contains("already exists"), "{error}");
    let error = admin.create_topic(&again("no spaces")).await.unwrap_err();
    assert!(matches!(error, TopicError::InvalidName { .. }), "{error}");
}

#[tokio::test]
async fn the_outlook_of_a_topic_has_its_settings_and_whether_we_may_write() {
    let broker = Broker::start().await;
    let configs = [
        ("cleanup.policy", "compact"),
        ("max.message.bytes", "5000"),
        ("min.insync.replicas", "2"),
    ];
    let name = broker.topic_with("outlook", 2, &configs).await;
    let admin = Admin::new(&broker.cluster().await);
    let outlook = admin.outlook(&name).await.unwrap();
    assert_eq!(outlook.state, TopicState::Exists);
    assert_eq!((outlook.partitions, outlook.replicas), (Some(2), Some(1)));
    assert_eq!(
        (outlook.may_write, &outlook.leaderless[..]),
        (Some(true), &[][..])
    );
    let settings = outlook.configs.unwrap();
    for (name, value) in configs {
        assert_eq!(settings.get(name), Some(value));
    }
    assert_eq!(settings.get("compression.type"), Some("producer"));
}

#[tokio::test]
async fn the_outlook_of_a_topic_that_would_be_created_creates_nothing() {
    let broker = Broker::start().await;
    let name = broker.topic_name("absent");
    let admin = Admin::new(&broker.cluster().await);
    let outlook = admin.outlook(&name).await.unwrap();
    assert_eq!(outlook.state, TopicState::WouldBeCreated);
    assert_eq!((outlook.partitions, outlook.replicas), (Some(1), Some(1)));
    let settings = outlook.configs.unwrap();
    assert_eq!(settings.get("cleanup.policy"), Some("delete"));
    assert_eq!(settings.number("max.message.bytes"), Some(1_048_588));
    let topics = admin.list_topics().await.unwrap();
    assert!(topics.iter().all(|topic| *topic.name != *name));
}

#[tokio::test]
async fn a_name_that_collides_with_a_topic_is_unusable_by_the_brokers_word() {
    let broker = Broker::start().await;
    let name = broker.new_topic("a.b", 1).await;
    let admin = Admin::new(&broker.cluster().await);
    let outlook = admin.outlook(&name.replace('.', "_")).await.unwrap();
    let TopicState::Unusable { reason } = outlook.state else {
        panic!("{:?}", outlook.state)
    };
    assert!(reason.contains("collides"), "{reason}");
}
