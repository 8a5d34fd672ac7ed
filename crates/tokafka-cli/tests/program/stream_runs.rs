//! Streams that run: from topic to topic, until they are told to stop, and then on from there.

use std::{process::Child, time::Duration};

use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_devbroker::{DevBroker, Fault, FaultAction};

use crate::harness::{Scratch, broker, finish, signal, until};

/// Big and small orders to topics of their own.
const ROUTED: &str = "
CREATE EXTERNAL TABLE orders STORED AS KAFKA LOCATION 'kafka:///orders' OPTIONS ('startingOffsets' 'earliest');
CREATE EXTERNAL TABLE routed STORED AS KAFKA LOCATION 'kafka:///';
CREATE VIEW parsed AS
  SELECT key, from_json(CAST(value AS STRING), 'id BIGINT, amount BIGINT') AS o, headers FROM orders;
INSERT INTO routed
  SELECT CASE WHEN o['amount'] > 100 THEN 'big' ELSE 'small' END AS topic, key, to_json(o) AS value, headers FROM parsed;
";

/// Every record of `orders` to `copies`.
const COPY: &str = "
CREATE EXTERNAL TABLE orders STORED AS KAFKA LOCATION 'kafka:///orders' OPTIONS ('startingOffsets' 'earliest');
CREATE EXTERNAL TABLE copies STORED AS KAFKA LOCATION 'kafka:///copies';
INSERT INTO copies SELECT key, value FROM orders;
";

/// A scratch directory with a stream, and a broker with topics of one partition.
async fn scene(stream: &str) -> (Scratch, DevBroker) {
    let broker = broker().await;
    for topic in ["orders", "copies", "big", "small"] {
        broker.create_topic(topic, 1);
    }
    let scratch = Scratch::new();
    scratch.file("s.sql", stream);
    (scratch, broker)
}

/// Writes values to `orders`, each with the key `k`.
fn put(scratch: &Scratch, broker: &DevBroker, values: &[&str]) {
    let rows = values
        .iter()
        .map(|value| format!("{{\"key\":\"k\",\"value\":{value:?}}}\n"));
    scratch.file("in.ndjson", rows.collect::<String>());
    let bootstrap = broker.bootstrap();
    scratch
        .run(&format!("write in.ndjson -t orders -b {bootstrap}"))
        .succeeded();
}

fn values(broker: &DevBroker, topic: &str) -> Vec<String> {
    let records = broker.records(topic, 0).into_iter();
    let values = records.map(|record| record.value.unwrap_or_default().to_vec());
    values
        .map(|value| String::from_utf8(value).unwrap())
        .collect()
}

