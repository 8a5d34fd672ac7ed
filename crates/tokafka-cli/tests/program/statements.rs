//! `tokafka sql`.

use datafusion::arrow::{array::AsArray, datatypes::Int64Type, ipc::reader::StreamReader};
use kafka_protocol::messages::ApiKey;
use serde_json::json;
use tokafka_devbroker::DevBroker;

use crate::harness::{Ran, Scratch, broker, dead_address};

fn sql(scratch: &Scratch, statements: &str, more: &[&str]) -> Ran {
    scratch.run_args(&[&["sql", "-c", statements], more].concat())
}

fn pairs(broker: &DevBroker, topic: &str) -> Vec<(Option<String>, Option<String>)> {
    let text =
        |bytes: Option<bytes::Bytes>| bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    let records = broker.records(topic, 0).into_iter();
    records
        .map(|record| (text(record.key), text(record.value)))
        .collect()
}

fn some(key: &str, value: &str) -> (Option<String>, Option<String>) {
    (Some(key.to_owned()), Some(value.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_write_a_file_to_a_topic_and_say_how_many_rows() {
    let broker = broker().await;
    let scratch = Scratch::new();
    scratch.file("s.csv", "id,name\n7,Ada; \"x\"\n8,\n");
    let statements = "-- a table; with a comment\n\
        CREATE EXTERNAL TABLE k STORED AS KAFKA LOCATION 'kafka:///orders';\n\
        INSERT INTO k (key, value)\n  SELECT CAST(id AS STRING) AS key, to_json(struct(*)) FROM 's.csv' ORDER BY id;\n\
        INSERT INTO k (value) VALUES ('a;b');";
    let ran = sql(&scratch, statements, &["-b", &broker.bootstrap()]).succeeded();
    let expected = [
        some("7", r#"{"id":7,"name":"Ada; \"x\""}"#),
        some("8", r#"{"id":8}"#),
        (None, Some("a;b".to_owned())),
    ];
    assert_eq!(pairs(&broker, "orders"), expected);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "statement 2 (line 3): 2 rows written\nstatement 3 (line 5): 1 row written\n"
    );
}

#[test]
fn rows_of_queries_are_a_table_json_csv_or_arrow() {
    let scratch = Scratch::new();
    let query = "SELECT 1 AS id, 'a,b' AS name, CAST('\u{e9}' AS BYTEA) AS bytes UNION ALL \
                 SELECT 2, NULL, decode('ff', 'hex') ORDER BY id";
    let ran = sql(&scratch, query, &[]).succeeded();
    for line in [
        "| id | name | bytes       |",
        "| 1  | a,b  | \u{e9}           |",
        "| 2  |      | base64:/w== |",
    ] {
        assert!(ran.stdout.contains(line), "{line}\n{}", ran.stdout);
    }
    let ran = sql(&scratch, query, &["--output", "json"]).succeeded();
    assert_eq!(
        ran.json_lines(),
        [
            json!({"id": 1, "name": "a,b", "bytes": "\u{e9}"}),
            json!({"id": 2, "name": null, "bytes": "base64:/w=="})
        ]
    );
    let two = format!("{query}; SELECT 3 AS n");
    let ran = sql(&scratch, &two, &["--output", "csv"]).succeeded();
    assert_eq!(
        ran.stdout,
        "id,name,bytes\n1,\"a,b\",\u{e9}\n2,,base64:/w==\n\nn\n3\n"
    );
    let ran = sql(&scratch, query, &["--output", "arrow"]).succeeded();
    let batches: Vec<_> = StreamReader::try_new(&ran.bytes[..], None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let ids: Vec<_> = batches
        .iter()
        .flat_map(|batch| batch["id"].as_primitive::<Int64Type>().values().to_vec())
        .collect();
    assert_eq!(ids, [1, 2]);
}

#[test]
fn a_query_without_rows_has_its_columns_and_arrow_holds_one_query() {
    let scratch = Scratch::new();
    let none = "SELECT 1 AS id WHERE false";
    let ran = sql(&scratch, none, &[]).succeeded();
    assert!(ran.stdout.contains("| id |"), "{}", ran.stdout);
    let ran = sql(&scratch, none, &["--output", "csv"]).succeeded();
    assert_eq!(ran.stdout, "id\n");
    let ran = sql(&scratch, "SELECT 1; SELECT 2", &["--output", "arrow"]);
    assert_eq!(ran.code, Some(2));
    ran.says(&["statement 2 (line 1): an Arrow stream holds the rows of one query"]);
}

#[test]
fn explain_shows_how_rows_would_be_written_and_asks_nobody() {
    let statements = format!(
        "CREATE EXTERNAL TABLE k STORED AS KAFKA LOCATION '{}/orders'; \
         EXPLAIN INSERT INTO k (value) SELECT to_json(struct(*)) FROM generate_series(1, 2) AS numbers (id)",
        dead_address()
    );
    let ran = sql(&Scratch::new(), &statements, &[]).succeeded();
    assert!(ran.stdout.contains("KafkaWriteExec"), "{}", ran.stdout);
    assert!(ran.stdout.contains("JSON(fused)"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn syntax_is_checked_before_anything_is_done() {
    let broker = broker().await;
    let statements = "CREATE EXTERNAL TABLE k STORED AS KAFKA LOCATION 'kafka:///orders';\n\
                      INSERT INTO k (value) VALUES ('a');\n\nSELECT 1 FROM 2 x;";
    let ran = sql(&Scratch::new(), statements, &["-b", &broker.bootstrap()]);
    ran.wrong_use(&["statement 3 (line 4): ", "Line: 4, Column: "]);
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
}

#[test]
fn an_error_names_the_statement() {
    let scratch = Scratch::new();
    sql(
        &scratch,
        "SELECT 1 AS a;\nSELECT b FROM (SELECT 1 AS a)",
        &["-q"],
    )
    .says(&["error: statement 2 (line 2): "]);
    sql(&scratch, "SELECT * FROM 'nowhere.parquet'", &[])
        .wrong_use(&["statement 1 (line 1): ", "nowhere.parquet"]);
    sql(&scratch, "SELECT 'a", &[]).wrong_use(&["Unterminated string literal"]);
    sql(&scratch, " ; -- nothing\n", &[]).wrong_use(&["there is no statement"]);
    let table = "CREATE EXTERNAL TABLE k STORED AS KAFKA LOCATION";
    let statements = format!("{table} 'a:9092/orders' OPTIONS ('kafka.akcs' '1')");
    sql(&scratch, &statements, &[]).wrong_use(&["statement 1 (line 1): ", "did you mean acks?"]);
    let options = "OPTIONS ('kafka.max.block.ms' '50')";
    let statements = format!(
        "{table} '{}/orders' {options};\nINSERT INTO k (value) VALUES ('a')",
        dead_address()
    );
    sql(&scratch, &statements, &[])
        .failed(&["statement 2 (line 2): ", "no broker could be reached"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_of_the_command_line_are_those_of_tables_that_do_not_say_them() {
    let broker = broker().await;
    let scratch = Scratch::new();
    let bootstrap = broker.bootstrap();
    let table = "CREATE EXTERNAL TABLE";
    let statements = format!(
        "{table} a STORED AS KAFKA LOCATION 'kafka:///a'; {table} b STORED AS KAFKA LOCATION 'kafka:///b' \
         OPTIONS ('kafka.compression.type' 'lz4'); INSERT INTO a (value) VALUES ('x'); INSERT INTO b (value) VALUES ('x')"
    );
    let more = ["-b", &bootstrap, "-X", "compression.type=gzip"];
    sql(&scratch, &statements, &more).succeeded();
    let codec = |topic| broker.batches(topic, 0)[0][22] & 7;
    assert_eq!((codec("a"), codec("b")), (1, 3));

    let statements = format!("{table} c STORED AS KAFKA LOCATION 'kafka:///c'");
    sql(&scratch, &statements, &[]).wrong_use(&["bootstrap.servers is not set"]);
    sql(&scratch, "SELECT 1", &["-X", "akcs=1"]).wrong_use(&["did you mean acks?"]);
    sql(&scratch, "SELECT 1", &["-X", "topic=t"]).wrong_use(&["-X topic"]);
    sql(&scratch, "SELECT 1", &["--embedded", "-b", &bootstrap]).wrong_use(&["leave one out"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn references_in_options_are_resolved_and_never_shown() {
    let broker = broker().await;
    let scratch = Scratch::new();
    scratch.file("where", format!("{}\n", broker.bootstrap()));
    let table = "CREATE EXTERNAL TABLE k STORED AS KAFKA LOCATION 'kafka:///orders' OPTIONS";
    let insert = "INSERT INTO k (value) VALUES ('x')";
    let statements = format!("{table} ('kafka.bootstrap.servers' '${{file:where}}'); {insert}");
    sql(&scratch, &statements, &[]).succeeded();
    assert_eq!(broker.records("orders", 0).len(), 1);

    let statements = format!("{table} ('kafka.bootstrap.servers' '${{env:BROKERS}}'); {insert}");
    sql(&scratch, &statements, &[]).wrong_use(&["kafka.bootstrap.servers", "BROKERS is not set"]);
    let mut command = scratch.command(&["sql", "-c", &statements]);
    command.env("BROKERS", broker.bootstrap());
    crate::harness::finish(command.spawn().unwrap()).succeeded();
    assert_eq!(broker.records("orders", 0).len(), 2);
}

#[test]
fn statements_come_from_a_file_or_standard_input_and_the_embedded_broker_takes_them() {
    let scratch = Scratch::new();
    scratch.file(
        "load.sql",
        "CREATE EXTERNAL TABLE k STORED AS KAFKA LOCATION 'kafka:///orders';\n\
         INSERT INTO k (value) VALUES ('a'), ('b');\n",
    );
    scratch
        .run("sql -f load.sql --embedded")
        .succeeded()
        .says(&["statement 2 (line 2): 2 rows written"]);
    let ran = scratch.run_with_input("sql -f - --output csv", b"SELECT 1 AS one;");
    assert_eq!(ran.succeeded().stdout, "one\n1\n");
    scratch
        .run("sql -f nowhere.sql")
        .wrong_use(&["--file nowhere.sql: "]);
    let ran = scratch.run("sql");
    assert_eq!(ran.code, Some(2));
    let ran = scratch.run("sql -f load.sql -c x");
    assert_eq!(ran.code, Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_writes_a_topic_at_the_broker_that_a_reference_names() {
    let broker = broker().await;
    let scratch = Scratch::new();
    scratch.file("where", broker.bootstrap());
    let copy = "COPY (SELECT 'k' AS key, 'v' AS value) TO 'kafka:///copied' STORED AS KAFKA \
                OPTIONS ('kafka.bootstrap.servers' '${file:where}')";
    let ran = sql(&scratch, copy, &[]).succeeded();
    assert_eq!(pairs(&broker, "copied"), [some("k", "v")]);
    assert_eq!(ran.stderr, "statement 1 (line 1): 1 row written\n");
}
