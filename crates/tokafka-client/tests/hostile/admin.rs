//! What questions come to.

use kafka_protocol::messages::{ApiKey, MetadataResponse};
use tokafka_client::{
    admin::{Admin, OffsetSpec},
    producer::Producer,
};

use crate::{
    broker::{Broker, Reply, metadata, node, topic},
    client::{MANY, NONSENSE, connect, each, ends, producer_settings},
};

/// As it should be while the cluster is found, then `answer`.
async fn later(answer: impl Fn(u16) -> MetadataResponse + Send + Sync + 'static) -> Broker {
    Broker::usual_but_for(ApiKey::Metadata, move |request| match request.before {
        0 => request.usual(),
        _ => request.answer(&answer(request.port)),
    })
    .await
}

type Claim = (&'static str, fn(u16) -> MetadataResponse);

const CLAIMS: [Claim; 12] = [
    ("no brokers", |port| metadata(port).with_brokers(vec![])),
    ("no topics", |port| metadata(port).with_topics(vec![])),
    ("a broker at port 0", |port| {
        metadata(port).with_brokers(vec![node(1, "127.0.0.1", 0)])
    }),
    ("a broker at a port that is none", |port| {
        metadata(port).with_brokers(vec![node(1, "127.0.0.1", -70_000)])
    }),
    ("a broker without a name", |port| {
        metadata(port).with_brokers(vec![node(1, "", 9092)])
    }),
    ("a name that is none", |port| {
        metadata(port).with_brokers(vec![node(1, "a b\u{0}\n", 9092)])
    }),
    ("thousands of brokers", |port| {
        let brokers = (0..5_000).map(|id| node(id, "127.0.0.1", 1));
        metadata(port).with_brokers(brokers.collect())
    }),
    ("partitions twice", |port| {
        metadata(port).with_topics(vec![topic(&[(0, 1), (0, 1)])])
    }),
    ("a partition far out", |port| {
        metadata(port).with_topics(vec![topic(&[(i32::MAX, 1)])])
    }),
    ("a negative partition", |port| {
        metadata(port).with_topics(vec![topic(&[(-1, 1), (0, 1)])])
    }),
    ("no partitions", |port| {
        metadata(port).with_topics(vec![topic(&[])])
    }),
    ("a leader that is no broker", |port| {
        metadata(port).with_topics(vec![topic(&[(0, 9), (1, -5)])])
    }),
];

#[tokio::test]
async fn whatever_is_said_of_a_cluster_questions_end() {
    each(CLAIMS, |(what, claim)| async move {
        let broker = later(claim).await;
        let cluster = connect(&broker).await.expect(what);
        let admin = Admin::new(&cluster);
        drop(ends(admin.list_topics()).await);
        drop(ends(admin.describe_topic("t")).await);
        drop(ends(admin.offsets("t", OffsetSpec::Latest)).await);
        let asked = broker.count(ApiKey::Metadata);
        assert!(asked < MANY, "{what}: asked {asked} times");
    })
    .await;
}

#[tokio::test]
async fn whatever_is_said_of_a_topic_opening_it_ends() {
    each(CLAIMS, |(what, claim)| async move {
        let broker = later(claim).await;
        let producer = ends(Producer::connect(producer_settings(&broker))).await;
        if let Ok(producer) = producer
            && let Ok(topic) = ends(producer.topic("t")).await
        {
            assert!(topic.partition_count() > 0, "{what}");
        }
        let asked = broker.count(ApiKey::Metadata);
        assert!(asked < MANY, "{what}: asked {asked} times");
    })
    .await;
}

#[tokio::test]
async fn nonsense_for_an_answer_is_an_error_in_time() {
    each(NONSENSE, |(what, reply)| async move {
        let broker = Broker::usual_but_for(ApiKey::Metadata, move |request| match request.before {
            0 => request.usual(),
            _ => reply(request),
        });
        let broker = broker.await;
        let admin = Admin::new(&connect(&broker).await.unwrap());
        ends(admin.list_topics()).await.expect_err(what);
        ends(admin.describe_topic("t")).await.expect_err(what);
        ends(admin.delete_topic("t")).await.expect_err(what);
        let asked = broker.count(ApiKey::Metadata);
        assert!(asked < MANY, "{what}: asked {asked} times");
    })
    .await;
}

#[tokio::test]
async fn offsets_that_no_partition_has_are_an_error() {
    for offset in [-2, i64::MIN] {
        let broker = Broker::usual_but_for(ApiKey::ListOffsets, move |request| {
            request.answer(&request.offsets(offset))
        });
        let broker = broker.await;
        let admin = Admin::new(&connect(&broker).await.unwrap());
        let error = ends(admin.offsets("t", OffsetSpec::Latest))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(&offset.to_string()), "{error}");
    }
}

#[tokio::test]
async fn a_broker_that_wants_to_be_left_alone_for_weeks_is_asked_again_in_time() {
    each([i32::MAX, i32::MIN, -1], |throttle| async move {
        let broker = Broker::usual_but_for(ApiKey::Metadata, move |request| {
            request.answer(&metadata(request.port).with_throttle_time_ms(throttle))
        });
        let broker = broker.await;
        let admin = Admin::new(&connect(&broker).await.unwrap());
        for _ in 0..2 {
            drop(ends(admin.list_topics()).await);
        }
        assert!(broker.count(ApiKey::Metadata) >= 2, "{throttle}");
    })
    .await;
}

#[tokio::test]
async fn answers_that_nobody_asked_for_close_the_connection_and_the_next_one_serves() {
    let broker = Broker::usual_but_for(ApiKey::Metadata, |request| {
        let Reply::Bytes(answer) = request.usual() else {
            unreachable!()
        };
        match request.before {
            1 => Reply::Bytes([&answer[..], &answer[..]].concat()),
            _ => Reply::Bytes(answer),
        }
    });
    let broker = broker.await;
    let admin = Admin::new(&connect(&broker).await.unwrap());
    for _ in 0..3 {
        assert_eq!(ends(admin.list_topics()).await.unwrap().len(), 1);
    }
}
