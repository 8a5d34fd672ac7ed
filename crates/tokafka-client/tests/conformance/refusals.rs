use std::time::Duration;

use tokafka_client::{
    error::{ResponseError, TopicError},
    producer::{DeliveryCause, DeliveryError, SendError},
};

use crate::broker::{Broker, Row, TIMESTAMP, batch, rows};

/// The error that writing one batch to partition 0 ends with.
async fn refused(broker: &Broker, topic: &str, rows: &[Row]) -> DeliveryError {
    let producer = broker.producer(&[]).await;
    let topic = producer.topic(topic).await.unwrap();
    let deliveries = producer.deliveries();
    producer
        .send(&topic, 0, batch(&producer, rows), &deliveries)
        .await
        .unwrap();
    let error = deliveries.settled().await.unwrap_err();
    let delivery = &deliveries.take().partitions[0];
    assert_eq!((delivery.rows, delivery.may_be_written_rows), (0, 0));
    assert_eq!(delivery.not_written_rows, rows.len() as u64);
    producer.close(Duration::from_secs(10)).await;
    error
}

#[tokio::test]
async fn one_record_larger_than_the_topic_allows_is_named_with_its_size() {
    let broker = Broker::start().await;
    let topic = broker
        .topic_with("large", 1, &[("max.message.bytes", "20000")])
        .await;
    let error = refused(&broker, &topic, &[Row::value(&"x".repeat(30_000))]).await;
    assert!(
        matches!(error.cause, DeliveryCause::TooLarge { size, .. } if size > 30_000),
        "{error}"
    );
    assert!(!error.may_be_written());
}

#[tokio::test]
async fn a_timestamp_that_the_broker_does_not_take_is_a_definite_refusal() {
    let broker = Broker::start().await;
    let topic = broker
        .topic_with("future", 1, &[("message.timestamp.after.max.ms", "1000")])
        .await;
    let year_2200 = Row {
        timestamp: TIMESTAMP + 5_600_000_000_000,
        ..Row::value("v")
    };
    let error = refused(&broker, &topic, &[year_2200]).await;
    let code = ResponseError::InvalidTimestamp;
    assert!(
        matches!(&error.cause, DeliveryCause::Refused { code: got, .. } if *got == code),
        "{error}"
    );
}

#[tokio::test]
async fn a_record_without_a_key_is_refused_by_a_compacted_topic() {
    let broker = Broker::start().await;
    let topic = broker
        .topic_with("compacted", 1, &[("cleanup.policy", "compact")])
        .await;
    let error = refused(&broker, &topic, &rows(0..1)).await;
    let code = ResponseError::InvalidRecord;
    assert!(
        matches!(&error.cause, DeliveryCause::Refused { code: got, .. } if *got == code),
        "{error}"
    );
}

#[tokio::test]
async fn a_partition_that_does_not_exist_is_refused_at_once_with_the_count_there_is() {
    let broker = Broker::start().await;
    let name = broker.new_topic("two", 2).await;
    let producer = broker.producer(&[]).await;
    let topic = producer.topic(&name).await.unwrap();
    let deliveries = producer.deliveries();
    let batch = batch(&producer, &rows(0..1));
    let error = producer
        .send(&topic, 9, batch, &deliveries)
        .await
        .unwrap_err();
    let missing = TopicError::NoSuchPartition {
        name,
        partition: 9,
        count: 2,
    };
    assert_eq!(error, SendError::Topic(missing));
}

#[tokio::test]
async fn an_invalid_topic_name_is_refused_before_anything_is_sent() {
    let broker = Broker::start().await;
    let producer = broker.producer(&[]).await;
    let error = producer.topic("no spaces").await.unwrap_err();
    assert!(matches!(error, TopicError::InvalidName { .. }), "{error}");
}
