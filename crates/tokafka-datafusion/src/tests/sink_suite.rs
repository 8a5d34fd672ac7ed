//! The batch cases of Spark's KafkaSinkSuite, under their names.
//!
//! "batch - null topic field value, and no topic option" is `broker::a_null_topic_is_told_with_its_row`,
//! and "batch - unsupported save modes" is `refused::overwrite_and_ignore_are_refused_in_the_words_of_spark`.
//! Its variant for V2 sources has no counterpart: Spark takes Kafka as a V1 source unless it is told
//! otherwise.

use std::{collections::BTreeSet, sync::Arc};

use datafusion::{
    arrow::{
        array::{ArrayRef, RecordBatch, StringArray},
        error::ArrowError,
    },
    error::Result,
    prelude::DataFrame,
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use super::frames::session;
use crate::{DataFrameWriter, KafkaDataFrame, register, select_exprs, sql};

const PARTITIONS: i32 = 4;

async fn broker(partitions: i32) -> DevBroker {
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    broker.create_topic("topic", partitions);
    broker
}

fn to(broker: &DevBroker, frame: DataFrame) -> DataFrameWriter {
    frame
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", broker.bootstrap())
        .option("topic", "topic")
}

async fn query(text: &str) -> Result<DataFrame> {
    let context = session();
    register(&context);
    sql(&context, text).await
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    String::from_utf8(bytes.as_ref().to_vec()).unwrap()
}

#[tokio::test]
async fn batch_write_to_kafka() {
    let broker = broker(1).await;
    let header = |name: &str, value: &str| {
        format!("struct('{name}' AS key, CAST('{value}' AS BINARY) AS value)")
    };
    let lists = [
        "NULL".to_owned(),
        format!("array({})", header("a", "b")),
        format!("array({}, {})", header("c", "d"), header("e", "f")),
        // A name may come twice.
        format!(
            "array({}, {}, {})",
            header("g", "h"),
            header("g", "i"),
            header("j", "k")
        ),
    ];
    let rows = lists
        .iter()
        .enumerate()
        .map(|(row, headers)| format!("SELECT '{}' AS value, {headers} AS headers", row + 1));
    let rows = rows.rev().collect::<Vec<_>>().join(" UNION ALL ");
    let ordered = query(&format!("{rows} ORDER BY value")).await.unwrap();
    to(&broker, ordered).save().await.unwrap();

    let read = broker.records("topic", 0).into_iter().map(|record| {
        let headers = record.headers.into_iter();
        let headers = headers.map(|(name, value)| format!("{name}={}", text(value.unwrap())));
        let headers: Vec<_> = headers.collect();
        (text(record.value.unwrap()), headers.join(","))
    });
    let expected = ["", "a=b", "c=d,e=f", "g=h,g=i,j=k"]
        .into_iter()
        .enumerate();
    let expected: Vec<_> = expected
        .map(|(row, headers)| ((row + 1).to_string(), headers.to_owned()))
        .collect();
    assert_eq!(read.collect::<Vec<_>>(), expected);
}

/// Writes five keys, each with this partition, and tells which partition each went to.
async fn partitions_of_keys(partition: Option<&str>) -> BTreeSet<(String, i32)> {
    let broker = broker(PARTITIONS).await;
    let column = partition.map_or_else(String::new, |value| {
        format!(", CAST({value} AS INT) AS partition")
    });
    let keys = "(VALUES ('1'), ('2'), ('3'), ('4'), ('5')) AS rows (key)";
    let rows = query(&format!("SELECT key, key AS value{column} FROM {keys}")).await;
    to(&broker, rows.unwrap()).save().await.unwrap();
    let all = (0..PARTITIONS).flat_map(|partition| {
        let records = broker.records("topic", partition).into_iter();
        records.map(move |record| (text(record.key.unwrap()), partition))
    });
    let all: BTreeSet<_> = all.collect();
    assert_eq!(all.len(), 5);
    all
}

/// A partitioner of one's own is a Java class. What one decides is written as a column, as the refusal
/// says.
#[tokio::test]
async fn batch_partition_column_and_partitioner_priorities() {
    let used = |keys: &BTreeSet<(String, i32)>| {
        keys.iter()
            .map(|(_, partition)| *partition)
            .collect::<BTreeSet<_>>()
    };
    let default = partitions_of_keys(None).await;
    assert!(used(&default).len() > 1, "{default:?}");
    assert_eq!(used(&partitions_of_keys(Some("0")).await), [0].into());
    assert_eq!(used(&partitions_of_keys(Some("2")).await), [2].into());
    assert_eq!(partitions_of_keys(Some("NULL")).await, default);

    let broker = broker(PARTITIONS).await;
    let rows = query("SELECT '1' AS key, '1' AS value").await.unwrap();
    let own = to(&broker, rows).option("kafka.partitioner.class", "org.example.Own");
    let error = own.save().await.unwrap_err().to_string();
    assert!(error.contains("give rows a partition column"), "{error}");
}

#[tokio::test]
async fn spark_20496_batch_enforce_analyzed_plans() {
    let broker = broker(1).await;
    let numbers = query("SELECT unnest(range(1, 1000)) AS value")
        .await
        .unwrap();
    let rows = select_exprs(numbers, &["to_json(struct(*)) AS value"]).unwrap();
    let report = to(&broker, rows).save().await.unwrap();
    assert_eq!(report.rows, 999);
    let records = broker.records("topic", 0).into_iter();
    let read: BTreeSet<_> = records.map(|record| text(record.value.unwrap())).collect();
    let expected = (1..1000).map(|number| format!(r#"{{"value":{number}}}"#));
    assert_eq!(read, expected.collect());
}

fn big_rows() -> std::result::Result<RecordBatch, ArrowError> {
    let values = (0..1000).map(|row| format!("{row:015000}"));
    let values: ArrayRef = Arc::new(StringArray::from_iter_values(values));
    RecordBatch::try_from_iter([("value", values)])
}

#[tokio::test]
async fn generic_write_big_data_with_small_producer_buffer() {
    let broker = broker(1).await;
    let rows = session().read_batch(big_rows().unwrap()).unwrap();
    let small = to(&broker, rows).option("kafka.buffer.memory", "16384");
    let report = small.save().await.unwrap();
    assert_eq!((report.rows, report.complete), (1000, true));
    let records = broker.records("topic", 0).into_iter();
    let read: Vec<usize> = records
        .map(|record| {
            let value = text(record.value.unwrap());
            assert_eq!(value.len(), 15_000);
            value.parse().unwrap()
        })
        .collect();
    assert_eq!(read, (0..1000).collect::<Vec<_>>());
}
