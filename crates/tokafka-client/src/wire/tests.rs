//! Connections against a scripted broker. Those that need a clock run over an in-memory stream with
//! paused time.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::{
    ResponseError,
    messages::{
        ApiKey, ApiVersionsRequest, ApiVersionsResponse, InitProducerIdRequest,
        InitProducerIdResponse, ProducerId, api_versions_response::ApiVersion,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::Instant,
};

use super::{
    Api, Connection, Reply, open,
    testing::{Peer, everything, listen, nobody, settings},
};
use crate::error::{ConnectError, RequestError};

const SECOND: Duration = Duration::from_secs(1);

/// A connection without handshake, and the broker's end of it.
fn pair(buffer: usize) -> (Connection, Peer<DuplexStream>) {
    let (ours, theirs) = duplex(buffer);
    let mut settings = settings(Vec::new());
    settings.request_timeout = 30 * SECOND;
    settings.connections_max_idle = 540 * SECOND;
    (
        Connection::start(ours, "broker:9092".into(), &settings),
        Peer(theirs),
    )
}

/// Asks with a body that says which request it is.
fn ask(
    connection: &Connection,
    body: &'static str,
) -> impl Future<Output = Result<Bytes, RequestError>> + use<> {
    let body = vec![Bytes::from_static(body.as_bytes())];
    connection.submit(
        ApiKey::InitProducerId,
        "InitProducerId",
        1,
        body,
        Reply::Expected,
    )
}

/// Answers with the body of the request.
async fn echo(peer: &mut Peer<DuplexStream>) {
    let request = peer.request().await.unwrap();
    peer.raw(&[&request.correlation.to_be_bytes()[..], &request.body].concat())
        .await;
}

#[tokio::test]
async fn requests_leave_in_the_order_of_calls_and_get_their_own_answers() {
    let (connection, mut peer) = pair(1 << 16);
    let (first, second, third) = (
        ask(&connection, "a"),
        ask(&connection, "b"),
        ask(&connection, "c"),
    );
    let broker = async {
        for _ in 0..3 {
            echo(&mut peer).await;
        }
    };
    // The futures are polled in another order than the requests were made in.
    let (c, b, a, ()) = tokio::join!(third, second, first, broker);
    assert_eq!(
        (a.unwrap(), b.unwrap(), c.unwrap()),
        ("a".into(), "b".into(), "c".into())
    );
}

#[tokio::test]
async fn the_pieces_of_a_body_arrive_joined_even_through_a_narrow_pipe() {
    let (connection, mut peer) = pair(7);
    let pieces: Vec<Bytes> = (0..100u8)
        .map(|byte| vec![byte; usize::from(byte)].into())
        .collect();
    let answer = connection.submit(
        ApiKey::Produce,
        "Produce",
        7,
        pieces.clone(),
        Reply::Expected,
    );
    let request = peer.request().await.unwrap();
    assert_eq!(request.body, pieces.concat());
    assert_eq!((request.api, request.version), (ApiKey::Produce, 7));
    drop(answer);
}

#[tokio::test]
async fn a_request_without_reply_is_done_once_it_was_written() {
    let (connection, mut peer) = pair(1 << 16);
    let body = vec![Bytes::from_static(b"x")];
    let sent = connection.submit(ApiKey::Produce, "Produce", 7, body, Reply::None);
    assert_eq!(sent.await, Ok(Bytes::new()));
    let asked = ask(&connection, "a");
    assert_eq!(peer.request().await.unwrap().api, ApiKey::Produce);
    echo(&mut peer).await;
    assert_eq!(asked.await.unwrap(), "a");
}

#[tokio::test]
async fn a_dropped_future_does_not_take_its_request_back() {
    let (connection, mut peer) = pair(1 << 16);
    drop(ask(&connection, "a"));
    let second = ask(&connection, "b");
    echo(&mut peer).await;
    echo(&mut peer).await;
    assert_eq!(second.await.unwrap(), "b");
}

#[tokio::test]
async fn a_wrong_correlation_id_closes_the_connection_and_loses_all_that_is_on_its_way() {
    let (connection, mut peer) = pair(1 << 16);
    let (first, second) = (ask(&connection, "a"), ask(&connection, "b"));
    peer.request().await.unwrap();
    let request = peer.request().await.unwrap();
    peer.raw(&request.correlation.to_be_bytes()).await;
    for outcome in [first.await, second.await] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, RequestError::Lost { .. }), "{error}");
        assert!(
            error.to_string().contains("correlation id 1 instead of 0"),
            "{error}"
        );
        assert!(error.may_be_written());
    }
    assert!(connection.is_closed());
    assert_eq!(peer.request().await.map(|request| request.api), None);
}

