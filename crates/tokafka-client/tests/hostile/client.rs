//! A client that is out of patience soon.

use std::time::Duration;

use tokafka_client::{
    cluster::Cluster,
    error::ConnectError,
    settings::{ClientSettings, FetchSettings, ProducerSettings, Properties},
};

use crate::broker::{Broker, Reply, Request};

/// Far beyond all time-outs of [`properties`]: what takes longer hangs.
const HANGS: Duration = Duration::from_secs(60);

/// Requests that fit into the time-outs, given their back-off, with ample room: more are a busy loop.
pub(crate) const MANY: usize = 500;

/// Runs the cases side by side: most of them wait for a time-out.
pub(crate) async fn each<T, F: Future<Output = ()>>(
    cases: impl IntoIterator<Item = T>,
    test: impl Fn(T) -> F,
) {
    futures::future::join_all(cases.into_iter().map(test)).await;
}

pub(crate) async fn ends<F: Future>(call: F) -> F::Output {
    tokio::time::timeout(HANGS, call)
        .await
        .expect("the call hangs")
}

pub(crate) fn properties(broker: &Broker) -> Properties {
    let mut properties = Properties::new();
    let bootstrap = format!("127.0.0.1:{}", broker.port);
    for (name, value) in [
        ("bootstrap.servers", bootstrap.as_str()),
        ("request.timeout.ms", "300"),
        ("max.block.ms", "700"),
        ("delivery.timeout.ms", "1200"),
        ("retry.backoff.ms", "10"),
        ("retry.backoff.max.ms", "50"),
        ("reconnect.backoff.ms", "10"),
        ("reconnect.backoff.max.ms", "50"),
        ("socket.connection.setup.timeout.ms", "300"),
        ("tokafka.max.response.bytes", "1048576"),
        ("fetch.max.bytes", "1000000"),
    ] {
        properties.set(name, value);
    }
    properties
}

pub(crate) fn producer_settings(broker: &Broker) -> ProducerSettings {
    ProducerSettings::from_properties(&properties(broker)).unwrap()
}

pub(crate) fn fetch_settings(broker: &Broker) -> FetchSettings {
    FetchSettings::from_properties(&properties(broker)).unwrap()
}

pub(crate) async fn connect(broker: &Broker) -> Result<Cluster, ConnectError> {
    let settings = ClientSettings::from_properties(&properties(broker)).unwrap();
    ends(Cluster::connect(settings)).await
}

type Nonsense = (&'static str, fn(&Request) -> Reply);

/// Answers of which nothing can be made, whatever was asked.
pub(crate) const NONSENSE: [Nonsense; 11] = [
    ("nothing", |_| Reply::Silence),
    ("the end", |_| Reply::Close),
    ("a negative length", |_| Reply::Bytes(vec![0xff; 64])),
    ("a huge length", |_| {
        Reply::Bytes(vec![0x7f, 0xff, 0xff, 0xff, 1, 2, 3])
    }),
    ("a length of nothing", |_| Reply::Bytes(vec![0; 4])),
    ("no whole header", |_| Reply::Bytes(vec![0, 0, 0, 2, 0, 0])),
    ("a frame that never ends", |_| {
        let mut bytes = vec![0, 0x0f, 0xff, 0xff];
        bytes.resize(10_000, 0);
        Reply::Trickle(bytes)
    }),
    ("half of a frame", |request| match request.usual() {
        Reply::Bytes(mut bytes) => {
            bytes.truncate(bytes.len() / 2);
            Reply::Bytes(bytes)
        }
        other => other,
    }),
    ("an answer to another request", |request| {
        let mut bytes = vec![0, 0, 0, 8];
        bytes.extend((request.correlation + 5).to_be_bytes());
        bytes.extend([0; 4]);
        Reply::Bytes(bytes)
    }),
    ("a body of ones", |request| request.body(&[0xff; 200])),
    ("an empty body", |request| request.body(&[])),
];
