//! Files to records.

use serde_json::json;
use tokafka_devbroker::DevBroker;

use crate::harness::{Scratch, broker, repository};

/// Keys and values of a topic with one partition, in order.
fn texts(broker: &DevBroker, topic: &str) -> Vec<(Option<String>, Option<String>)> {
    let text =
        |bytes: Option<bytes::Bytes>| bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    broker
        .records(topic, 0)
        .into_iter()
        .map(|record| (text(record.key), text(record.value)))
        .collect()
}

fn some(key: &str, value: &str) -> (Option<String>, Option<String>) {
    (Some(key.to_owned()), Some(value.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_a_file_arrive_in_its_order_and_codes_keep_their_zeros() {
    let broker = broker().await;
    let ran = Scratch::with_records()
        .run(&format!("write t.csv -t t -b {}", broker.bootstrap()))
        .succeeded();
    assert_eq!(
        texts(&broker, "t"),
        [some("007", "a"), some("008", "b"), some("007", "c")]
    );
    assert!(ran.stderr.starts_with("wrote 3 rows"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
}

#[test]
fn the_embedded_broker_shows_what_it_reads_back() {
    let ran = Scratch::with_records()
        .run("write t.csv -t orders --embedded")
        .succeeded();
    assert!(
        ran.stdout
            .starts_with("orders: 3 records in 3 partitions\n"),
        "{}",
        ran.stdout
    );
    for cell in ["partition  offset  timestamp", "007", "008"] {
        assert!(ran.stdout.contains(cell), "{}", ran.stdout);
    }
}

#[test]
fn the_sample_can_be_written_as_the_readme_says() {
    let sample = repository("examples/data/orders.csv");
    let args = [
        "write",
        sample.to_str().unwrap(),
        "-t",
        "orders",
        "--embedded",
    ];
    let ran = Scratch::new().run_args(&args).succeeded();
    assert!(
        ran.stdout
            .starts_with("orders: 200 records in 3 partitions\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("2026-03-02T08:"), "{}", ran.stdout);
    assert!(ran.stderr.contains("wrote 200 rows"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_one_stream_in_the_order_given_and_a_glob_is_sorted() {
    let broker = broker().await;
    let scratch = Scratch::new();
    for name in ["c", "a", "b"] {
        scratch.file(&format!("{name}.csv"), format!("value\n{name}1\n{name}2\n"));
    }
    let bootstrap = broker.bootstrap();
    scratch
        .run(&format!("write c.csv a.csv b.csv -t named -b {bootstrap}"))
        .succeeded();
    scratch
        .run(&format!("write *.csv -t globbed -b {bootstrap}"))
        .succeeded();
    let values = |topic| -> Vec<String> {
        texts(&broker, topic)
            .into_iter()
            .map(|(_, value)| value.unwrap())
            .collect()
    };
    assert_eq!(values("named"), ["c1", "c2", "a1", "a2", "b1", "b2"]);
    assert_eq!(values("globbed"), ["a1", "a2", "b1", "b2", "c1", "c2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_shapes_the_rows() {
    let broker = broker().await;
    let scratch = Scratch::new();
    scratch.file("s.csv", "id,customer,amount\n00123,alice,7\n00124,bob,3\n");
    let query = "SELECT id AS key, customer || ':' || amount AS value FROM input WHERE CAST(amount AS INT) > 5";
    scratch
        .run_args(&[
            "write",
            "s.csv",
            "-t",
            "t",
            "-b",
            &broker.bootstrap(),
            "--sql",
            query,
        ])
        .succeeded();
    assert_eq!(texts(&broker, "t"), [some("00123", "alice:7")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expressions_and_headers_shape_the_rows() {
    let broker = broker().await;
    broker.create_topic("t-alice", 2);
    let scratch = Scratch::new();
    scratch.file(
        "s.ndjson",
        "{\"id\":5,\"customer\":\"alice\",\"shop\":1,\"note\":\"n\"}\n",
    );
    let ran = scratch
        .run_args(&[
            "write",
            "s.ndjson",
            "-b",
            &broker.bootstrap(),
            "--key",
            "id",
            "--value",
            "upper(customer)",
            "--partition",
            "shop",
            "--topic-expr",
            "'t-' || customer",
            "--header",
            "source=test",
            "--header",
            "source=again",
        ])
        .succeeded();
    assert!(
        ran.stderr.contains("not written, as asked: note"),
        "{}",
        ran.stderr
    );
    let records = broker.records("t-alice", 1);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].key.as_deref(), Some(&b"5"[..]));
    assert_eq!(records[0].value.as_deref(), Some(&b"ALICE"[..]));
    let headers: Vec<_> = records[0]
        .headers
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_deref()))
        .collect();
    assert_eq!(
        headers,
        [
            ("source", Some(&b"test"[..])),
            ("source", Some(&b"again"[..]))
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_columns_of_records_are_written_with_their_partition_and_time() {
    let broker = broker().await;
    broker.create_topic("t", 2);
    let scratch = Scratch::new();
    scratch.file(
        "r.csv",
        "key,value,partition,timestamp\nk,v,1,2023-11-14T22:13:20.123Z\n",
    );
    scratch
        .run(&format!("write r.csv -t t -b {}", broker.bootstrap()))
        .succeeded();
    let records = broker.records("t", 1);
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].timestamp, 1_700_000_000_123);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_csv_field_is_null_and_a_field_of_the_last_json_line_is_a_column() {
    let broker = broker().await;
    let scratch = Scratch::new();
    scratch.file("r.csv", "key,value\nk,\n");
    scratch
        .run(&format!("write r.csv -t csv -b {}", broker.bootstrap()))
        .succeeded();
    assert_eq!(texts(&broker, "csv"), [(Some("k".to_owned()), None)]);
    let mut lines = "{\"value\":\"v\"}\n".repeat(3000);
    lines.push_str("{\"value\":\"last\",\"key\":\"k\"}\n");
    scratch.file("r.ndjson", lines);
    scratch
        .run(&format!("write r.ndjson -t json -b {}", broker.bootstrap()))
        .succeeded();
    assert_eq!(texts(&broker, "json").last(), Some(&some("k", "last")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standard_input_is_written_in_the_format_that_is_said() {
    let broker = broker().await;
    let line = format!(
        "write - --format csv --csv-delimiter ; -t t -b {}",
        broker.bootstrap()
    );
    Scratch::new()
        .run_with_input(&line, b"key;value\n1;a\n")
        .succeeded();
    let line = format!(
        "write - --format csv --no-csv-header --value column_2 -t t -b {}",
        broker.bootstrap()
    );
    Scratch::new().run_with_input(&line, b"x,b\n").succeeded();
    assert_eq!(
        texts(&broker, "t"),
        [some("1", "a"), (None, Some("b".to_owned()))]
    );
}

#[test]
fn quiet_means_nothing_on_standard_error() {
    let ran = Scratch::with_records()
        .run("write t.csv -t t --embedded -q")
        .succeeded();
    assert_eq!(ran.stderr, "");
}

#[test]
fn messages_can_be_json() {
    let ran = Scratch::with_records()
        .run("write t.csv -t t --embedded --log-format json")
        .succeeded();
    let line: serde_json::Value = serde_json::from_str(ran.stderr.lines().next().unwrap()).unwrap();
    assert_eq!(line["level"], json!("INFO"));
    assert!(
        line["fields"]["message"]
            .as_str()
            .unwrap()
            .starts_with("wrote 3 rows"),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_writers_write_every_row_once() {
    let broker = broker().await;
    let scratch = Scratch::new();
    let rows: String = (0..5000).map(|row| format!("{row}\n")).collect();
    scratch.file("r.csv", format!("value\n{rows}"));
    scratch
        .run(&format!(
            "write r.csv -t t --writers 3 -b {}",
            broker.bootstrap()
        ))
        .succeeded();
    let mut values: Vec<u32> = texts(&broker, "t")
        .into_iter()
        .map(|(_, value)| value.unwrap().parse().unwrap())
        .collect();
    values.sort_unstable();
    assert_eq!(values, (0..5000).collect::<Vec<_>>());
}
