//! Kafka tables in SQL: what an INSERT leaves in the log, and what CREATE and INSERT refuse.

use datafusion::{
    arrow::{array::AsArray, datatypes::UInt64Type},
    error::Result,
    prelude::SessionContext,
};
use insta::assert_snapshot;
use kafka_protocol::messages::ApiKey;
use tokafka_devbroker::{DevBroker, DevBrokerConfig, StoredRecord};

use super::frames::table;

const NOWHERE: &str = "LOCATION 'kafka://nowhere.invalid:9092/orders'";

/// A broker with a topic `orders`, and a session with the table `t` to read from.
async fn broker(partitions: i32) -> (DevBroker, SessionContext) {
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    broker.create_topic("orders", partitions);
    (broker, session())
}

fn session() -> SessionContext {
    let context = table(2);
    crate::register(&context);
    context
}

async fn run(context: &SessionContext, sql: &str) -> Result<u64> {
    let batches = context.sql(sql).await?.collect().await?;
    let counts = batches.iter().map(|batch| {
        assert_eq!((batch.num_columns(), batch.num_rows()), (1, 1));
        batch["count"].as_primitive::<UInt64Type>().value(0)
    });
    Ok(counts.sum())
}

async fn create(context: &SessionContext, rest: &str) -> Result<()> {
    let sql = format!("CREATE EXTERNAL TABLE k {rest}");
    context.sql(&sql).await?.collect().await.map(drop)
}

async fn refused(rest: &str) -> String {
    create(&session(), rest).await.unwrap_err().to_string()
}

fn text(bytes: Option<&[u8]>) -> Option<&str> {
    bytes.map(|bytes| std::str::from_utf8(bytes).unwrap())
}

fn pair(record: &StoredRecord) -> (Option<&str>, Option<&str>) {
    (text(record.key.as_deref()), text(record.value.as_deref()))
}

#[tokio::test]
async fn a_table_without_columns_has_those_of_a_record() {
    let (broker, context) = broker(3).await;
    let location = format!("kafka://{}/orders", broker.bootstrap());
    let options = "OPTIONS (includeTimestamp 'true', 'kafka.acks' 'all')";
    create(
        &context,
        &format!("STORED AS KAFKA LOCATION '{location}' {options}"),
    )
    .await
    .unwrap();
    let columns = "key, value, partition, headers, timestamp";
    let headers = "[named_struct('key', 'h', 'value', CAST('x' AS BYTEA))]";
    let time = "to_timestamp_millis(1700000000000)";
    let insert = format!("INSERT INTO k ({columns}) SELECT '7', 'paid', 2, {headers}, {time}");
    assert_eq!(run(&context, &insert).await.unwrap(), 1);
    let insert = "INSERT INTO k (partition, value) VALUES (1, NULL)";
    assert_eq!(run(&context, insert).await.unwrap(), 1);

    let [record] = &broker.records("orders", 2)[..] else {
        panic!("one record")
    };
    assert_eq!(pair(record), (Some("7"), Some("paid")));
    assert_eq!(record.timestamp, 1_700_000_000_000);
    let [(name, value)] = &record.headers[..] else {
        panic!("one header")
    };
    assert_eq!((&name[..], text(value.as_deref())), ("h", Some("x")));
    let [record] = &broker.records("orders", 1)[..] else {
        panic!("one record")
    };
    assert_eq!(pair(record), (None, None));
    assert_eq!(broker.records("orders", 0), []);
}

#[tokio::test]
async fn a_location_without_a_topic_leaves_it_to_the_column() {
    let (broker, context) = broker(1).await;
    broker.create_topic("refunds", 1);
    let options = format!(
        "OPTIONS ('kafka.bootstrap.servers' '{}')",
        broker.bootstrap()
    );
    create(
        &context,
        &format!("STORED AS KAFKA LOCATION 'kafka:///' {options}"),
    )
    .await
    .unwrap();
    let insert = "INSERT INTO k (topic, value) VALUES ('orders', 'a'), ('refunds', 'b')";
    assert_eq!(run(&context, insert).await.unwrap(), 2);
    let orders = broker.records("orders", 0);
    let refunds = broker.records("refunds", 0);
    let all: Vec<_> = orders.iter().chain(&refunds).map(pair).collect();
    assert_eq!(all, [(None, Some("a")), (None, Some("b"))]);
}

#[tokio::test]
async fn declared_columns_and_a_bare_location_keep_the_order_of_the_query() {
    let (broker, context) = broker(1).await;
    let location = format!("{}/orders", broker.bootstrap());
    let columns = "(\"key\" BYTEA, value VARCHAR)";
    create(
        &context,
        &format!("{columns} STORED AS KAFKA LOCATION '{location}'"),
    )
    .await
    .unwrap();
    let insert = "INSERT INTO k SELECT key, value FROM t ORDER BY id DESC";
    assert_eq!(run(&context, insert).await.unwrap(), 80);
    let records = broker.records("orders", 0);
    let written: Vec<_> = records.iter().map(pair).collect();
    let wanted: Vec<_> = (0..80)
        .rev()
        .map(|id| ((id % 3).to_string(), format!("{id:06}")))
        .collect();
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(key, value)| (Some(&key[..]), Some(&value[..])))
        .collect();
    assert_eq!(written, wanted);
}

