//! `KafkaWriter`.

use std::collections::HashMap;

use datafusion::{
    arrow::datatypes::DataType,
    common::DFSchema,
    error::Result as QueryResult,
    prelude::{DataFrame, Expr, col},
};
use insta::assert_snapshot;
use kafka_protocol::messages::ApiKey;

use super::{broker, params, text, values};
use crate::{KafkaWriter, PlanError, WriteFailure, WriteOptions, tests::frames::query};

const HEADERS: &str = "[named_struct('key', 'h', 'value', arrow_cast('x', 'Binary'))] AS headers";

fn expressions(schema: &DFSchema, topic: Option<&str>) -> Result<Vec<Expr>, PlanError> {
    Ok(vec![
        KafkaWriter::topic_expression(schema, topic)?,
        KafkaWriter::key_expression(schema)?,
        KafkaWriter::value_expression(schema)?,
        KafkaWriter::headers_expression(schema)?,
        KafkaWriter::partition_expression(schema)?,
    ])
}

fn records(frame: DataFrame, topic: Option<&str>) -> QueryResult<DataFrame> {
    let all = expressions(frame.schema(), topic).unwrap();
    frame.select(all)
}

async fn refused(sql: &str, topic: Option<&str>) -> String {
    let frame = query(1, sql).await;
    let error = expressions(frame.schema(), topic).unwrap_err().to_string();
    let broker = [("bootstrap.servers", "nowhere.invalid:9092")];
    let validated = KafkaWriter::validate_query(frame.schema(), broker, topic);
    assert_eq!(validated.unwrap_err().to_string(), error);
    let written = KafkaWriter::write(frame, broker, topic).await.unwrap_err();
    assert!(matches!(written.source, WriteFailure::Plan(_)), "{written}");
    assert_eq!(written.to_string(), error);
    error
}

#[test]
fn the_attributes_have_the_names_of_spark() {
    let names = [
        KafkaWriter::TOPIC_ATTRIBUTE_NAME,
        KafkaWriter::KEY_ATTRIBUTE_NAME,
        KafkaWriter::VALUE_ATTRIBUTE_NAME,
        KafkaWriter::HEADERS_ATTRIBUTE_NAME,
        KafkaWriter::PARTITION_ATTRIBUTE_NAME,
    ];
    assert_eq!(names, ["topic", "key", "value", "headers", "partition"]);
}

#[tokio::test]
async fn the_expressions_give_what_a_write_of_the_columns_gives() {
    let key = "CASE WHEN id % 5 = 0 THEN NULL ELSE key END";
    let forms = [
        "Utf8",
        "LargeUtf8",
        "Utf8View",
        "Binary",
        "BinaryView",
        "LargeBinary",
    ];
    let dictionaries = ["Dictionary(Int32, Utf8)", "Dictionary(Int32, Binary)"];
    for form in forms.into_iter().chain(dictionaries) {
        let broker = broker(3).await;
        broker.create_topic("again", 3);
        let frame = query(
            1,
            &format!(
                "SELECT id, arrow_cast({key}, '{form}') AS key, arrow_cast(value, '{form}') AS value,
                 CASE WHEN id % 2 = 0 THEN part END AS partition, {HEADERS}, 'orders' AS topic FROM t"
            ),
        )
        .await;
        let again = records(
            frame.clone().drop_columns(&["topic"]).unwrap(),
            Some("again"),
        )
        .unwrap();
        for written in [frame, again] {
            KafkaWriter::write(written, params(&broker), None)
                .await
                .unwrap();
        }
        let of = |topic| {
            let all = (0..3).flat_map(|each| broker.records(topic, each));
            let mut all: Vec<_> = all.map(|all| (all.value, all.key, all.headers)).collect();
            all.sort();
            all
        };
        assert_eq!(of("orders").len(), 40, "{form}");
        assert_eq!(of("orders"), of("again"), "{form}");
    }
}

#[tokio::test]
async fn what_is_missing_is_null_and_keys_and_values_are_bytes() {
    let frame = records(query(1, "SELECT value FROM t").await, Some(" orders ")).unwrap();
    let types: Vec<_> = frame
        .schema()
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .collect();
    assert_eq!(
        types[..3],
        [DataType::Utf8, DataType::Binary, DataType::Binary]
    );
    assert!(matches!(types[3], DataType::List(_)), "{:?}", types[3]);
    assert_eq!(types[4], DataType::Int32);
    let rows = frame.collect().await.unwrap();
    let nulls =
        ["topic", "key", "value", "headers", "partition"].map(|name| rows[0][name].null_count());
    assert_eq!(nulls, [0, 10, 0, 10, 10]);
    assert!(format!("{:?}", rows[0]["topic"]).contains("\"orders\""));
}

