//! Looking up topics.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use kafka_protocol::messages::InitProducerIdRequest;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};
use uuid::Uuid;

use super::script::{cluster, cluster_with, failed, topic};
use crate::{
    cluster::{AutoCreate, Cluster, Target, metadata},
    error::{ResponseError, TopicError},
    settings::{ClientSettings, Endpoint},
    wire::testing::settings,
};

#[tokio::test]
async fn a_topic_that_does_not_exist_is_an_error_after_one_answer_and_is_not_created() {
    let unknown = |_| vec![failed(ResponseError::UnknownTopicOrPartition)];
    let (cluster, script) = cluster(unknown).await;
    for lookup in [
        cluster.topic("t", AutoCreate::Never).await,
        cluster.fresh_topic("t").await,
    ] {
        assert_eq!(
            lookup,
            Err(TopicError::Unknown {
                name: "t".into(),
                reason: None
            })
        );
    }
    let asked = script.asked();
    assert_eq!(asked.len(), 3);
    assert!(
        asked
            .iter()
            .all(|request| !request.allow_auto_topic_creation)
    );
}

#[tokio::test]
async fn a_topic_is_waited_for_until_every_partition_has_a_leader() {
    let (cluster, script) = cluster(|place| {
        vec![match place {
            0 => failed(ResponseError::UnknownTopicOrPartition),
            1 => failed(ResponseError::LeaderNotAvailable),
            2 => topic(&[1, -1]),
            _ => topic(&[1, 1]),
        }]
    })
    .await;
    let found = cluster.topic("t", AutoCreate::Allowed).await.unwrap();
    assert_eq!((&*found.name, found.id), ("t", Uuid::from_u128(1)));
    assert!(
        found
            .partitions
            .iter()
            .all(|partition| partition.leader == Some(1))
    );
    let asked = script.asked();
    assert_eq!(asked.len(), 5);
    assert!(
        asked[1..]
            .iter()
            .all(|request| request.allow_auto_topic_creation)
    );
}

#[tokio::test]
async fn a_topic_that_the_cluster_does_not_create_says_how_to_create_it() {
    let unknown = |_| vec![failed(ResponseError::UnknownTopicOrPartition)];
    let brief = |settings: &mut ClientSettings| settings.max_block = Duration::from_millis(50);
    let (cluster, _script) = cluster_with(unknown, brief).await;
    let error = cluster.topic("t", AutoCreate::Allowed).await.unwrap_err();
    assert!(matches!(error, TopicError::Unknown { .. }));
    assert!(
        error
            .to_string()
            .contains("kafka-topics.sh --create --topic t"),
        "{error}"
    );
}

#[tokio::test]
async fn a_partition_without_leader_is_named_once_waiting_ends() {
    let brief = |settings: &mut ClientSettings| settings.max_block = Duration::from_millis(50);
    let (cluster, _script) = cluster_with(|_| vec![topic(&[1, -1])], brief).await;
    let error = cluster.topic("t", AutoCreate::Never).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("topic t partition 1 has no leader"),
        "{error}"
    );
    let fresh = cluster.fresh_topic("t").await.unwrap();
    assert_eq!(fresh.partitions[1].leader, None);
}

#[tokio::test]
async fn answers_that_waiting_cannot_mend_are_errors_at_once() {
    let name = || "t".to_owned();
    let cases = [
        (
            ResponseError::TopicAuthorizationFailed,
            TopicError::NotAuthorized { name: name() },
        ),
        (
            ResponseError::InvalidTopicException,
            TopicError::InvalidName {
                name: name(),
                reason: "the broker does not accept it",
            },
        ),
        (
            ResponseError::PolicyViolation,
            TopicError::Request(metadata::refused(ResponseError::PolicyViolation)),
        ),
    ];
    for (code, expected) in cases {
        let (cluster, script) = cluster(move |_| vec![failed(code)]).await;
        assert_eq!(cluster.topic("t", AutoCreate::Allowed).await, Err(expected));
        assert_eq!(script.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_name_that_no_topic_can_have_is_not_asked_for() {
    let (cluster, script) = cluster(|_| Vec::new()).await;
    let error = cluster.topic("a b", AutoCreate::Allowed).await.unwrap_err();
    assert!(matches!(error, TopicError::InvalidName { .. }));
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn concurrent_refreshes_are_one_request_and_never_create_topics() {
    let (cluster, script) = cluster(|_| vec![topic(&[1])]).await;
    let names = [Arc::from("t")];
    let views = join_all((0..10).map(|_| cluster.refresh(&names))).await;
    for view in views {
        assert_eq!(
            view.unwrap().topic("t").unwrap().partitions[0].leader,
            Some(1)
        );
    }
    let asked = script.asked();
    assert_eq!(asked.len(), 2);
    assert!(!asked[1].allow_auto_topic_creation);
}

#[tokio::test]
async fn the_embedded_broker_creates_a_topic_only_when_it_may() {
    let config = DevBrokerConfig {
        default_partitions: 3,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    let (host, port) = broker.bootstrap().rsplit_once(':').map(own).unwrap();
    let cluster = Cluster::connect(settings(vec![Endpoint { host, port }]))
        .await
        .unwrap();
    let missing = cluster.topic("t", AutoCreate::Never).await.unwrap_err();
    assert!(matches!(missing, TopicError::Unknown { .. }), "{missing}");
    let created = cluster.topic("t", AutoCreate::Allowed).await.unwrap();
    assert_eq!(created.partitions.len(), 3);
    assert_eq!(cluster.fresh_topic("t").await.unwrap(), created);
    let leader = created.partitions[0].leader.unwrap();
    let request = |_| InitProducerIdRequest::default().with_transactional_id(None);
    let answer = cluster.call(Target::Broker(leader), request).await.unwrap();
    assert_eq!(answer.error_code, 0);
}

fn own((host, port): (&str, &str)) -> (String, u16) {
    (host.to_owned(), port.parse().unwrap())
}