#[tokio::test]
async fn an_oversized_answer_closes_the_connection_and_says_so() {
    let (connection, mut peer) = pair(1 << 16);
    let (first, second) = (ask(&connection, "a"), ask(&connection, "b"));
    peer.request().await.unwrap();
    peer.request().await.unwrap();
    peer.0.write_all(&i32::MAX.to_be_bytes()).await.unwrap();
    let error = first.await.unwrap_err();
    assert!(matches!(error, RequestError::Malformed { .. }), "{error}");
    assert!(
        error.to_string().contains("more than the 1048576 accepted"),
        "{error}"
    );
    assert!(matches!(second.await, Err(RequestError::Lost { .. })));
}

#[tokio::test]
async fn an_answer_cut_in_the_middle_is_lost() {
    let (connection, mut peer) = pair(1 << 16);
    let asked = ask(&connection, "a");
    peer.request().await.unwrap();
    peer.0.write_all(b"\0\0\0\x08\0\0").await.unwrap();
    drop(peer);
    let error = asked.await.unwrap_err();
    assert!(matches!(error, RequestError::Lost { .. }), "{error}");
    assert!(error.is_retriable() && error.may_be_written());
}

#[tokio::test]
async fn an_answer_that_nobody_can_decode_is_malformed_and_closes_the_connection() {
    let (connection, mut peer) = pair(1 << 16);
    let request = InitProducerIdRequest::default();
    let called = connection.call(1, &request);
    let broker = async {
        let request = peer.request().await.unwrap();
        peer.raw(&[&request.correlation.to_be_bytes()[..], b"\0"].concat())
            .await;
    };
    let (outcome, ()) = tokio::join!(called, broker);
    assert!(matches!(outcome, Err(RequestError::Malformed { .. })));
    assert!(connection.is_closed());
}

#[tokio::test]
async fn what_was_never_written_is_known_not_to_be_carried_out() {
    let (connection, mut peer) = pair(8);
    let (first, second) = (ask(&connection, "a"), ask(&connection, "b"));
    peer.0.read_exact(&mut [0; 4]).await.unwrap();
    drop(peer);
    let (first, second) = (first.await.unwrap_err(), second.await.unwrap_err());
    assert!(matches!(first, RequestError::Lost { .. }), "{first}");
    assert!(first.may_be_written());
    assert!(matches!(second, RequestError::NotSent { .. }), "{second}");
    assert!(second.is_retriable() && !second.may_be_written());
    let later = ask(&connection, "c").await.unwrap_err();
    assert!(matches!(later, RequestError::NotSent { .. }), "{later}");
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_in_time_the_request_times_out_and_later_ones_are_lost() {
    let (connection, mut peer) = pair(1 << 16);
    let start = Instant::now();
    let first = ask(&connection, "a");
    tokio::time::sleep(SECOND).await;
    let second = ask(&connection, "b");
    let error = first.await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 30);
    assert_eq!(
        error.to_string(),
        "broker:9092 did not answer InitProducerId within 30 s"
    );
    assert!(error.may_be_written());
    assert!(matches!(second.await, Err(RequestError::Lost { .. })));
    assert!(connection.is_closed());
    peer.request().await.unwrap();
}

/// The clock that timers follow goes on by half a minute here, and the wall clock by next to nothing.
#[tokio::test(start_paused = true)]
async fn time_outs_follow_the_clock_that_does_not_jump() {
    let (connection, _peer) = pair(1 << 16);
    let (start, wall) = (Instant::now(), std::time::SystemTime::now());
    let error = ask(&connection, "a").await.unwrap_err();
    assert!(error.to_string().contains("within 30 s"), "{error}");
    assert_eq!(start.elapsed().as_secs(), 30);
    let passed = wall.elapsed().unwrap_or_default();
    assert!(passed.as_secs() < 30, "{passed:?}");
}

