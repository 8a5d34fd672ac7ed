//! Kafka's own console consumer and log dumper read a sample.

use std::{path::PathBuf, sync::Arc};

use arrow::{
    array::{
        ArrayRef, Int32Array, ListArray, RecordBatch, StringArray, StructArray,
        TimestampMillisecondArray,
    },
    buffer::OffsetBuffer,
    datatypes::{DataType, Field, Fields, Schema, TimeUnit},
};
use tokafka_arrow::{KafkaWriter, WriteOptions};

use crate::cluster;

/// 2024-02-03T04:05:06.789Z
const TIMESTAMP: i64 = 1_706_933_106_789;

#[tokio::test(flavor = "multi_thread")]
async fn the_console_consumer_shows_keys_headers_partitions_and_timestamps_as_written() {
    let topic = cluster::new_topic("console", 2).await;
    write(&topic, "none").await;
    let output = cluster::java(
        &[
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "--bootstrap-server",
            &cluster::bootstrap_servers(),
            "--topic",
            &topic,
            "--from-beginning",
            "--max-messages",
            "3",
            "--timeout-ms",
            "60000",
            "--formatter-property",
            "print.timestamp=true",
            "--formatter-property",
            "print.key=true",
            "--formatter-property",
            "print.headers=true",
            "--formatter-property",
            "print.partition=true",
        ],
        b"",
    );
    let output = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<&str> = output.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "CreateTime:1706933106789\tPartition:0\tsource:shop,retry:null\tk0\tfirst",
            "CreateTime:1706933106790\tPartition:1\tNO_HEADERS\tnull\tsecond",
            "CreateTime:1706933106791\tPartition:1\tsource:shop\tk2\tnull",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_dumper_finds_every_batch_valid_with_every_codec() {
    for (codec, name) in [
        ("none", "none"),
        ("gzip", "gzip"),
        ("snappy", "snappy"),
        ("lz4", "lz4"),
        ("zstd", "zstd"),
    ] {
        let topic = cluster::new_topic(&format!("dump-{codec}"), 2).await;
        write(&topic, codec).await;
        let dump = dump(&topic, 1);
        let batches: Vec<&str> = dump
            .lines()
            .filter(|line| line.starts_with("baseOffset:"))
            .collect();
        assert_eq!(batches.len(), 1, "{dump}");
        for expected in [
            &format!("compresscodec: {name}"),
            "isvalid: true",
            "count: 2",
            "baseSequence: 0",
        ] {
            assert!(batches[0].contains(expected), "{expected} in {dump}");
        }
        assert!(dump.contains("key: k2"), "{dump}");
    }
}

/// What Kafka's log dumper says of a partition's first segment.
fn dump(topic: &str, partition: i32) -> String {
    let segment = format!("{topic}-{partition}/00000000000000000000.log");
    let log = cluster::data_folders()
        .into_iter()
        .map(|folder| folder.join(&segment));
    let log: PathBuf = log.into_iter().find(|path| path.exists()).unwrap();
    let output = cluster::java(
        &[
            "org.apache.kafka.tools.DumpLogSegments",
            "--print-data-log",
            "--deep-iteration",
            "--files",
            log.to_str().unwrap(),
        ],
        b"",
    );
    String::from_utf8(output.stdout).unwrap()
}

async fn write(topic: &str, codec: &str) {
    let batch = sample();
    let options = WriteOptions::new()
        .topic(topic)
        .include_timestamp(true)
        .producer("bootstrap.servers", cluster::bootstrap_servers())
        .producer("compression.type", codec);
    let kafka = KafkaWriter::new(&batch.schema(), options).unwrap();
    let mut writer = kafka.open(0).await.unwrap();
    writer.write(&batch).await.unwrap();
    assert_eq!(writer.finish().await.unwrap().rows, 3);
    kafka.close().await;
}

fn sample() -> RecordBatch {
    let timestamp = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let headers = headers();
    let schema = Schema::new(vec![
        Field::new("key", DataType::Utf8, true),
        Field::new("value", DataType::Utf8, true),
        Field::new("partition", DataType::Int32, true),
        Field::new("timestamp", timestamp, false),
        Field::new(
            "headers",
            arrow::array::Array::data_type(&headers).clone(),
            true,
        ),
    ]);
    let times = TimestampMillisecondArray::from_iter_values((0..3).map(|row| TIMESTAMP + row));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![Some("k0"), None, Some("k2")])),
        Arc::new(StringArray::from(vec![Some("first"), Some("second"), None])),
        Arc::new(Int32Array::from(vec![0, 1, 1])),
        Arc::new(times.with_timezone("UTC")),
        Arc::new(headers),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

/// Two headers, none, one.
fn headers() -> ListArray {
    let fields = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Binary, true),
    ]);
    let names = StringArray::from(vec!["source", "retry", "source"]);
    let values = arrow::array::BinaryArray::from_opt_vec(vec![Some(b"shop"), None, Some(b"shop")]);
    let pairs = StructArray::new(
        fields.clone(),
        vec![Arc::new(names), Arc::new(values)],
        None,
    );
    let item = Arc::new(Field::new("item", DataType::Struct(fields), false));
    ListArray::new(
        item,
        OffsetBuffer::from_lengths([2, 0, 1]),
        Arc::new(pairs),
        None,
    )
}
