//! What connecting comes to.

use kafka_protocol::messages::{ApiKey, ApiVersionsResponse, api_versions_response::ApiVersion};
use tokafka_client::error::ConnectError;

use crate::{
    broker::{Broker, Reply, versions},
    client::{MANY, NONSENSE, connect, each},
};

#[tokio::test]
async fn nonsense_for_a_greeting_is_an_error_that_names_the_address() {
    each(NONSENSE, |(what, reply)| async move {
        let broker = Broker::start(reply).await;
        let error = connect(&broker).await.expect_err(what);
        assert!(matches!(error, ConnectError::Unreachable { .. }), "{what}");
        let text = error.to_string();
        assert!(text.contains(&broker.port.to_string()), "{what}: {text}");
        let asked = broker.count(ApiKey::ApiVersions);
        assert!((1..MANY).contains(&asked), "{what}: asked {asked} times");
    })
    .await;
}

#[tokio::test]
async fn nonsense_for_a_first_view_is_an_error_that_names_the_address() {
    each(NONSENSE, |(what, reply)| async move {
        let broker = Broker::usual_but_for(ApiKey::Metadata, reply).await;
        let error = connect(&broker).await.expect_err(what);
        let text = error.to_string();
        assert!(text.contains(&broker.port.to_string()), "{what}: {text}");
        let asked = broker.count(ApiKey::Metadata);
        assert!((1..MANY).contains(&asked), "{what}: asked {asked} times");
    })
    .await;
}

#[tokio::test]
async fn another_protocol_is_called_by_its_name() {
    let greetings: [(&str, &[u8]); 2] = [
        ("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("TLS", b"\x15\x03\x03\x00\x02\x02\x46"),
    ];
    for (protocol, greeting) in greetings {
        let broker = Broker::start(|_| Reply::Bytes(greeting.to_vec())).await;
        let text = connect(&broker).await.unwrap_err().to_string();
        assert!(text.contains(protocol), "{text}");
    }
}

#[tokio::test]
async fn versions_that_no_broker_has_are_an_error() {
    let range = |api: ApiKey, min, max| {
        ApiVersion::default()
            .with_api_key(api as i16)
            .with_min_version(min)
            .with_max_version(max)
    };
    let answers: [(&str, ApiVersionsResponse); 5] = [
        ("none", ApiVersionsResponse::default()),
        (
            "newer ones",
            ApiVersionsResponse::default().with_api_keys(vec![range(ApiKey::Metadata, 90, 99)]),
        ),
        (
            "upside down",
            ApiVersionsResponse::default().with_api_keys(vec![range(ApiKey::Metadata, 9, 7)]),
        ),
        (
            "negative ones",
            ApiVersionsResponse::default().with_api_keys(vec![range(ApiKey::Metadata, -9, -7)]),
        ),
        ("an error of its own", versions().with_error_code(999)),
    ];
    each(answers, |(what, answer)| async move {
        let broker =
            Broker::usual_but_for(ApiKey::ApiVersions, move |request| request.answer(&answer));
        let broker = broker.await;
        connect(&broker).await.expect_err(what);
        assert!(broker.count(ApiKey::ApiVersions) < MANY, "{what}");
    })
    .await;
}

#[tokio::test]
async fn a_broker_that_knows_no_version_of_the_greeting_is_not_asked_in_a_circle() {
    for (min, max) in [(-9, -7), (0, 0), (4, 4), (0, 99)] {
        // UNSUPPORTED_VERSION, with one range, in the words of version 0.
        let broker = Broker::start(move |request| {
            let mut body = vec![0, 35, 0, 0, 0, 1, 0, 18];
            body.extend(i16::to_be_bytes(min));
            body.extend(i16::to_be_bytes(max));
            request.body(&body)
        });
        let broker = broker.await;
        connect(&broker).await.unwrap_err();
        assert!(broker.count(ApiKey::ApiVersions) < MANY);
    }
}
