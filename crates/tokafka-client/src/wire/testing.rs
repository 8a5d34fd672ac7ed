//! A broker whose every word is written by the test.

use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        ApiKey, ApiVersionsResponse, RequestHeader, ResponseHeader,
        api_versions_response::ApiVersion,
    },
    protocol::{Decodable, Encodable},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::settings::{ClientSettings, Endpoint};

/// Kafka's defaults, but for time-outs: none of them may pass in a test that does not mean it.
pub(crate) fn settings(bootstrap_servers: Vec<Endpoint>) -> ClientSettings {
    const MINUTE: Duration = Duration::from_secs(60);
    ClientSettings {
        bootstrap_servers,
        client_id: "test".into(),
        request_timeout: MINUTE,
        retry_backoff: Duration::from_millis(5),
        retry_backoff_max: Duration::from_millis(20),
        reconnect_backoff: Duration::from_millis(5),
        reconnect_backoff_max: Duration::from_millis(20),
        connections_max_idle: 10 * MINUTE,
        metadata_max_age: 10 * MINUTE,
        connection_setup_timeout: MINUTE,
        connection_setup_timeout_max: MINUTE,
        rebootstrap: None,
        send_buffer: None,
        receive_buffer: None,
        max_response_size: 1 << 20,
        connections_per_broker: 2,
        max_block: MINUTE,
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation: i32,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn decode<M: Decodable>(&self) -> M {
        M::decode(&mut self.body.clone(), self.version).unwrap()
    }
}

/// The broker's end of a connection.
#[derive(Debug)]
pub(crate) struct Peer<S>(pub(crate) S);

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// The next request; `None` at the end of the connection.
    pub(crate) async fn request(&mut self) -> Option<Received> {
        let length = self.0.read_i32().await.ok()?;
        let mut bytes = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut bytes).await.ok()?;
        let mut body = Bytes::from(bytes);
        let api = ApiKey::try_from(body.clone().get_i16()).unwrap();
        let version = body.slice(2..).get_i16();
        let header = RequestHeader::decode(&mut body, api.request_header_version(version)).unwrap();
        Some(Received {
            api,
            version,
            correlation: header.correlation_id,
            body,
        })
    }

    pub(crate) async fn answer<M: Encodable>(&mut self, to: &Received, message: &M) {
        self.answer_as(to, to.version, message).await;
    }

    /// Answers in the words of another version than was asked.
    pub(crate) async fn answer_as<M: Encodable>(
        &mut self,
        to: &Received,
        version: i16,
        answer: &M,
    ) {
        let mut frame = BytesMut::new();
        let header = ResponseHeader::default().with_correlation_id(to.correlation);
        header
            .encode(&mut frame, to.api.response_header_version(version))
            .unwrap();
        answer.encode(&mut frame, version).unwrap();
        self.raw(&frame).await;
    }

    /// Sends bytes after their length.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        let mut frame = BytesMut::new();
        frame.put_i32(i32::try_from(bytes.len()).unwrap());
        frame.extend_from_slice(bytes);
        // The client may be gone; then the test sees it by what the client does.
        drop(self.0.write_all(&frame).await);
    }

    /// Answers ApiVersions: everything in every version.
    pub(crate) async fn greet(&mut self) {
        let hello = self.request().await.unwrap();
        assert_eq!(hello.api, ApiKey::ApiVersions);
        self.answer(&hello, &everything()).await;
    }
}

/// All requests in all versions.
pub(crate) fn everything() -> ApiVersionsResponse {
    let range = |api: ApiKey| {
        let versions = api.valid_versions();
        let version = ApiVersion::default().with_api_key(api as i16);
        version
            .with_min_version(versions.min)
            .with_max_version(versions.max)
    };
    ApiVersionsResponse::default().with_api_keys(ApiKey::iter().map(range).collect())
}

/// Listens on a free port and runs `serve` for each connection, until the runtime ends.
pub(crate) async fn listen<F>(serve: impl Fn(Peer<TcpStream>) -> F + Send + 'static) -> Endpoint
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(Peer(stream)));
        }
    });
    local(port)
}

/// An address at which nobody listens: the port was free a moment ago.
pub(crate) async fn nobody() -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    local(listener.local_addr().unwrap().port())
}

pub(crate) fn local(port: u16) -> Endpoint {
    Endpoint {
        host: "127.0.0.1".into(),
        port,
    }
}