#[tokio::test]
async fn json_is_written_straight_into_the_record() {
    let (broker, context) = broker(1).await;
    let location = format!("{}/orders", broker.bootstrap());
    create(&context, &format!("STORED AS KAFKA LOCATION '{location}'"))
        .await
        .unwrap();
    let insert =
        "INSERT INTO k (value) SELECT to_json(named_struct('id', id)) FROM t WHERE id = 41";
    let plan = context
        .sql(insert)
        .await
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    let plan = datafusion::physical_plan::displayable(plan.as_ref())
        .indent(false)
        .to_string();
    assert!(plan.contains("value=JSON(fused)"), "{plan}");
    assert_eq!(run(&context, insert).await.unwrap(), 1);
    assert_eq!(
        pair(&broker.records("orders", 0)[0]),
        (None, Some(r#"{"id":41}"#))
    );
}

#[tokio::test]
async fn integers_are_not_taken_for_bytes_and_nothing_is_opened() {
    let (broker, context) = broker(1).await;
    let location = format!("{}/orders", broker.bootstrap());
    let columns = "(\"key\" BYTEA, value BYTEA)";
    create(
        &context,
        &format!("{columns} STORED AS KAFKA LOCATION '{location}'"),
    )
    .await
    .unwrap();
    let swapped = run(&context, "INSERT INTO k SELECT id, value FROM t")
        .await
        .unwrap_err();
    assert!(swapped.to_string().contains("Int64"), "{swapped}");
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
}

#[tokio::test]
async fn records_can_only_be_added() {
    let context = session();
    create(&context, &format!("STORED AS KAFKA {NOWHERE}"))
        .await
        .unwrap();
    let error = run(&context, "INSERT OVERWRITE k (value) VALUES ('a')")
        .await
        .unwrap_err();
    assert_snapshot!(error, @"External error: Save mode Overwrite not allowed for Kafka. Allowed save modes are Append and ErrorIfExists (default).");
    let error = run(&context, "REPLACE INTO k (value) VALUES ('a')")
        .await
        .unwrap_err();
    assert_snapshot!(error, @"Error during planning: REPLACE INTO is not allowed for Kafka: records can only be added to a topic. Use INSERT INTO");
}

#[tokio::test]
async fn a_failed_insert_says_why() {
    let context = session();
    let nowhere = "LOCATION '127.0.0.1:1/orders' OPTIONS ('kafka.max.block.ms' '50')";
    create(&context, &format!("STORED AS KAFKA {nowhere}"))
        .await
        .unwrap();
    let error = run(&context, "INSERT INTO k (value) VALUES ('a')")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}

#[tokio::test]
async fn create_refuses_what_kafka_has_no_place_for() {
    let kafka = format!("STORED AS KAFKA {NOWHERE}");
    let columns = "(value VARCHAR, day VARCHAR)";
    assert_snapshot!(refused(&format!("{columns} STORED AS KAFKA PARTITIONED BY (day) {NOWHERE}")).await, @"Error during planning: PARTITIONED BY is not allowed for a Kafka table: the topic has its partitions already. A column partition says where a row goes");
    assert_snapshot!(refused("STORED AS KAFKA LOCATION ('a:9092/t', 'b:9092/t')").await, @"Error during planning: a Kafka table has one LOCATION, 'kafka://host:9092/topic'. Several brokers of one cluster are given in OPTIONS ('kafka.bootstrap.servers' 'a:9092,b:9092')");
    assert_snapshot!(refused(&format!("{columns} {kafka}")).await, @"External error: column day is none of a Kafka table: columns are key, value, topic, partition, offset, timestamp, timestampType and headers");
    assert_snapshot!(refused(&format!("(value BIGINT) {kafka}")).await, @"External error: value attribute unsupported type bigint. value must be a(n) string or binary: CAST(value AS STRING) makes it one");
    assert_snapshot!(refused(&format!("(\"key\" VARCHAR) {kafka}")).await, @"External error: Required attribute 'value' not found");
}

#[tokio::test]
async fn create_checks_location_and_options() {
    let kafka = format!("STORED AS KAFKA {NOWHERE}");
    assert_snapshot!(refused("STORED AS KAFKA LOCATION 's3://bucket/t'").await, @"Error during planning: LOCATION 's3://bucket/t' is of s3, not of Kafka: write 'kafka://host:9092/topic'");
    assert_snapshot!(refused("STORED AS KAFKA LOCATION 'kafka:///orders'").await, @"External error: Kafka option bootstrap.servers is not set. Please make sure it is set and retry. It names the brokers to ask first, as host:port");
    assert_snapshot!(refused(&format!("{kafka} OPTIONS (topic 'other')")).await, @"Error during planning: the topic is given twice: LOCATION says 'orders', OPTIONS say 'other'. Leave one of them out");
    assert_snapshot!(refused(&format!("{kafka} OPTIONS ('kafka.bootstrap.servers' 'a:1,b:2')")).await, @"Error during planning: LOCATION says 'nowhere.invalid:9092', which is not among 'kafka.bootstrap.servers' 'a:1,b:2'. Leave one of them out: LOCATION 'kafka:///topic' has no host");
    assert_snapshot!(refused(&format!("{kafka} OPTIONS ('kafka.akcs' '1')")).await, @"External error: Unknown configuration akcs; did you mean acks?");
    assert_snapshot!(refused(&format!("{kafka} OPTIONS (includeTimestmp 'true')")).await, @"External error: Unknown option includetimestmp, did you mean includeTimestamp?: options are topic, includeTimestamp, and Kafka's own settings as kafka.<name>");
}