#[tokio::test(start_paused = true)]
async fn each_request_has_its_own_time() {
    let (connection, mut peer) = pair(1 << 16);
    for body in ["a", "b", "c"] {
        let asked = ask(&connection, body);
        tokio::time::sleep(20 * SECOND).await;
        echo(&mut peer).await;
        assert_eq!(asked.await.unwrap(), body);
    }
    assert!(!connection.is_closed());
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_closes_after_its_time_and_a_busy_one_does_not() {
    let (connection, mut peer) = pair(1 << 16);
    tokio::time::sleep(500 * SECOND).await;
    let asked = ask(&connection, "a");
    echo(&mut peer).await;
    asked.await.unwrap();
    tokio::time::sleep(500 * SECOND).await;
    assert!(!connection.is_closed());
    tokio::time::sleep(50 * SECOND).await;
    assert!(connection.is_closed());
    let error = ask(&connection, "b").await.unwrap_err();
    assert!(
        error.to_string().contains("connections.max.idle.ms"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_throttled_connection_sends_nothing_until_the_pause_is_over_and_waits_no_shorter() {
    let (connection, mut peer) = pair(1 << 16);
    let start = Instant::now();
    let before = ask(&connection, "a");
    tokio::task::yield_now().await;
    connection.throttle(100 * SECOND);
    let after = ask(&connection, "b");
    echo(&mut peer).await;
    before.await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    let broker = async {
        let request = peer.request().await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 100);
        tokio::time::sleep(20 * SECOND).await;
        peer.raw(&request.correlation.to_be_bytes()).await;
    };
    let (answer, ()) = tokio::join!(after, broker);
    assert_eq!(answer, Ok(Bytes::new()));
}

#[tokio::test(start_paused = true)]
async fn what_a_throttled_broker_leaves_unread_is_waited_for_until_it_reads_again() {
    let (connection, mut peer) = pair(1 << 16);
    let (first, second) = (ask(&connection, "a"), ask(&connection, "b"));
    echo(&mut peer).await;
    first.await.unwrap();
    let request = peer.request().await.unwrap();
    connection.throttle(100 * SECOND);
    let broker = async {
        tokio::time::sleep(101 * SECOND).await;
        peer.raw(&request.correlation.to_be_bytes()).await;
    };
    let (answer, ()) = tokio::join!(second, broker);
    assert_eq!(answer, Ok(Bytes::new()));
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_an_answer_asks_for_is_kept() {
    let (connection, mut peer) = pair(1 << 16);
    let start = Instant::now();
    let broker = async {
        for _ in 0..2 {
            let request = peer.request().await.unwrap();
            let answer = InitProducerIdResponse::default().with_throttle_time_ms(7000);
            peer.answer(&request, &answer).await;
        }
    };
    let request = InitProducerIdRequest::default().with_transaction_timeout_ms(1);
    let calls = async {
        connection.call(5, &request).await.unwrap();
        connection.call(5, &request).await.unwrap();
    };
    tokio::join!(calls, broker);
    assert_eq!(start.elapsed().as_secs(), 7);
}

#[tokio::test]
async fn the_socket_closes_with_the_last_handle() {
    let (connection, mut peer) = pair(1 << 16);
    let (clone, asked) = (connection.clone(), ask(&connection, "a"));
    drop(connection);
    echo(&mut peer).await;
    asked.await.unwrap();
    let unanswered = ask(&clone, "b");
    peer.request().await.unwrap();
    drop(clone);
    assert!(peer.request().await.is_none());
    assert!(matches!(unanswered.await, Err(RequestError::Lost { .. })));
}

#[test]
fn requests_of_a_runtime_that_was_shut_down_are_settled() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (connection, asked, _peer) = runtime.block_on(async {
        let (connection, peer) = pair(1 << 16);
        let asked = ask(&connection, "a");
        tokio::task::yield_now().await;
        (connection, asked, peer)
    });
    drop(runtime);
    let error = futures::executor::block_on(asked).unwrap_err();
    assert!(error.to_string().contains("runtime"), "{error}");
    assert!(connection.is_closed());
}

#[tokio::test]
async fn opening_agrees_on_the_highest_common_version() {
    let address = listen(|mut peer| async move {
        let hello = peer.request().await.unwrap();
        let introduction: ApiVersionsRequest = hello.decode();
        assert_eq!(&*introduction.client_software_name, "tokafka");
        let range = |api: ApiKey, min, max| {
            ApiVersion::default()
                .with_api_key(api as i16)
                .with_min_version(min)
                .with_max_version(max)
        };
        let ranges = vec![
            range(ApiKey::InitProducerId, 0, 3),
            range(ApiKey::Metadata, 0, 5),
        ];
        peer.answer_as(
            &hello,
            4,
            &ApiVersionsResponse::default().with_api_keys(ranges),
        )
        .await;
        let request = peer.request().await.unwrap();
        let answer = InitProducerIdResponse::default().with_producer_id(ProducerId(7));
        peer.answer(&request, &answer).await;
    })
    .await;
    let connection = open(&address, &settings(Vec::new())).await.unwrap();
    let version = connection.version(ApiKey::InitProducerId, "InitProducerId", 1..=5);
    assert_eq!(version, Ok(3));
    let answer = connection
        .call(3, &InitProducerIdRequest::default())
        .await
        .unwrap();
    assert_eq!(answer.producer_id, ProducerId(7));
    let address = connection.address();
    for (api, name, message) in [
        (
            ApiKey::Metadata,
            "Metadata",
            "supports Metadata versions 0 to 5, this client versions 7 to 13",
        ),
        (
            ApiKey::Fetch,
            "Fetch",
            "supports Fetch not at all (is it a broker?), this client versions 7 to 13",
        ),
    ] {
        let error = connection.version(api, name, 7..=13).unwrap_err();
        assert_eq!(error.to_string(), format!("{address} {message}"));
    }
}

#[tokio::test]
async fn a_broker_that_does_not_know_our_hello_is_asked_again_in_its_own_version() {
    for (known, then) in [(Some(2), 2), (None, 0)] {
        let address = listen(move |mut peer| async move {
            let hello = peer.request().await.unwrap();
            assert_eq!(hello.version, 4);
            let version = ApiVersion::default().with_api_key(ApiKey::ApiVersions as i16);
            let ranges = known.map(|known| version.with_max_version(known));
            let refusal = ApiVersionsResponse::default()
                .with_error_code(ResponseError::UnsupportedVersion.code())
                .with_api_keys(ranges.into_iter().collect());
            peer.answer_as(&hello, 0, &refusal).await;
            let hello = peer.request().await.unwrap();
            assert_eq!(hello.version, then);
            peer.answer(&hello, &everything()).await;
        })
        .await;
        let connection = open(&address, &settings(Vec::new())).await.unwrap();
        assert_eq!(
            connection.version(ApiKey::Metadata, "Metadata", 7..=13),
            Ok(13)
        );
    }
}

async fn refused(address: &crate::settings::Endpoint) -> String {
    let error = open(address, &settings(Vec::new())).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }));
    let message = error.to_string();
    assert!(!message.contains("within 0"), "{message}");
    message
}

