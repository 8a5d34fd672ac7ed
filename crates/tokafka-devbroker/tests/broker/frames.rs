use kafka_protocol::{
    messages::{
        ApiKey, ApiVersionsRequest, CreateTopicsRequest, DeleteTopicsRequest, FetchRequest,
        FindCoordinatorRequest, InitProducerIdRequest, ListOffsetsRequest, MetadataRequest,
        create_topics_request::CreatableTopic,
    },
    protocol::Request,
};
use tokafka_devbroker::DevBroker;
use tokio::io::AsyncWriteExt;

use crate::client::{
    Batch, Client, broker, broker_with_topic, fetch_request, frame, name, produce_request,
};

async fn closes_on(broker: &DevBroker, bytes: &[u8]) -> bool {
    let mut client = Client::connect(broker).await;
    client.stream.write_all(bytes).await.unwrap();
    client.stream.shutdown().await.unwrap();
    client.receive_frame().await.is_none()
}

#[tokio::test]
async fn malformed_frames_close_their_connection_and_no_other() {
    let broker = broker().await;
    let mut other = Client::connect(&broker).await;
    let huge_array = [
        &[0, 3, 0, 1, 0, 0, 0, 9, 0xff, 0xff][..],
        &i32::MAX.to_be_bytes(),
    ]
    .concat();
    let huge_compact_array = [
        &[0, 3, 0, 12, 0, 0, 0, 9, 0xff, 0xff, 0][..],
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
    ]
    .concat();
    let bodies: [&[u8]; 7] = [
        b"",
        b"\0\x12",
        b"\0\x12\0\0\0\0\0",
        b"\x7f\xff\0\0\0\0\0\x01\xff\xff",
        b"\0\x03\0\x01\0\0\0\x01\0\x7f",
        &huge_array,
        &huge_compact_array,
    ];
    for body in bodies {
        let length = i32::try_from(body.len()).unwrap().to_be_bytes();
        assert!(
            closes_on(&broker, &[&length, body].concat()).await,
            "{body:?}"
        );
    }
    assert!(closes_on(&broker, &(-1_i32).to_be_bytes()).await);
    assert!(closes_on(&broker, b"GET / HTTP/1.1\r\n").await);
    assert!(closes_on(&broker, &[0, 0, 1, 0, 0, 3]).await);
    assert_eq!(
        other
            .call(0, &ApiVersionsRequest::default())
            .await
            .error_code,
        0
    );
}

/// Every cut of the request closes the connection; the whole one is answered.
async fn no_cut_is_answered<R: Request>(broker: &DevBroker, version: i16, request: &R) {
    let whole = frame(version, 1, request);
    for end in 4..whole.len() {
        let length = i32::try_from(end - 4).unwrap().to_be_bytes();
        let cut = [&length, &whole[4..end]].concat();
        assert!(
            closes_on(broker, &cut).await,
            "key {} v{version} cut at {end}",
            R::KEY
        );
    }
    assert!(
        !closes_on(broker, &whole).await,
        "key {} v{version}",
        R::KEY
    );
}

#[tokio::test]
async fn requests_that_are_cut_short_are_not_answered() {
    let (broker, _client) = broker_with_topic().await;
    let topic = CreatableTopic::default()
        .with_name(name("n"))
        .with_num_partitions(1);
    let create = CreateTopicsRequest::default().with_topics(vec![topic.with_replication_factor(1)]);
    let delete = DeleteTopicsRequest::default().with_topic_names(vec![name("n")]);
    let produce = produce_request("t", &[(0, Batch::default().encode())]);
    no_cut_is_answered(&broker, 8, &produce).await;
    no_cut_is_answered(&broker, 9, &produce).await;
    no_cut_is_answered(&broker, 11, &fetch_request(0)).await;
    no_cut_is_answered(&broker, 12, &fetch_request(0)).await;
    no_cut_is_answered(&broker, 4, &create).await;
    no_cut_is_answered(&broker, 5, &delete).await;
    no_cut_is_answered(&broker, 12, &MetadataRequest::default()).await;
    no_cut_is_answered(&broker, 6, &ListOffsetsRequest::default()).await;
    no_cut_is_answered(&broker, 4, &FindCoordinatorRequest::default()).await;
    no_cut_is_answered(&broker, 4, &InitProducerIdRequest::default()).await;
}

#[tokio::test]
async fn bytes_behind_a_request_are_let_pass() {
    let broker = broker().await;
    let whole = frame(13, 1, &MetadataRequest::default());
    let length = i32::try_from(whole.len() - 4 + 3).unwrap().to_be_bytes();
    assert!(!closes_on(&broker, &[&length, &whole[4..], &[1, 0, 0]].concat()).await);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let (broker, mut client) = broker_with_topic().await;
    client
        .send(12, &fetch_request(0).with_min_bytes(1).with_max_wait_ms(20))
        .await;
    client.send(0, &ApiVersionsRequest::default()).await;
    assert_eq!(client.receive::<FetchRequest>(12).await.unwrap().0, 1);
    assert_eq!(client.receive::<ApiVersionsRequest>(0).await.unwrap().0, 2);
    assert_eq!(broker.request_count(ApiKey::Fetch), 1);
    assert_eq!(broker.request_count(ApiKey::Produce), 0);
}

#[tokio::test]
async fn a_stopped_broker_has_closed_its_connections_and_its_port() {
    let broker = broker().await;
    let address = broker.bootstrap();
    let mut client = Client::connect(&broker).await;
    client.call(0, &ApiVersionsRequest::default()).await;
    broker.stop().await;
    assert!(client.receive_frame().await.is_none());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_dropped_broker_closes_its_connections() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    client.call(0, &ApiVersionsRequest::default()).await;
    drop(broker);
    assert!(client.receive_frame().await.is_none());
}
