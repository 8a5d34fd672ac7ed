//! Error Handling and Validation.

use kafka_protocol::messages::ApiKey;
use tokafka::SaveMode;

use crate::{
    broker, pairs,
    twins::{rows::messages, validation},
};

#[tokio::test]
async fn schema_validation() {
    let broker = broker().await;
    let refused = validation::schema_validation(messages().unwrap(), &broker.bootstrap()).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "Required attribute 'value' not found"
    );
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
}

#[tokio::test]
async fn producer_parameter_validation() {
    let broker = broker().await;
    let written =
        validation::producer_parameter_validation(messages().unwrap(), &broker.bootstrap()).await;
    let error = written.unwrap_err().to_string();
    let page = "Kafka option 'key.serializer' is not supported as keys are serialized with ByteArraySerializer";
    assert!(error.starts_with(page), "{error}");
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
}

#[tokio::test]
async fn save_mode_validation() {
    let broker = broker().await;
    let save = async |mode| {
        validation::save_mode_validation(messages().unwrap(), &broker.bootstrap(), mode).await
    };
    for mode in [SaveMode::Overwrite, SaveMode::Ignore] {
        let error = save(mode).await.unwrap_err().to_string();
        let page = format!("Save mode {mode} not allowed for Kafka");
        assert!(error.starts_with(&page), "{error}");
    }
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
    for mode in [SaveMode::Append, SaveMode::ErrorIfExists] {
        save(mode).await.unwrap();
    }
    assert_eq!(pairs(&broker, "test").len(), 6, "both append");
}
