//! What a stream shows over HTTP, while it runs, fails, and runs again.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
    thread,
};

use kafka_protocol::{ResponseError, messages::ApiKey};
use prometheus_parse::{Scrape, Value};
use tokafka_devbroker::{DevBroker, Fault, FaultAction};

use crate::harness::{Scratch, broker, finish, repository, signal, until};

const COPY: &str = "
CREATE EXTERNAL TABLE orders STORED AS KAFKA LOCATION 'kafka:///orders' OPTIONS ('startingOffsets' 'earliest');
CREATE EXTERNAL TABLE copies STORED AS KAFKA LOCATION 'kafka:///copies';
INSERT INTO copies SELECT key, value FROM orders;
";

/// A stream and where it is to be seen.
struct Shown {
    child: Child,
    address: String,
}

/// Starts a stream with metrics on a free port, which it says on standard error.
fn start(scratch: &Scratch, broker: &DevBroker) -> Shown {
    scratch.file("s.sql", COPY);
    let bootstrap = broker.bootstrap();
    let args = [
        "stream",
        "s.sql",
        "--checkpoint",
        "cp",
        "--name",
        "copier",
        "--metrics",
        "127.0.0.1:0",
        "-b",
        &bootstrap,
    ];
    let mut child = scratch
        .command(&args)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert_ne!(
            stderr.read_line(&mut line).unwrap(),
            0,
            "no address was said"
        );
        if let Some((_, rest)) = line.split_once("http://") {
            break rest.trim_end().trim_end_matches('/').to_owned();
        }
    };
    // Nobody else takes what is said.
    thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    Shown { child, address }
}

