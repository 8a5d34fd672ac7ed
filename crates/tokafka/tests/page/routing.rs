//! Topic Routing.

use kafka_protocol::messages::ApiKey;

use crate::{
    broker,
    twins::{
        routing,
        rows::{events, messages},
    },
    values,
};

#[tokio::test]
async fn static_topic_assignment() {
    let broker = broker().await;
    routing::static_topic_assignment(messages().unwrap(), &broker.bootstrap())
        .await
        .unwrap();
    assert_eq!(values(&broker, "static-topic"), ["done", "new", "paid"]);
}

#[tokio::test]
async fn dynamic_topic_routing() {
    let broker = broker().await;
    routing::dynamic_topic_routing(events().unwrap(), &broker.bootstrap())
        .await
        .unwrap();
    assert_eq!(values(&broker, "error-topic"), ["disk full"]);
    assert_eq!(values(&broker, "warning-topic"), ["disk nearly full"]);
    assert_eq!(values(&broker, "info-topic"), ["hello"]);
}

#[tokio::test]
async fn topic_validation() {
    let broker = broker().await;
    let refused = routing::topic_validation(messages().unwrap(), &broker.bootstrap()).await;
    let error = refused.unwrap_err().to_string();
    let page = "Topic option or topic column must be specified for Kafka writes";
    assert!(error.starts_with(page), "{error}");
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
}