fn args<'a>(bootstrap: &'a str, extra: &[&'a str]) -> Vec<&'a str> {
    let common = ["stream", "s.sql", "--checkpoint", "cp", "-b", bootstrap];
    common.into_iter().chain(extra.iter().copied()).collect()
}

fn start(scratch: &Scratch, broker: &DevBroker, extra: &[&str]) -> Child {
    let bootstrap = broker.bootstrap();
    scratch.command(&args(&bootstrap, extra)).spawn().unwrap()
}

fn fault(topic: &str, action: FaultAction) -> Fault {
    Fault {
        api: ApiKey::Produce,
        topic: Some(topic.to_owned()),
        partition: None,
        after: 0,
        times: u32::MAX,
        action,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_routes_what_it_reads_and_goes_on_where_it_was_stopped() {
    let (scratch, broker) = scene(ROUTED).await;
    let order = |id: u32, amount: u32| format!("{{\"id\":{id},\"amount\":{amount}}}");
    put(&scratch, &broker, &[&order(1, 500), &order(2, 5)]);
    let stream = start(&scratch, &broker, &[]);
    until(|| values(&broker, "big").len() + values(&broker, "small").len() == 2).await;
    put(&scratch, &broker, &[&order(3, 501)]);
    until(|| values(&broker, "big").len() == 2).await;
    signal(stream.id(), "TERM");
    finish(stream).succeeded().says(&["stopping", "stopped: "]);
    put(&scratch, &broker, &[&order(4, 6)]);
    let again = start(&scratch, &broker, &[]);
    until(|| values(&broker, "small").len() == 2).await;
    signal(again.id(), "INT");
    finish(again).succeeded();
    assert_eq!(values(&broker, "big"), [order(1, 500), order(3, 501)]);
    assert_eq!(values(&broker, "small"), [order(2, 5), order(4, 6)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn available_now_writes_what_is_there_and_ends() {
    let (scratch, broker) = scene(COPY).await;
    put(&scratch, &broker, &["a", "b", "c"]);
    let bootstrap = broker.bootstrap();
    let now = ["--trigger", "available-now"];
    scratch
        .run_args(&args(&bootstrap, &now))
        .succeeded()
        .says(&["done: 1 batch, 3 records read, 3 written"]);
    assert_eq!(values(&broker, "copies"), ["a", "b", "c"]);
    scratch
        .run_args(&args(&bootstrap, &now))
        .succeeded()
        .says(&["done: 0 batches"]);
    assert_eq!(values(&broker, "copies").len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_the_source_and_the_place_of_the_checkpoint_can_stand_in_the_statements() {
    let stream = COPY
        .replace("'earliest'", "'earliest', 'maxOffsetsPerTrigger' '2'")
        .replace(
            "/copies';",
            "/copies' OPTIONS ('checkpointLocation' 'here');",
        );
    let (scratch, broker) = scene(&stream).await;
    put(&scratch, &broker, &["a", "b", "c", "d", "e"]);
    let line = format!(
        "stream s.sql -b {} --trigger available-now",
        broker.bootstrap()
    );
    scratch.run(&line).succeeded().says(&["done: 3 batches"]);
    assert!(scratch.path("here/commits/2").exists());
    assert_eq!(values(&broker, "copies").len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_a_static_side_and_standard_input_can_be_the_statements() {
    let (scratch, broker) = scene("").await;
    scratch.file("names.csv", "id,name\n1,one\n2,two\n");
    put(&scratch, &broker, &["1", "2", "3"]);
    let statements = "
      CREATE EXTERNAL TABLE orders (value STRING) STORED AS KAFKA LOCATION 'kafka:///orders' OPTIONS ('startingOffsets' 'earliest');
      CREATE EXTERNAL TABLE copies STORED AS KAFKA LOCATION 'kafka:///copies';
      CREATE EXTERNAL TABLE names (id STRING, name STRING) STORED AS CSV LOCATION 'names.csv' OPTIONS ('format.has_header' 'true');
      INSERT INTO copies SELECT name AS value FROM orders JOIN names ON orders.value = names.id;";
    let bootstrap = broker.bootstrap();
    let args = [
        "stream",
        "-",
        "--checkpoint",
        "cp",
        "--trigger",
        "once",
        "-b",
        &bootstrap,
    ];
    scratch
        .run_args_with_input(&args, statements.as_bytes())
        .succeeded();
    let mut copies = values(&broker, "copies");
    copies.sort();
    assert_eq!(copies, ["one", "two"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_sparks_json_a_line_for_each_batch() {
    let (scratch, broker) = scene(COPY).await;
    put(&scratch, &broker, &["a", "b", "c"]);
    let extra = [
        "--trigger",
        "available-now",
        "--progress-json",
        "--name",
        "copier",
    ];
    let bootstrap = broker.bootstrap();
    let ran = scratch.run_args(&args(&bootstrap, &extra)).succeeded();
    let lines = ran.json_lines();
    let batch = &lines[0];
    assert_eq!(batch["name"], "copier");
    assert_eq!(batch["batchId"], 0);
    assert_eq!(batch["numInputRows"], 3);
    assert_eq!(batch["sink"]["numOutputRows"], 3);
    assert_eq!(batch["sources"][0]["endOffset"]["orders"]["0"], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_is_in_time_is_finished_before_the_stream_stops() {
    let (scratch, broker) = scene(COPY).await;
    put(&scratch, &broker, &["a"]);
    broker.inject(fault(
        "copies",
        FaultAction::DelayAnswer(Duration::from_secs(2)),
    ));
    let stream = start(&scratch, &broker, &[]);
    until(|| values(&broker, "copies").len() == 1).await;
    signal(stream.id(), "TERM");
    finish(stream)
        .succeeded()
        .says(&["stopped: batch 0 was finished"]);
    assert!(scratch.path("cp/commits/0").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_is_not_in_time_is_abandoned_and_runs_again() {
    let (scratch, broker) = scene(COPY).await;
    put(&scratch, &broker, &["a", "b"]);
    let never = FaultAction::DelayAnswer(Duration::from_secs(3600));
    broker.inject(fault("copies", never));
    let stream = start(&scratch, &broker, &["--stop-timeout", "200ms"]);
    until(|| values(&broker, "copies").len() == 2).await;
    signal(stream.id(), "TERM");
    finish(stream)
        .succeeded()
        .says(&["stopped: the batch that ran was abandoned", "runs again"]);
    assert!(!scratch.path("cp/commits/0").exists());
    broker.clear_faults();
    let bootstrap = broker.bootstrap();
    scratch
        .run_args(&args(&bootstrap, &["--trigger", "available-now"]))
        .succeeded();
    assert_eq!(values(&broker, "copies"), ["a", "b", "a", "b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_waited_out_and_said() {
    let (scratch, broker) = scene(COPY).await;
    put(&scratch, &broker, &["a"]);
    let refuse = FaultAction::Refuse(ResponseError::TopicAuthorizationFailed);
    broker.inject(fault("copies", refuse));
    let stream = start(&scratch, &broker, &["--progress-json"]);
    until(|| broker.request_count(ApiKey::Produce) >= 4).await;
    broker.clear_faults();
    until(|| scratch.path("cp/commits/0").exists()).await;
    signal(stream.id(), "TERM");
    let ran = finish(stream).succeeded();
    let ran = ran.says(&[
        "warning: batch 0 failed (attempt 1)",
        "copies",
        "the stream goes on",
    ]);
    assert_eq!(values(&broker, "copies"), ["a"]);
    assert!(
        !ran.stderr.contains("WARN tokafka_streaming"),
        "{}",
        ran.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_time_cannot_heal_ends_the_stream_with_exit_code_1() {
    let (scratch, broker) = scene(COPY).await;
    put(&scratch, &broker, &["a"]);
    let refuse = FaultAction::Refuse(ResponseError::TopicAuthorizationFailed);
    broker.inject(fault("copies", refuse));
    let bootstrap = broker.bootstrap();
    let ran = scratch.run_args(&args(&bootstrap, &["--retry-for", "0"]));
    let ran = ran.failed(&["[STREAM_FAILED]", "copies"]);
    assert_eq!(
        ran.stderr.matches("[STREAM_FAILED]").count(),
        1,
        "it is said once"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_belongs_to_one_stream_at_a_time() {
    let (scratch, broker) = scene(COPY).await;
    let first = start(&scratch, &broker, &[]);
    until(|| scratch.path("cp/offsets").exists()).await;
    let bootstrap = broker.bootstrap();
    let second = scratch.run_args(&args(&bootstrap, &[]));
    second.failed(&["cp"]);
    signal(first.id(), "TERM");
    finish(first).succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_says_what_the_stream_would_do_and_does_nothing() {
    let (scratch, broker) = scene(COPY).await;
    put(&scratch, &broker, &["a", "b"]);
    let bootstrap = broker.bootstrap();
    let dry = args(&bootstrap, &["--dry-run", "--trigger", "5 seconds"]);
    let ran = scratch.run_args(&dry).succeeded();
    for text in [
        "reads    KafkaV2[Subscribe[orders]]",
        "writes   KafkaSink[topic=copies",
        "trigger  a batch every 5 s",
        "There is none yet",
    ] {
        assert!(ran.stdout.contains(text), "{}", ran.stdout);
    }
    assert!(!scratch.path("cp").exists());
    let now = ["--trigger", "available-now"];
    scratch.run_args(&args(&bootstrap, &now)).succeeded();
    let ran = scratch.run_args(&dry).succeeded();
    let goes_on = "Batch 0 is done. After the next start batch 1 begins at:";
    assert!(ran.stdout.contains(goes_on), "{}", ran.stdout);
    scratch.file("cp/commits/0", "nonsense");
    let ran = scratch.run_args(&dry);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("commits"), "{}", ran.stderr);
}