#[tokio::test]
async fn untyped_nulls_become_what_a_record_has_there() {
    let nulls = "NULL AS topic, NULL AS key, NULL AS value, NULL AS headers, NULL AS partition";
    let typed = records(query(1, &format!("SELECT {nulls}")).await, None).unwrap();
    let none = records(query(1, "SELECT value FROM t").await, Some("t")).unwrap();
    let types = |frame: &DataFrame| {
        let fields = frame.schema().fields().iter();
        fields
            .map(|field| field.data_type().clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(types(&typed), types(&none));
    typed.collect().await.unwrap();
}

#[tokio::test]
async fn the_topic_given_wins_over_a_column_that_is_not_even_looked_at() {
    let broker = broker(1).await;
    let frame = query(1, "SELECT 7 AS topic, 'a' AS value").await;
    let written = records(frame.clone(), Some("orders")).unwrap();
    KafkaWriter::write(written, params(&broker), None)
        .await
        .unwrap();
    KafkaWriter::write(frame, HashMap::from(params(&broker)), Some("orders"))
        .await
        .unwrap();
    assert_eq!(values(&broker.records("orders", 0)), ["a", "a"]);
}

#[tokio::test]
async fn of_two_columns_with_one_name_the_first_counts() {
    let broker = broker(1).await;
    let first = query(1, "SELECT 'first' AS value")
        .await
        .alias("one")
        .unwrap();
    let second = query(1, "SELECT 'second' AS value")
        .await
        .alias("two")
        .unwrap();
    let both = first.join_on(
        second,
        datafusion::prelude::JoinType::Inner,
        [col("one.value").not_eq(col("two.value"))],
    );
    let written = records(both.unwrap(), Some("orders")).unwrap();
    KafkaWriter::write(written, params(&broker), None)
        .await
        .unwrap();
    let [record] = &broker.records("orders", 0)[..] else {
        panic!("one record")
    };
    assert_eq!(text(record.value.as_deref()).as_deref(), Some("first"));
}

#[tokio::test]
async fn columns_are_refused_in_the_words_of_spark() {
    let cases = [
        ("SELECT 1 AS id", None),
        ("SELECT 'a' AS \"VALUE\"", Some("orders")),
        ("SELECT 1 AS topic, 1 AS key, 1 AS value", None),
        (
            "SELECT arrow_cast(1, 'Int32') AS key, 1 AS value",
            Some("orders"),
        ),
        ("SELECT 'k' AS key, 1.5 AS value", Some("orders")),
        (
            "SELECT 'v' AS value, ['h'] AS headers, 'p' AS partition",
            Some("orders"),
        ),
        ("SELECT 'v' AS value, 1 AS partition", Some("orders")),
        ("SELECT 'v' AS value", Some("a b")),
    ];
    let mut texts = Vec::new();
    for (sql, topic) in cases {
        texts.push(refused(sql, topic).await);
    }
    assert_snapshot!(texts.join("\n"), @r"
    Topic option or topic column must be specified for Kafka writes: topic option required when no 'topic' attribute is present. Use the topic option for setting a topic.
    Required attribute 'value' not found: names are case-sensitive, found 'VALUE'
    topic attribute unsupported type bigint. topic must be a(n) string: CAST(topic AS STRING) makes it one
    key attribute unsupported type int. key must be a(n) string or binary: CAST(key AS STRING) makes it one
    value attribute unsupported type double. value must be a(n) string or binary: CAST(value AS STRING) makes it one
    headers attribute unsupported type array<string>. headers must be a(n) array<struct<key:string,value:binary>>
    partition attribute unsupported type bigint. partition must be a(n) int: CAST(partition AS INT) makes it one
    Invalid topics: [a b]: it contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'
    ");
}

#[tokio::test]
async fn parameters_are_validated_with_the_columns_and_nothing_is_opened() {
    let broker = broker(1).await;
    let frame = query(1, "SELECT value FROM t").await;
    let validate =
        |params: WriteOptions| KafkaWriter::validate_query(frame.schema(), params, Some("orders"));
    validate(params(&broker).into()).unwrap();
    let error =
        validate([("bootstrap.servers", "a:1"), ("key.serializer", "x")].into()).unwrap_err();
    assert_snapshot!(error, @"Kafka option 'key.serializer' is not supported as keys are serialized with ByteArraySerializer. Make the key column string or binary");
    let error = validate(WriteOptions::new()).unwrap_err();
    assert_snapshot!(error, @"Kafka option bootstrap.servers is not set. Please make sure it is set and retry. It names the brokers to ask first, as host:port");
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
}
