//! TPC-H lineitem through a `PartitionWriter` to real Kafka, for each codec.

use std::{collections::HashMap, fmt::Write, sync::Arc};

use arrow::{
    array::{ArrayRef, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, Field, Schema},
};
use tokafka_arrow::{KafkaWriter, PartitionReport, WriteOptions};
use tpchgen::generators::LineItemGenerator;
use tpchgen_arrow::LineItemArrow;

use crate::{
    cluster,
    records::{self, Record},
};

const SCALE_FACTOR: f64 = 0.1;
const PARTITIONS: i32 = 4;

type KeyValue = (Vec<u8>, Vec<u8>);

#[tokio::test(flavor = "multi_thread")]
async fn lineitem_arrives_whole_in_order_and_where_kafka_would_put_it_with_every_codec() {
    let batches = lineitem();
    let expected = expected(&batches);
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let topic = cluster::new_topic(&format!("lineitem-{codec}"), PARTITIONS).await;
        let report = write(&batches, &topic, codec).await;
        assert_eq!(
            report.rows,
            batches
                .iter()
                .map(|batch| batch.num_rows() as u64)
                .sum::<u64>()
        );
        for (partition, expected) in (0..).zip(&expected) {
            check(&topic, partition, expected, &report).await;
        }
    }
}

/// The comment as value and the order key as key.
fn lineitem() -> Vec<RecordBatch> {
    let source = LineItemArrow::new(LineItemGenerator::new(SCALE_FACTOR, 1, 1));
    source.map(|batch| key_and_value(&batch.unwrap())).collect()
}

fn key_and_value(batch: &RecordBatch) -> RecordBatch {
    let key = cast(batch.column_by_name("l_orderkey").unwrap(), &DataType::Utf8).unwrap();
    let value = Arc::clone(batch.column_by_name("l_comment").unwrap());
    let field = |name: &str, column: &ArrayRef| Field::new(name, column.data_type().clone(), false);
    let schema = Schema::new(vec![field("key", &key), field("value", &value)]);
    RecordBatch::try_new(Arc::new(schema), vec![key, value]).unwrap()
}

/// What each partition must hold, in order, when Kafka's own partitioner places the keys.
fn expected(batches: &[RecordBatch]) -> Vec<Vec<KeyValue>> {
    let rows: Vec<KeyValue> = batches.iter().flat_map(pairs).collect();
    let partition_of = kafkas_partitions(rows.iter().map(|(key, _)| key.as_slice()));
    let mut partitions = vec![Vec::new(); PARTITIONS as usize];
    for row in rows {
        partitions[partition_of[&row.0]].push(row);
    }
    partitions
}

fn pairs(batch: &RecordBatch) -> Vec<KeyValue> {
    let (keys, values) = (
        batch.column(0).as_string::<i32>(),
        batch.column(1).as_string_view(),
    );
    let pair = |(key, value): (Option<&str>, Option<&str>)| {
        (
            key.unwrap().as_bytes().to_vec(),
            value.unwrap().as_bytes().to_vec(),
        )
    };
    keys.iter().zip(values.iter()).map(pair).collect()
}

fn kafkas_partitions<'a>(keys: impl Iterator<Item = &'a [u8]>) -> HashMap<Vec<u8>, usize> {
    let mut lines: Vec<&str> = keys.map(|key| std::str::from_utf8(key).unwrap()).collect();
    lines.dedup();
    let input = lines.iter().fold(String::new(), |mut input, line| {
        writeln!(input, "{line}").unwrap();
        input
    });
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/readback/PartitionOf.java"
    );
    let output = cluster::java(&[source, &PARTITIONS.to_string()], input.as_bytes());
    let partitions = String::from_utf8(output.stdout).unwrap();
    let keys = lines.iter().map(|line| line.as_bytes().to_vec());
    let partitions: Vec<usize> = partitions
        .lines()
        .map(|line| line.parse().unwrap())
        .collect();
    assert_eq!(partitions.len(), keys.len());
    keys.zip(partitions).collect()
}

async fn write(batches: &[RecordBatch], topic: &str, codec: &str) -> PartitionReport {
    let options = WriteOptions::new()
        .topic(topic)
        .producer("bootstrap.servers", cluster::bootstrap_servers())
        .producer("compression.type", codec);
    let kafka = KafkaWriter::new(&batches[0].schema(), options).unwrap();
    let mut writer = kafka.open(0).await.unwrap();
    for batch in batches {
        writer.write(batch).await.unwrap();
    }
    let report = writer.finish().await.unwrap();
    kafka.close().await;
    report
}

async fn check(topic: &str, partition: i32, expected: &[KeyValue], report: &PartitionReport) {
    let delivered = report
        .partitions
        .iter()
        .find(|each| each.partition == partition)
        .unwrap();
    assert_eq!(
        delivered.rows,
        expected.len() as u64,
        "{topic} {partition}: the receipt's count"
    );
    let (start, end) = records::watermarks(topic, partition);
    let runs: Vec<_> = delivered
        .runs
        .iter()
        .map(|run| (run.first, run.last))
        .collect();
    assert_eq!(
        runs,
        [(start, end - 1)],
        "{topic} {partition}: the receipt's offsets"
    );
    let theirs = records::by_librdkafka(topic, partition);
    assert_same_rows(
        &theirs,
        expected,
        &format!("{topic} {partition} by librdkafka"),
    );
    let ours = records::by_tokafka(topic, partition, end).await;
    assert!(
        ours == theirs,
        "{topic} {partition}: the two readers disagree"
    );
}

/// Compares row by row, so that a failure does not print the whole table.
fn assert_same_rows(records: &[Record], expected: &[KeyValue], what: &str) {
    assert_eq!(records.len(), expected.len(), "{what}");
    for (record, (key, value)) in records.iter().zip(expected) {
        let got = (record.key.as_deref(), record.value.as_deref());
        assert_eq!(
            got,
            (Some(key.as_slice()), Some(value.as_slice())),
            "{what}: {}",
            record.offset
        );
    }
}
