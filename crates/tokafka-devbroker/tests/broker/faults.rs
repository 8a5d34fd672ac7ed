use std::time::Duration;

use kafka_protocol::{
    ResponseError,
    messages::{
        ApiKey, ApiVersionsRequest, CreateTopicsRequest, DeleteTopicsRequest,
        FindCoordinatorRequest, InitProducerIdRequest, create_topics_request::CreatableTopic,
    },
    protocol::StrBytes,
};
use tokafka_devbroker::{Fault, FaultAction};
use tokio::time::{Instant, timeout};

use crate::client::{
    Batch, Client, PRODUCE, broker_with_topic, fetch_request, name, produce_request,
};

const ERROR: ResponseError = ResponseError::NotLeaderOrFollower;
const CODE: i16 = 6;

fn fault(api: ApiKey, action: FaultAction) -> Fault {
    Fault {
        api,
        topic: None,
        partition: None,
        after: 0,
        times: 1,
        action,
    }
}

fn on_partition(partition: i32, action: FaultAction) -> Fault {
    let topic = Some("u".to_owned());
    Fault {
        topic,
        partition: Some(partition),
        ..fault(ApiKey::Produce, action)
    }
}

#[tokio::test]
async fn a_refused_partition_is_not_written_and_the_others_are() {
    let (broker, mut client) = broker_with_topic().await;
    broker.create_topic("u", 2);
    let batch = Batch::default().encode();
    let request = produce_request("u", &[(0, batch.clone()), (1, batch)]);
    for (action, written) in [
        (FaultAction::Refuse(ERROR), 0),
        (FaultAction::CarryOutThenAnswer(ERROR), 1),
    ] {
        broker.inject(on_partition(1, action));
        let answer = client.call(PRODUCE, &request).await;
        let partitions = &answer.responses[0].partition_responses;
        assert_eq!(
            (partitions[0].error_code, partitions[1].error_code),
            (0, CODE)
        );
        assert_eq!(broker.records("u", 1).len(), written);
    }
    assert_eq!(broker.records("u", 0).len(), 2);
}

#[tokio::test]
async fn faults_match_topics_of_requests_that_name_ids() {
    let (broker, mut client) = broker_with_topic().await;
    let id = client.metadata(12, "t", false).await.topics[0].topic_id;
    let topic = Some("t".to_owned());
    broker.inject(Fault {
        topic,
        ..fault(ApiKey::Produce, FaultAction::Refuse(ERROR))
    });
    let mut request = produce_request("", &[(0, Batch::default().encode())]);
    request.topic_data[0].topic_id = id;
    let answer = client.call(13, &request).await;
    assert_eq!(answer.responses[0].partition_responses[0].error_code, CODE);
}

#[tokio::test]
async fn a_cut_request_is_not_carried_out_and_a_lost_answer_is_of_one_that_was() {
    let (broker, _client) = broker_with_topic().await;
    let request = produce_request("t", &[(0, Batch::default().encode())]);
    for (action, written) in [(FaultAction::Cut, 0), (FaultAction::LoseAnswer, 1)] {
        broker.inject(fault(ApiKey::Produce, action));
        let mut client = Client::connect(&broker).await;
        assert!(client.try_call(PRODUCE, &request).await.is_none());
        assert_eq!(broker.records("t", 0).len(), written);
    }
    assert_eq!(broker.request_count(ApiKey::Produce), 2);
}

#[tokio::test]
async fn a_silenced_request_is_carried_out_and_nothing_is_answered_any_more() {
    let (broker, mut client) = broker_with_topic().await;
    broker.inject(fault(ApiKey::Produce, FaultAction::Silence));
    client
        .send(
            PRODUCE,
            &produce_request("t", &[(0, Batch::default().encode())]),
        )
        .await;
    client.send(0, &ApiVersionsRequest::default()).await;
    assert!(
        timeout(Duration::from_millis(50), client.receive_frame())
            .await
            .is_err()
    );
    assert_eq!(broker.records("t", 0).len(), 1);
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
}

#[tokio::test]
async fn a_delayed_answer_comes_late_and_a_throttled_one_says_so() {
    let (broker, mut client) = broker_with_topic().await;
    let wait = Duration::from_millis(40);
    broker.inject(fault(ApiKey::Produce, FaultAction::DelayAnswer(wait)));
    broker.inject(fault(ApiKey::Produce, FaultAction::Throttle(wait)));
    let request = produce_request("t", &[(0, Batch::default().encode())]);
    let started = Instant::now();
    assert_eq!(client.call(PRODUCE, &request).await.throttle_time_ms, 0);
    assert!(started.elapsed() >= wait);
    assert_eq!(client.call(PRODUCE, &request).await.throttle_time_ms, 40);
    assert_eq!(broker.records("t", 0).len(), 2);
}

#[tokio::test]
async fn a_fault_begins_after_so_many_requests_and_ends_after_so_many() {
    let (broker, mut client) = broker_with_topic().await;
    let refuse = FaultAction::Refuse(ERROR);
    broker.inject(Fault {
        after: 1,
        times: 2,
        ..fault(ApiKey::Produce, refuse)
    });
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(client.produce(Batch::default().encode()).await.error_code);
    }
    assert_eq!(codes, [0, CODE, CODE, 0]);
}

#[tokio::test]
async fn every_kind_of_request_can_be_refused() {
    let (broker, mut client) = broker_with_topic().await;
    let refuse = FaultAction::Refuse(ERROR);
    for api in [
        ApiKey::ApiVersions,
        ApiKey::Metadata,
        ApiKey::InitProducerId,
        ApiKey::FindCoordinator,
        ApiKey::Fetch,
        ApiKey::ListOffsets,
        ApiKey::CreateTopics,
        ApiKey::DeleteTopics,
    ] {
        broker.inject(fault(api, refuse));
    }
    assert_eq!(
        client
            .call(0, &ApiVersionsRequest::default())
            .await
            .error_code,
        CODE
    );
    assert_eq!(
        client.metadata(12, "new", true).await.topics[0].error_code,
        CODE
    );
    assert_eq!(
        client.metadata(12, "new", false).await.topics[0].error_code,
        3
    );
    assert_eq!(
        client
            .call(2, &InitProducerIdRequest::default())
            .await
            .error_code,
        CODE
    );
    let group = FindCoordinatorRequest::default().with_key(StrBytes::from_static_str("g"));
    assert_eq!(client.call(3, &group).await.error_code, CODE);
    let waiting = fetch_request(0).with_min_bytes(1).with_max_wait_ms(60_000);
    assert_eq!(
        client.fetch(&waiting).await.responses[0].partitions[0].error_code,
        CODE
    );
    assert_eq!(client.list_offset(-1).await.error_code, CODE);
    let topic = CreatableTopic::default()
        .with_name(name("n"))
        .with_num_partitions(1);
    let create = CreateTopicsRequest::default().with_topics(vec![topic.with_replication_factor(1)]);
    assert_eq!(client.call(7, &create).await.topics[0].error_code, CODE);
    assert_eq!(client.call(7, &create).await.topics[0].error_code, 0);
    let delete = DeleteTopicsRequest::default().with_topic_names(vec![name("n")]);
    assert_eq!(client.call(5, &delete).await.responses[0].error_code, CODE);
    assert_eq!(client.call(5, &delete).await.responses[0].error_code, 0);
}