impl Shown {
    /// Status code, headers, and body.
    fn ask(&self, request: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let address = &self.address;
        // In one piece: what is no request is answered as soon as that is seen.
        let request = format!("{request} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    fn status(&self, path: &str) -> u16 {
        self.ask(&format!("GET {path}")).0
    }

    fn metrics(&self) -> Scrape {
        let (status, head, body) = self.ask("GET /metrics");
        assert_eq!(status, 200);
        assert!(head.contains("text/plain; version=0.0.4"), "{head}");
        let lines = body.lines().map(|line| Ok(line.to_owned()));
        Scrape::parse(lines).unwrap()
    }

    /// The value of a metric without labels, or with this one.
    fn metric(&self, name: &str, label: Option<(&str, &str)>) -> Option<f64> {
        let scrape = self.metrics();
        let sample = scrape.samples.iter().find(|sample| {
            sample.metric == name
                && label.is_none_or(|(key, value)| sample.labels.get(key) == Some(value))
        });
        match &sample?.value {
            Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => Some(*value),
            Value::Histogram(_) | Value::Summary(_) => None,
        }
    }
}

fn put(scratch: &Scratch, broker: &DevBroker, values: usize) {
    scratch.file("in.csv", format!("value\n{}", "v\n".repeat(values)));
    let bootstrap = broker.bootstrap();
    scratch
        .run(&format!("write in.csv -t orders -b {bootstrap}"))
        .succeeded();
}

async fn scene() -> (Scratch, DevBroker) {
    let broker = broker().await;
    broker.create_topic("orders", 2);
    broker.create_topic("copies", 1);
    (Scratch::new(), broker)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_count_what_was_committed() {
    let (scratch, broker) = scene().await;
    put(&scratch, &broker, 7);
    let shown = start(&scratch, &broker);
    until(|| shown.metric("tokafka_stream_output_rows_total", None) == Some(7.0)).await;
    let metric = |name: &str| shown.metric(&format!("tokafka_stream_{name}"), None);
    assert_eq!(metric("input_rows_total"), Some(7.0));
    assert_eq!(metric("batch_id"), Some(0.0));
    assert_eq!(metric("ready"), Some(1.0));
    assert_eq!(metric("errors_total"), Some(0.0));
    assert!(metric("output_bytes_total").unwrap() > 7.0);
    assert!(metric("last_commit_timestamp_seconds").unwrap() > 1.7e9);
    let lag = ("partition", "1");
    assert_eq!(
        shown.metric("tokafka_stream_lag_records", Some(lag)),
        Some(0.0)
    );
    let scrape = shown.metrics();
    let duration = scrape
        .samples
        .iter()
        .find(|sample| sample.metric == "tokafka_stream_batch_duration_seconds")
        .unwrap();
    let Value::Histogram(buckets) = &duration.value else {
        panic!("{duration:?}");
    };
    assert_eq!(buckets.last().unwrap().count, 1.0);
    assert_eq!(
        shown.metric("tokafka_stream_batches_total", None),
        Some(1.0)
    );
    let named = Some(("name", "copier"));
    assert_eq!(shown.metric("tokafka_stream_info", named), Some(1.0));
    are_described(&shown.ask("GET /metrics").2);
    signal(shown.child.id(), "TERM");
    finish(shown.child).succeeded();
}

/// The page for operators names every metric.
fn are_described(metrics: &str) {
    let page = fs::read_to_string(repository("docs/operations.md")).unwrap();
    let types = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE tokafka_stream_"));
    let names: Vec<_> = types.filter_map(|line| line.split(' ').next()).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("`{name}")), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_not_ready_but_lives_and_is_ready_again_when_it_is_over() {
    let (scratch, broker) = scene().await;
    put(&scratch, &broker, 3);
    let refuse = FaultAction::Refuse(ResponseError::TopicAuthorizationFailed);
    broker.inject(Fault {
        api: ApiKey::Produce,
        topic: Some("copies".to_owned()),
        partition: None,
        after: 0,
        times: u32::MAX,
        action: refuse,
    });
    let shown = start(&scratch, &broker);
    assert_eq!(shown.status("/readyz"), 503);
    until(|| shown.metric("tokafka_stream_retries_total", None) >= Some(2.0)).await;
    let (ready, _, reason) = shown.ask("GET /readyz");
    assert_eq!(ready, 503);
    assert!(reason.contains("failing for"), "{reason}");
    assert_eq!(shown.status("/livez"), 200);
    let state = |name| shown.metric("tokafka_stream_state", Some(("state", name)));
    assert_eq!(state("retrying"), Some(1.0));
    let page: serde_json::Value = serde_json::from_str(&shown.ask("GET /status").2).unwrap();
    assert!(
        page["lastError"]["text"]
            .as_str()
            .unwrap()
            .contains("copies")
    );
    broker.clear_faults();
    until(|| shown.status("/readyz") == 200).await;
    assert_eq!(
        shown.metric("tokafka_stream_outage_seconds", None),
        Some(0.0)
    );
    assert_eq!(broker.records("copies", 0).len(), 3);
    signal(shown.child.id(), "TERM");
    finish(shown.child).succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_whole_and_what_is_not_there_is_said() {
    let (scratch, broker) = scene().await;
    let shown = start(&scratch, &broker);
    let (status, head, body) = shown.ask("GET /");
    assert_eq!(status, 200);
    assert!(head.contains("default-src 'none'"), "{head}");
    assert!(body.contains("fetch(\"/status\""), "{body}");
    let (status, _, body) = shown.ask("HEAD /");
    assert_eq!((status, body.as_str()), (200, ""));
    assert_eq!(shown.status("/livez?verbose=1"), 200);
    assert_eq!(shown.status("/secrets"), 404);
    assert_eq!(shown.ask("POST /").0, 405);
    assert_eq!(shown.ask("\u{1}").0, 400);
    signal(shown.child.id(), "TERM");
    finish(shown.child).succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_taken_is_refused_before_the_stream_starts() {
    let (scratch, broker) = scene().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    scratch.file("s.sql", COPY);
    let bootstrap = broker.bootstrap();
    scratch
        .run(&format!(
            "stream s.sql --checkpoint cp --metrics {address} -b {bootstrap}"
        ))
        .failed(&["--metrics", &address, "a port of its own", "in use"]);
    assert!(!scratch.path("cp").exists());
}

#[test]
fn an_address_is_one_with_a_port_also_of_ipv6() {
    let scratch = Scratch::new();
    scratch.file("s.sql", "SELECT 1");
    for (address, text) in [
        ("localhost", "invalid socket address"),
        ("127.0.0.1", "invalid socket address"),
        ("[::1]:0", "no INSERT"),
    ] {
        let ran = scratch.run(&format!("stream s.sql --checkpoint cp --metrics {address}"));
        assert_eq!(ran.code, Some(2), "{address}");
        assert!(ran.stderr.contains(text), "{}", ran.stderr);
    }
}
