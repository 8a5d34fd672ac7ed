//! KafkaWriter, KafkaWrite, KafkaSink, and the producer pool.

use kafka_protocol::messages::ApiKey;

use crate::{
    all_messages, broker, pair, pairs, records,
    twins::{names, rows::messages},
};

#[tokio::test]
async fn basic_write() {
    let broker = broker().await;
    let report = names::basic_write(messages().unwrap(), &broker.bootstrap())
        .await
        .unwrap();
    assert_eq!((report.rows, report.complete), (3, true));
    assert_eq!(pairs(&broker, "output-topic"), all_messages());
}

#[tokio::test]
async fn write_with_topic_column() {
    let broker = broker().await;
    names::write_with_topic_column(messages().unwrap(), &broker.bootstrap())
        .await
        .unwrap();
    assert_eq!(
        pairs(&broker, "orders"),
        [pair("7", "paid"), pair("8", "new")]
    );
    assert_eq!(pairs(&broker, "refunds"), [pair("7", "done")]);
}

#[tokio::test]
async fn kafka_writer() {
    let broker = broker().await;
    names::kafka_writer(messages().unwrap(), &broker.bootstrap())
        .await
        .unwrap();
    assert_eq!(pairs(&broker, "written"), all_messages());
    assert!(
        records(&broker, "written")
            .iter()
            .all(|record| record.3.is_empty())
    );
}

#[tokio::test]
async fn kafka_write() {
    let broker = broker().await;
    let to = broker.bootstrap();
    names::kafka_write_to_batch(messages().unwrap(), &to)
        .await
        .unwrap();
    names::kafka_write_to_streaming(messages().unwrap(), &to)
        .await
        .unwrap();
    assert_eq!(pairs(&broker, "batches"), all_messages());
    assert_eq!(pairs(&broker, "epochs"), all_messages());
}

#[tokio::test]
async fn kafka_sink() {
    let broker = broker().await;
    names::kafka_sink(messages().unwrap(), &broker.bootstrap())
        .await
        .unwrap();
    assert_eq!(pairs(&broker, "numbered"), all_messages());
}

#[tokio::test]
async fn producer_cache_configuration() {
    let broker = broker().await;
    for _ in 0..2 {
        let written =
            names::producer_cache_configuration(messages().unwrap(), &broker.bootstrap()).await;
        written.unwrap();
    }
    assert_eq!(pairs(&broker, "cached").len(), 6);
    assert_eq!(
        broker.request_count(ApiKey::InitProducerId),
        1,
        "one producer"
    );
}

#[tokio::test]
async fn producer_pool_management() {
    let broker = broker().await;
    let written = names::producer_pool_management(messages().unwrap(), &broker.bootstrap()).await;
    written.unwrap();
    assert_eq!(pairs(&broker, "pooled"), all_messages());
    assert_eq!(
        broker.request_count(ApiKey::InitProducerId),
        1,
        "the one acquired"
    );
}
