use kafka_protocol::{
    ResponseError,
    messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse, MetadataRequest, ResponseHeader},
    protocol::{Decodable, StrBytes},
};

use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use crate::client::{Client, broker};

fn hello(software: &'static str, version: &'static str) -> ApiVersionsRequest {
    ApiVersionsRequest::default()
        .with_client_software_name(StrBytes::from_static_str(software))
        .with_client_software_version(StrBytes::from_static_str(version))
}

#[tokio::test]
async fn every_version_of_api_versions_lists_the_same_apis() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    for version in 0..=4 {
        let request = if version < 3 {
            ApiVersionsRequest::default()
        } else {
            hello("a", "1.0")
        };
        let response = client.call(version, &request).await;
        assert_eq!(
            (response.error_code, response.api_keys.len()),
            (0, 12),
            "version {version}"
        );
    }
}

#[tokio::test]
async fn a_too_new_api_versions_is_answered_in_version_0_with_the_range_to_use() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    // Version 4's bytes, with version 99 in the header.
    let mut frame = crate::client::frame(4, 7, &hello("a", "1")).to_vec();
    frame[6..8].copy_from_slice(&99_i16.to_be_bytes());
    tokio::io::AsyncWriteExt::write_all(&mut client.stream, &frame)
        .await
        .unwrap();
    let mut answer = client.receive_frame().await.unwrap();
    assert_eq!(
        ResponseHeader::decode(&mut answer, 0)
            .unwrap()
            .correlation_id,
        7
    );
    let answer = ApiVersionsResponse::decode(&mut answer, 0).unwrap();
    assert_eq!(answer.error_code, ResponseError::UnsupportedVersion.code());
    let offered: Vec<_> = answer
        .api_keys
        .iter()
        .map(|api| (api.api_key, api.max_version))
        .collect();
    assert_eq!(offered, [(18, 4)]);
    assert_eq!(
        client
            .call(0, &ApiVersionsRequest::default())
            .await
            .error_code,
        0
    );
}

#[tokio::test]
async fn a_client_name_with_a_space_is_an_invalid_request() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    for (software, version, code) in [
        ("a b", "1", 42),
        ("a", "1+2", 42),
        ("", "1", 42),
        ("a-b.c", "1", 0),
    ] {
        let response = client.call(3, &hello(software, version)).await;
        assert_eq!(response.error_code, code, "{software} {version}");
    }
}

#[tokio::test]
async fn a_version_that_is_not_offered_closes_the_connection() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    let mut frame = crate::client::frame(13, 1, &MetadataRequest::default()).to_vec();
    frame[6..8].copy_from_slice(&14_i16.to_be_bytes());
    tokio::io::AsyncWriteExt::write_all(&mut client.stream, &frame)
        .await
        .unwrap();
    assert!(client.receive_frame().await.is_none());
}

#[tokio::test]
async fn each_profile_announces_the_last_versions_of_its_release() {
    for (version, produce, fetch, metadata) in
        [("2.8", 9, 12, 11), ("3.9", 11, 17, 12), ("4", 13, 18, 13)]
    {
        let config = DevBrokerConfig {
            profile: version.parse().unwrap(),
            ..DevBrokerConfig::default()
        };
        let broker = DevBroker::start(config).await.unwrap();
        let mut client = Client::connect(&broker).await;
        let answer = client.call(0, &ApiVersionsRequest::default()).await;
        let last = |api: ApiKey| {
            let mut offered = answer.api_keys.iter();
            let offered = offered.find(|offered| offered.api_key == api as i16);
            offered.unwrap().max_version
        };
        let last = [ApiKey::Produce, ApiKey::Fetch, ApiKey::Metadata].map(last);
        assert_eq!(last, [produce, fetch, metadata], "{version}");
    }
}