#[tokio::test]
async fn a_connection_that_fails_says_where_and_why() {
    let closed = listen(|peer| async move { drop(peer) }).await;
    assert!(refused(&closed).await.contains("ApiVersions"));

    let tls = listen(|mut peer| async move {
        peer.request().await.unwrap();
        peer.0
            .write_all(b"\x15\x03\x03\x00\x02\x02\x50")
            .await
            .unwrap();
    })
    .await;
    assert!(refused(&tls).await.contains("TLS"));

    let nobody = nobody().await;
    let message = refused(&nobody).await;
    assert!(
        message.contains(&format!("127.0.0.1:{}: Connection refused", nobody.port)),
        "{message}"
    );
}

#[tokio::test]
async fn every_address_of_a_name_is_tried() {
    // The name stands for 127.0.0.1 and, where there is one, ::1; the broker listens on the first.
    let address = listen(|mut peer| async move {
        peer.greet().await;
        drop(peer.request().await);
    })
    .await;
    let by_name = crate::settings::Endpoint {
        host: "localhost".into(),
        ..address
    };
    let connection = open(&by_name, &settings(Vec::new())).await.unwrap();
    assert_eq!(connection.address(), format!("localhost:{}", by_name.port));
}

#[test]
fn every_version_of_the_table_is_one_that_the_message_types_know() {
    fn check<R: Api>() {
        let known = R::API.valid_versions();
        let ours = <R as Api>::VERSIONS;
        assert!(
            known.min <= *ours.start() && *ours.end() <= known.max,
            "{}",
            R::NAME
        );
    }
    use kafka_protocol::messages::*;
    check::<ApiVersionsRequest>();
    check::<CreateTopicsRequest>();
    check::<DeleteTopicsRequest>();
    check::<FetchRequest>();
    check::<FindCoordinatorRequest>();
    check::<InitProducerIdRequest>();
    check::<ListOffsetsRequest>();
    check::<MetadataRequest>();
    check::<OffsetCommitRequest>();
    check::<OffsetFetchRequest>();
    check::<ProduceRequest>();
}
