//! What brokers refuse.

use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_client::producer::{DeliveryCause, OffsetRun, SendError, Written};
use tokafka_devbroker::{DevBrokerConfig, FaultAction};

use crate::bench::{Bench, config, partition, rows};

#[tokio::test]
async fn retries_is_how_often_a_batch_may_be_sent_again() {
    let bench = Bench::start(&[("retries", "2"), ("enable.idempotence", "true")]).await;
    bench.fault(0, 9, FaultAction::Refuse(ResponseError::NotEnoughReplicas));
    let error = bench.write(1).await.unwrap_err();
    let DeliveryCause::RetriesExhausted { attempts: 3, last } = &error.cause else {
        panic!("{error}");
    };
    assert_eq!(
        last.as_deref(),
        Some("the broker refused the records: NotEnoughReplicas")
    );
    assert_eq!(error.written, Written::No);
    assert_eq!(bench.log(0), [""; 0]);
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_halved_until_it_fits_and_the_size_is_remembered() {
    let config = DevBrokerConfig {
        message_max_bytes: 400,
        ..config()
    };
    let bench = Bench::with(config, &[]).await;
    for rows in rows(128).chunks(32) {
        bench.send(0, rows).await.unwrap();
    }
    bench.deliveries.settled().await.unwrap();
    assert_eq!(bench.log(0), rows(128));
    let opened_again = bench.producer.topic("t").await.unwrap();
    for topic in [&bench.topic, &opened_again] {
        assert!(topic.batch_limit() <= 400, "{}", topic.batch_limit());
    }
    let report = bench.deliveries.take();
    assert_eq!(
        partition(&report, 0).runs,
        [OffsetRun {
            first: 0,
            last: 127
        }]
    );
}

#[tokio::test]
async fn a_record_that_is_too_large_fails_and_other_writers_of_the_partition_go_on() {
    let config = DevBrokerConfig {
        message_max_bytes: 400,
        ..config()
    };
    let bench = Bench::with(config, &[]).await;
    let other = bench.producer.deliveries();
    bench
        .producer
        .send(&bench.topic, 0, bench.batch(&rows(2)), &other)
        .await
        .unwrap();
    bench.send(0, &["x".repeat(500)]).await.unwrap();
    bench
        .producer
        .send(&bench.topic, 0, bench.batch(&rows(2)), &other)
        .await
        .unwrap();
    let error = bench.deliveries.settled().await.unwrap_err();
    assert!(
        matches!(error.cause, DeliveryCause::TooLarge { size, .. } if size > 500),
        "{error}"
    );
    assert!(error.to_string().contains("max.message.bytes"), "{error}");
    assert_eq!(error.written, Written::No);
    other.settled().await.unwrap();
    assert_eq!(bench.log(0), [rows(2), rows(2)].concat());
    assert_eq!(partition(&bench.deliveries.take(), 0).not_written_rows, 1);
}

#[tokio::test]
async fn a_refused_batch_fails_its_writer_alone() {
    let bench = Bench::start(&[]).await;
    bench.write(1).await.unwrap();
    bench.fault(0, 1, FaultAction::Refuse(ResponseError::InvalidRecord));
    let other = bench.producer.deliveries();
    bench.send(0, &rows(1)).await.unwrap();
    for row in rows(6).chunks(1) {
        bench
            .producer
            .send(&bench.topic, 0, bench.batch(row), &other)
            .await
            .unwrap();
    }
    let error = bench.deliveries.settled().await.unwrap_err();
    assert!(matches!(
        error.cause,
        DeliveryCause::Refused {
            code: ResponseError::InvalidRecord,
            ..
        }
    ));
    other.settled().await.unwrap();
    assert_eq!(bench.log(0), [rows(2), rows(6)].concat());
    let next = bench.send(0, &rows(1)).await.unwrap_err();
    assert_eq!(next, SendError::Delivery(error));
}

#[tokio::test]
async fn a_topic_that_is_made_again_during_a_write_fails_it_and_can_be_opened_again() {
    // Produce takes topic ids since Kafka 4.
    let bench = Bench::with(DevBrokerConfig::default(), &[]).await;
    bench.write(2).await.unwrap();
    bench.broker.delete_topic("t");
    bench.broker.create_topic("t", 4);
    let error = bench.write(2).await.unwrap_err();
    assert_eq!(error.cause, DeliveryCause::TopicRecreated);
    assert_eq!(bench.log(0), [""; 0], "nothing goes to the new topic");

    let (topic, deliveries) = (
        bench.producer.topic("t").await.unwrap(),
        bench.producer.deliveries(),
    );
    bench
        .producer
        .send(&topic, 0, bench.batch(&rows(2)), &deliveries)
        .await
        .unwrap();
    deliveries.settled().await.unwrap();
    assert_eq!(bench.log(0), rows(2));
}

#[tokio::test]
async fn nothing_is_sent_for_a_topic_that_is_known_to_be_another_by_now() {
    let bench = Bench::start(&[]).await;
    bench.broker.delete_topic("t");
    bench.broker.create_topic("t", 4);
    bench.producer.topic("t").await.unwrap();
    let error = bench.write(1).await.unwrap_err();
    assert_eq!(
        (error.cause, error.written),
        (DeliveryCause::TopicRecreated, Written::No)
    );
    assert_eq!(bench.broker.request_count(ApiKey::Produce), 0);
}
