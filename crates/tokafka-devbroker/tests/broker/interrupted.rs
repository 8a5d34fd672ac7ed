//! Requests and answers that are held, dropped, doubled, cut off or throttled.

use std::time::Duration;

use kafka_protocol::messages::{ApiKey, ApiVersionsRequest};
use tokafka_devbroker::{DevBroker, Fault, FaultAction};
use tokio::{
    io::AsyncReadExt,
    time::{Instant, timeout},
};

use crate::client::{Batch, Client, PRODUCE, broker_with_topic, frame, produce_request};

fn on_produce(broker: &DevBroker, action: FaultAction) {
    broker.inject(Fault {
        api: ApiKey::Produce,
        topic: None,
        partition: None,
        after: 0,
        times: 1,
        action,
    });
}

fn request() -> kafka_protocol::messages::ProduceRequest {
    produce_request("t", &[(0, Batch::default().encode())])
}

async fn until_held(broker: &DevBroker, count: usize) {
    let held = async {
        while broker.held() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(10), held).await.unwrap();
}

#[tokio::test]
async fn a_held_request_is_carried_out_when_it_is_released_and_a_held_answer_at_once() {
    let (broker, mut client) = broker_with_topic().await;
    for (action, written) in [(FaultAction::HoldRequest, 0), (FaultAction::HoldAnswer, 2)] {
        on_produce(&broker, action);
        client.send(PRODUCE, &request()).await;
        until_held(&broker, 1).await;
        assert_eq!(broker.records("t", 0).len(), written, "{action:?}");
        broker.release(0);
        assert!(client.receive_frame().await.is_some());
    }
    assert_eq!((broker.records("t", 0).len(), broker.held()), (2, 0));
}

#[tokio::test]
async fn what_is_held_is_released_in_any_order_and_survives_its_client() {
    let (broker, mut first) = broker_with_topic().await;
    let mut second = Client::connect(&broker).await;
    for client in [&mut first, &mut second] {
        on_produce(&broker, FaultAction::HoldRequest);
        client.send(PRODUCE, &request()).await;
    }
    until_held(&broker, 2).await;
    broker.release(1);
    assert!(second.receive_frame().await.is_some());
    drop(first);
    broker.release_all();
    let written = async {
        while broker.records("t", 0).len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(10), written).await.unwrap();
}

#[tokio::test]
async fn a_dropped_request_is_never_carried_out_and_its_connection_is_not_served_again() {
    let (broker, mut client) = broker_with_topic().await;
    on_produce(&broker, FaultAction::Drop);
    client.send(PRODUCE, &request()).await;
    client.send(0, &ApiVersionsRequest::default()).await;
    let silence = Duration::from_millis(50);
    assert!(timeout(silence, client.receive_frame()).await.is_err());
    assert!(broker.records("t", 0).is_empty());
}

#[tokio::test]
async fn a_doubled_request_is_written_twice_unless_sequences_forbid_it() {
    for (producer, written) in [((-1, -1, -1), 2), ((7, 0, 0), 1)] {
        let (broker, mut client) = broker_with_topic().await;
        on_produce(&broker, FaultAction::Duplicate);
        let batch = Batch {
            producer,
            ..Batch::default()
        };
        let answer = client.produce(batch.encode()).await;
        assert_eq!((answer.error_code, answer.base_offset), (0, 0));
        assert_eq!(broker.records("t", 0).len(), written);
    }
}

#[tokio::test]
async fn a_request_is_cut_off_at_any_byte_and_not_carried_out() {
    let (broker, _client) = broker_with_topic().await;
    let whole = frame(PRODUCE, 1, &request()).len();
    for bytes in [0, 3, 11, 12, 40, whole - 1, whole] {
        on_produce(&broker, FaultAction::CutRequest(bytes));
        let mut client = Client::connect(&broker).await;
        assert!(client.try_call(PRODUCE, &request()).await.is_none());
    }
    assert!(broker.records("t", 0).is_empty());
    assert_eq!(broker.request_count(ApiKey::Produce), 0);
}

#[tokio::test]
async fn an_answer_is_cut_off_at_any_byte_and_its_request_was_carried_out() {
    let (broker, _client) = broker_with_topic().await;
    for bytes in [0, 3, 4, 17] {
        on_produce(&broker, FaultAction::CutAnswer(bytes));
        let mut client = Client::connect(&broker).await;
        client.send(PRODUCE, &request()).await;
        let mut answer = Vec::new();
        client.stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer.len(), bytes);
    }
    assert_eq!(broker.records("t", 0).len(), 4);
}

#[tokio::test]
async fn over_the_quota_a_connection_is_told_and_then_muted() {
    let (broker, mut client) = broker_with_topic().await;
    let batch = Batch::default().encode();
    broker.set_produce_quota(Some(u32::try_from(batch.len()).unwrap() * 20));
    let start = Instant::now();
    let answer = client.call(PRODUCE, &request()).await;
    assert_eq!(answer.throttle_time_ms, 50);
    client.call(0, &ApiVersionsRequest::default()).await;
    assert!(start.elapsed() >= Duration::from_millis(50));
    broker.set_produce_quota(None);
    assert_eq!(client.call(PRODUCE, &request()).await.throttle_time_ms, 0);
}

#[tokio::test]
async fn faults_can_be_taken_back() {
    let (broker, mut client) = broker_with_topic().await;
    broker.inject(Fault {
        api: ApiKey::Produce,
        topic: None,
        partition: None,
        after: 0,
        times: u32::MAX,
        action: FaultAction::Refuse(kafka_protocol::ResponseError::NotEnoughReplicas),
    });
    for _ in 0..3 {
        assert_eq!(
            client.produce(Batch::default().encode()).await.error_code,
            19
        );
    }
    broker.clear_faults();
    assert_eq!(
        client.produce(Batch::default().encode()).await.error_code,
        0
    );
}
