//! Rows of files as JSON objects.

use tokafka_devbroker::DevBroker;

use crate::harness::{Ran, Scratch, broker};

/// Keys and values of a partition, in order, as text.
fn texts(broker: &DevBroker, topic: &str, partition: i32) -> Vec<(Option<String>, String)> {
    let text = |bytes: bytes::Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    broker
        .records(topic, partition)
        .into_iter()
        .map(|record| (record.key.map(text), text(record.value.unwrap())))
        .collect()
}

fn keyed(key: &str, value: &str) -> (Option<String>, String) {
    (Some(key.to_owned()), value.to_owned())
}

fn plain(value: &str) -> (Option<String>, String) {
    (None, value.to_owned())
}

/// Writes to topic `t` of a broker.
fn write(scratch: &Scratch, broker: &DevBroker, file: &str, extra: &[&str]) -> Ran {
    let bootstrap = broker.bootstrap();
    let mut args = vec!["write", file, "-t", "t", "-b", &bootstrap];
    args.extend(extra);
    scratch.run_args(&args)
}

fn sales() -> Scratch {
    let scratch = Scratch::new();
    let csv = "id,customer,amount\n00123,\"Ann \"\"A\"\"\",7\n00124,,3\n";
    scratch.file("sales.csv", csv);
    scratch
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_without_columns_of_a_record_is_sent_as_json_and_text_stays_text() {
    let broker = broker().await;
    write(&sales(), &broker, "sales.csv", &[])
        .succeeded()
        .says(&["each row of sales.csv is sent as a JSON object"]);
    assert_eq!(
        texts(&broker, "t", 0),
        [
            plain(r#"{"id":"00123","customer":"Ann \"A\"","amount":"7"}"#),
            plain(r#"{"id":"00124","amount":"3"}"#),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_flags_say_all_but_the_value_and_json_keeps_what_they_use() {
    let broker = broker().await;
    broker.create_topic("t-7", 3);
    let scratch = Scratch::new();
    let line = r#"{"id":5,"shop":2,"tags":["a",null],"at":{"x":1.5,"y":null},"nothing":null}"#;
    scratch.file("s.ndjson", format!("{line}\n"));
    let bootstrap = broker.bootstrap();
    let args = [
        "write",
        "s.ndjson",
        "-b",
        &bootstrap,
        "--as",
        "json",
        "--key",
        "id",
        "--partition",
        "shop",
        "--topic-expr",
        "'t-' || (id + 2)",
        "--header",
        "source=test",
    ];
    let ran = scratch.run_args(&args).succeeded();
    assert!(!ran.stderr.contains("each row of"), "{}", ran.stderr);
    let value = r#"{"at":{"x":1.5},"id":5,"shop":2,"tags":["a",null]}"#;
    assert_eq!(sorted(&texts(&broker, "t-7", 2)), [keyed("5", value)]);
    let records = broker.records("t-7", 2);
    let (name, text) = &records[0].headers[0];
    assert_eq!(
        (name.as_str(), text.as_deref()),
        ("source", Some(&b"test"[..]))
    );
}

/// The same with the fields of each object by their names: the reader of NDJSON has its own order.
fn sorted(records: &[(Option<String>, String)]) -> Vec<(Option<String>, String)> {
    records
        .iter()
        .map(|(key, value)| {
            let object: serde_json::Value = serde_json::from_str(value).unwrap();
            (key.clone(), object.to_string())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mixture_is_json_with_all_its_columns_if_that_is_said() {
    let broker = broker().await;
    let scratch = Scratch::new();
    scratch.file(
        "mixed.csv",
        "key,value,amount,partition,timestamp\nk,v,1,9,noon\n",
    );
    write(&scratch, &broker, "mixed.csv", &[]).wrong_use(&[
        "would be dropped: amount.",
        "--as records",
        "--as json",
    ]);
    write(&scratch, &broker, "mixed.csv", &["--as", "json"]).succeeded();
    let all = r#"{"key":"k","value":"v","amount":"1","partition":"9","timestamp":"noon"}"#;
    assert_eq!(texts(&broker, "t", 0), [plain(all)]);
}

#[test]
fn a_column_of_a_record_without_a_value_leaves_in_doubt_what_rows_are() {
    let scratch = Scratch::new();
    scratch.file("e.csv", "id,timestamp\n1,2026-01-01\n");
    let told = ["'value' not found", "id, timestamp", "--as json", "--value"];
    scratch.run("write e.csv -t t --embedded").wrong_use(&told);
    let line = "write e.csv -t t --embedded --as records";
    scratch.run(line).wrong_use(&told);
}

#[test]
fn two_values_are_one_too_many() {
    sales()
        .run("write sales.csv -t t --embedded --as json --value id")
        .wrong_use(&["both --as json and --value"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_query_gives_follows_the_same_rule() {
    let broker = broker().await;
    let scratch = sales();
    let numbers = "SELECT id, CAST(amount AS INT) AS amount FROM input ORDER BY id DESC";
    write(
        &scratch,
        &broker,
        "sales.csv",
        &["--sql", numbers, "--key", "id"],
    )
    .succeeded()
    .says(&["each row of the query is sent as a JSON object"]);
    let spelled =
        "SELECT customer AS key, to_json(struct(*)) AS value FROM input WHERE amount = '7'";
    write(&scratch, &broker, "sales.csv", &["--sql", spelled]).succeeded();
    assert_eq!(
        texts(&broker, "t", 0),
        [
            keyed("00124", r#"{"id":"00124","amount":3}"#),
            keyed("00123", r#"{"id":"00123","amount":7}"#),
            keyed(
                "Ann \"A\"",
                r#"{"id":"00123","customer":"Ann \"A\"","amount":"7"}"#
            ),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expressions_are_spelled_as_in_spark_and_a_star_uses_every_column() {
    let broker = broker().await;
    let exprs = [
        "--key",
        "to_json(struct(id, 1 AS one))",
        "--value",
        "to_json(struct(*), map('ignoreNullFields', 'false'))",
    ];
    let ran = write(&sales(), &broker, "sales.csv", &exprs).succeeded();
    assert!(!ran.stderr.contains("not written"), "{}", ran.stderr);
    let key = r#"{"id":"00124","one":1}"#;
    let value = r#"{"id":"00124","customer":null,"amount":"3"}"#;
    assert_eq!(texts(&broker, "t", 0).last(), Some(&keyed(key, value)));
}

#[test]
fn a_dry_run_shows_that_json_is_written_straight_into_records() {
    let scratch = sales();
    for extra in ["", " --as json --key id", " --key to_json(struct(id))"] {
        let ran = scratch
            .run(&format!("write sales.csv -t t --dry-run{extra}"))
            .succeeded();
        assert!(ran.stdout.contains("value=JSON(fused)"), "{}", ran.stdout);
    }
}

#[test]
fn columns_that_json_cannot_have_are_refused_by_name() {
    let scratch = sales();
    let twice = "SELECT a.id, b.id FROM input a JOIN input b ON a.id = b.id";
    let clock = "SELECT CAST('12:00:00' AS TIME) AS clock FROM input";
    for (query, told) in [(twice, "several columns named id"), (clock, "clock")] {
        let write = [
            "write",
            "sales.csv",
            "-t",
            "t",
            "--embedded",
            "--sql",
            query,
        ];
        scratch.run_args(&write).wrong_use(&[told]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_says_what_the_records_lack() {
    let broker = broker().await;
    let scratch = Scratch::new();
    scratch.file("n.csv", "a,b,c\n1,,\n2,x,\n,,\n");
    let line = format!("-t t -b {} --receipt r.json", broker.bootstrap());
    let ran = scratch.run(&format!("write n.csv {line}")).succeeded();
    assert!(
        ran.stderr
            .contains("; 6 null fields left out of the JSON\n"),
        "{}",
        ran.stderr
    );
    let receipt: serde_json::Value = serde_json::from_str(&scratch.read("r.json")).unwrap();
    assert_eq!(receipt["null_fields_left_out"], 6);
    assert_eq!(receipt["times_cut"], false);

    scratch.file("t.csv", "value,timestamp\nx,2026-03-02T08:02:50.123456Z\n");
    let query = "SELECT value, CAST(timestamp AS TIMESTAMP) AS timestamp FROM input";
    let bootstrap = broker.bootstrap();
    let args = [
        "write", "t.csv", "-t", "t", "-b", &bootstrap, "--sql", query,
    ];
    let ran = scratch.run_args(&args).succeeded();
    let end = "; times were cut to milliseconds\n";
    assert!(ran.stderr.ends_with(end), "{}", ran.stderr);
}
