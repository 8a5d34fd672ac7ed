//! Record batches to the embedded broker and back.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{sync::Arc, time::Duration};

use arrow::{
    array::{ArrayRef, Int32Array, RecordBatch, StringArray},
    datatypes::Schema,
};
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_arrow::{
    KafkaWriter, PartitionReport, SourceBatchBuilder, WriteError, WriteOptions, WriteReport,
};
use tokafka_client::{
    cluster::Cluster,
    producer::PartitionDelivery,
    ranges::RangeReader,
    settings::{FetchSettings, Properties},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction, StoredRecord};
use tokio::task::JoinSet;

async fn broker() -> DevBroker {
    DevBroker::start(DevBrokerConfig::default()).await.unwrap()
}

fn options(broker: &DevBroker) -> WriteOptions {
    WriteOptions::new().producer("bootstrap.servers", broker.bootstrap())
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn texts(texts: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(texts.into_iter().map(Some).collect::<StringArray>())
}

/// Rows `start` to `end` with a value that says which row it is.
fn values(rows: std::ops::Range<usize>) -> RecordBatch {
    batch(vec![(
        "value",
        texts(rows.map(|row| format!("{row:>100}"))),
    )])
}

fn writer(schema: &Schema, options: WriteOptions) -> KafkaWriter {
    KafkaWriter::new(schema, options).unwrap()
}

fn text(record: &StoredRecord) -> &str {
    std::str::from_utf8(record.value.as_ref().unwrap())
        .unwrap()
        .trim()
}

/// The offsets of a partition that its report claims.
fn claimed(delivery: &PartitionDelivery) -> Vec<i64> {
    delivery
        .runs
        .iter()
        .flat_map(|run| run.first..=run.last)
        .collect()
}

/// What was reported must be what the broker holds, if nobody else writes.
fn assert_honest(broker: &DevBroker, report: &PartitionReport) {
    for delivery in &report.partitions {
        let stored = broker.records(&delivery.topic, delivery.partition);
        let offsets: Vec<_> = stored.iter().map(|record| record.offset).collect();
        assert_eq!(claimed(delivery), offsets, "{delivery:?}");
        assert_eq!(delivery.rows, stored.len() as u64);
    }
}

#[tokio::test]
async fn every_row_lies_where_its_key_belongs_and_the_receipt_says_where() {
    let broker = broker().await;
    broker.create_topic("keyed", 3);
    let keys = texts((0..20_000).map(|row| format!("key {}", row % 100)));
    let rows = values(0..20_000);
    let rows = batch(vec![("key", keys), ("value", rows.column(0).clone())]);
    let kafka = writer(&rows.schema(), options(&broker).topic("keyed"));
    let mut writer = kafka.open(0).await.unwrap();
    writer.write(&rows).await.unwrap();
    let report = writer.finish().await.unwrap();
    assert_eq!(report.rows, 20_000);
    assert_honest(&broker, &report);
    let mut homes = std::collections::HashMap::new();
    for partition in 0..3 {
        let records = broker.records("keyed", partition);
        let rows: Vec<usize> = records
            .iter()
            .map(|record| text(record).parse().unwrap())
            .collect();
        assert!(
            rows.is_sorted(),
            "within a partition rows keep the order of the input"
        );
        for record in records {
            let home = homes.entry(record.key.unwrap()).or_insert(partition);
            assert_eq!(*home, partition);
        }
    }
    assert_eq!(homes.len(), 100);
    kafka.close().await;
}

#[tokio::test]
async fn every_codec_gives_the_same_rows() {
    let broker = broker().await;
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let rows = values(0..7_000);
        let options = options(&broker)
            .topic(codec)
            .producer("compression.type", codec);
        let mut writer = writer(&rows.schema(), options).open(0).await.unwrap();
        writer.write(&rows).await.unwrap();
        let report = writer.finish().await.unwrap();
        assert_honest(&broker, &report);
        let stored = broker.records(codec, 0);
        let rows: Vec<_> = stored
            .iter()
            .map(|record| text(record).to_string())
            .collect();
        assert_eq!(
            rows,
            (0..7_000).map(|row| row.to_string()).collect::<Vec<_>>(),
            "{codec}"
        );
    }
}

#[tokio::test]
async fn a_topic_column_sends_each_row_to_its_topic_and_creates_those_that_are_missing() {
    let broker = broker().await;
    let topics = texts((0..1_000).map(|row| format!("topic-{}", row % 40)));
    let rows = batch(vec![
        ("topic", topics),
        ("value", values(0..1_000).column(0).clone()),
    ]);
    let kafka = writer(&rows.schema(), options(&broker));
    let mut writer = kafka.open(0).await.unwrap();
    writer.write(&rows).await.unwrap();
    let report = writer.finish().await.unwrap();
    assert_eq!((report.rows, report.partitions.len()), (1_000, 40));
    assert_honest(&broker, &report);
    assert_eq!(text(&broker.records("topic-7", 0)[1]), "47");
}

#[tokio::test]
async fn a_thousand_open_topics_fit_into_a_small_buffer_memory() {
    let broker = broker().await;
    let topics = texts((0..20_000).map(|row| format!("topic-{}", row % 1_000)));
    let rows = batch(vec![
        ("topic", topics),
        ("value", values(0..20_000).column(0).clone()),
    ]);
    let options = options(&broker).producer("buffer.memory", "1000000");
    let mut writer = writer(&rows.schema(), options).open(0).await.unwrap();
    writer.write(&rows).await.unwrap();
    let report = writer.finish().await.unwrap();
    assert_eq!((report.rows, report.partitions.len()), (20_000, 1_000));
    assert_honest(&broker, &report);
    for topic in ["topic-0", "topic-999"] {
        let rows: Vec<usize> = broker
            .records(topic, 0)
            .iter()
            .map(|record| text(record).parse().unwrap())
            .collect();
        assert!(rows.len() == 20 && rows.is_sorted(), "{topic}: {rows:?}");
    }
}

#[tokio::test]
async fn writers_share_a_buffer_memory_that_is_smaller_than_a_batch_and_an_idle_one_stops_nobody() {
    let broker = broker().await;
    let rows = values(0..5_000);
    let large = batch(vec![("value", texts(["x".repeat(100_000)]))]);
    let options = options(&broker)
        .topic("shared")
        .producer("buffer.memory", "50000");
    let kafka = writer(&rows.schema(), options);
    let mut idle = kafka.open(0).await.unwrap();
    idle.write(&values(0..50)).await.unwrap();
    assert!(idle.has_open_batches());
    let mut writers = JoinSet::new();
    for number in 1..4 {
        let (kafka, rows, large) = (kafka.clone(), rows.clone(), large.clone());
        writers.spawn(async move {
            let mut writer = kafka.open(number).await.unwrap();
            writer.write(&rows).await.unwrap();
            writer.write(&large).await.unwrap();
            writer.finish().await.unwrap().rows
        });
    }
    assert_eq!(writers.join_all().await, [5_001; 3]);
    assert_eq!(idle.finish().await.unwrap().rows, 50);
    assert_eq!(broker.records("shared", 0).len(), 3 * 5_001 + 50);
}

#[tokio::test]
async fn the_writers_of_a_write_divide_what_open_batches_may_hold() {
    let broker = broker().await;
    let rows = values(0..5_000);
    let options = options(&broker)
        .topic("divided")
        .producer("buffer.memory", "800000");
    let kafka = writer(&rows.schema(), options);
    let mut alone = kafka.open(0).await.unwrap();
    alone.write(&rows).await.unwrap();
    alone.flush().await.unwrap();
    let _others = (kafka.open(1).await.unwrap(), kafka.open(2).await.unwrap());
    let before = broker.batches("divided", 0).len();
    alone.write(&rows).await.unwrap();
    alone.flush().await.unwrap();
    let batches = broker.batches("divided", 0);
    let lens: Vec<_> = batches.iter().map(|batch| batch.len()).collect();
    let longest = |lens: &[usize]| lens.iter().max().copied().unwrap();
    assert!(
        (190_000..200_300).contains(&longest(&lens[..before])),
        "{lens:?}"
    );
    assert!(
        (60_000..67_000).contains(&longest(&lens[before..])),
        "{lens:?}"
    );
}

#[tokio::test]
async fn writers_of_one_write_begin_at_different_partitions_and_spread_evenly() {
    let broker = broker().await;
    broker.create_topic("spread", 4);
    let rows = values(0..40_000);
    let kafka = writer(&rows.schema(), options(&broker).topic("spread"));
    let mut receipt = WriteReport::new(&kafka);
    let mut writers = JoinSet::new();
    for number in 0..4 {
        let (kafka, rows) = (kafka.clone(), rows.clone());
        writers.spawn(async move {
            let mut writer = kafka.open(number).await.unwrap();
            writer.write(&rows).await.unwrap();
            writer.finish().await.unwrap()
        });
    }
    writers
        .join_all()
        .await
        .into_iter()
        .for_each(|report| receipt.add(report));
    assert_eq!(
        (receipt.rows, receipt.writers, receipt.ordered),
        (160_000, 4, false)
    );
    for partition in &receipt.partitions {
        assert!((30_000..50_000).contains(&partition.rows), "{partition:?}");
    }
}

#[tokio::test]
async fn a_flush_is_durable_and_reports_only_what_came_since_the_last_one() {
    let broker = broker().await;
    let mut writer = writer(&values(0..1).schema(), options(&broker).topic("flushed"))
        .open(0)
        .await
        .unwrap();
    writer.write(&values(0..10)).await.unwrap();
    assert!(writer.has_open_batches());
    let first = writer.flush().await.unwrap();
    assert!(!writer.has_open_batches());
    assert_eq!(broker.records("flushed", 0).len(), 10);
    writer.write(&values(10..13)).await.unwrap();
    let second = writer.finish().await.unwrap();
    assert_eq!(claimed(&first.partitions[0]), (0..10).collect::<Vec<_>>());
    assert_eq!(claimed(&second.partitions[0]), (10..13).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_partition_that_does_not_exist_is_refused_at_once_and_nothing_is_written() {
    let broker = broker().await;
    broker.create_topic("two", 2);
    let partitions: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), Some(9)]));
    let rows = batch(vec![
        ("value", values(0..2).column(0).clone()),
        ("partition", partitions),
    ]);
    let mut writer = writer(&rows.schema(), options(&broker).topic("two"))
        .open(0)
        .await
        .unwrap();
    let error = writer.write(&rows).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 2, column partition: Partition 9 of topic two with partition count 2 is not present: \
         use 0 to 1, or null to let the key decide"
    );
    assert_eq!(
        writer.write(&rows).await.unwrap_err(),
        error,
        "it takes no more rows"
    );
    let failed = writer.finish().await.unwrap_err();
    assert_eq!((failed.error, failed.report.rows), (error, 0));
    assert!(broker.records("two", 0).is_empty() && broker.records("two", 1).is_empty());
}

#[tokio::test]
async fn a_write_that_fails_still_reports_what_was_acknowledged_and_what_was_not() {
    let broker = broker().await;
    broker.create_topic("half", 2);
    broker.inject(Fault {
        api: ApiKey::Produce,
        topic: Some("half".into()),
        partition: Some(1),
        after: 0,
        times: u32::MAX,
        action: FaultAction::Refuse(ResponseError::TopicAuthorizationFailed),
    });
    let partitions: ArrayRef = Arc::new((0..100).map(|row| Some(row % 2)).collect::<Int32Array>());
    let rows = batch(vec![
        ("value", values(0..100).column(0).clone()),
        ("partition", partitions),
    ]);
    let mut writer = writer(&rows.schema(), options(&broker).topic("half"))
        .open(0)
        .await
        .unwrap();
    writer.write(&rows).await.unwrap();
    let failed = writer.finish().await.unwrap_err();
    assert!(matches!(failed.error, WriteError::Delivery(_)), "{failed}");
    assert!(!failed.error.may_be_written());
    let report = failed.report;
    assert_eq!(
        report.partitions.iter().map(|each| each.rows).sum::<u64>(),
        report.rows
    );
    let refused = report
        .partitions
        .iter()
        .find(|each| each.partition == 1)
        .unwrap();
    assert_eq!((refused.rows, refused.not_written_rows), (0, 50));
    let counts = |of: &PartitionDelivery| of.rows + of.may_be_written_rows + of.not_written_rows;
    assert_eq!(report.partitions.iter().map(counts).sum::<u64>(), 100);
    assert_honest(&broker, &report);
}

#[tokio::test]
async fn rows_whose_answer_never_comes_are_reported_as_possibly_written() {
    let broker = broker().await;
    broker.create_topic("silent", 1);
    broker.inject(Fault {
        api: ApiKey::Produce,
        topic: None,
        partition: None,
        after: 0,
        times: u32::MAX,
        action: FaultAction::Silence,
    });
    let mut writer = writer(&values(0..1).schema(), options(&broker).topic("silent"))
        .open(0)
        .await
        .unwrap();
    writer.write(&values(0..10)).await.unwrap();
    writer.send_open().await.unwrap();
    writer.write(&values(10..12)).await.unwrap();
    let sent = async {
        while broker.request_count(ApiKey::Produce) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), sent)
        .await
        .unwrap();
    let report = writer.abandon(Duration::from_millis(50)).await;
    let lost = &report.partitions[0];
    assert_eq!(
        (lost.rows, lost.may_be_written_rows, lost.not_written_rows),
        (0, 10, 2)
    );
}

#[tokio::test]
async fn a_write_that_was_cancelled_half_way_cannot_end_in_success() {
    let broker = broker().await;
    broker.create_topic("cut", 1);
    let (rows, memory) = (values(0..50_000), "1000000");
    broker.inject(Fault {
        api: ApiKey::Produce,
        topic: None,
        partition: None,
        after: 0,
        times: 1,
        action: FaultAction::DelayAnswer(Duration::from_millis(400)),
    });
    let options = options(&broker)
        .topic("cut")
        .producer("buffer.memory", memory);
    let mut writer = writer(&rows.schema(), options).open(0).await.unwrap();
    let cut = tokio::time::timeout(Duration::from_millis(100), writer.write(&rows)).await;
    assert!(cut.is_err(), "the budget is full, so the write waits");
    let failed = writer.finish().await.unwrap_err();
    assert_eq!(failed.error, WriteError::Interrupted);
    assert_honest(&broker, &failed.report);
}

#[tokio::test]
async fn without_acknowledgements_the_receipt_claims_nothing() {
    let broker = broker().await;
    let rows = values(0..10);
    let kafka = writer(
        &rows.schema(),
        options(&broker).topic("unsure").producer("acks", "0"),
    );
    let mut writer = kafka.open(0).await.unwrap();
    writer.write(&rows).await.unwrap();
    let mut receipt = WriteReport::new(&kafka);
    receipt.add(writer.finish().await.unwrap());
    receipt.finish();
    assert_eq!((receipt.rows, receipt.acknowledged), (10, false));
    assert!(receipt.complete, "acknowledged or not, every row was sent");
    assert!(receipt.duplicates_possible && receipt.partitions[0].offsets.is_empty());
}

#[tokio::test]
async fn what_is_read_back_and_written_again_is_the_same() {
    let broker = broker().await;
    let names = texts((0..3).map(|row| format!("k{row}")));
    let rows = batch(vec![
        ("key", names),
        ("value", values(0..3).column(0).clone()),
    ]);
    let mut first = writer(&rows.schema(), options(&broker).topic("one"))
        .open(0)
        .await
        .unwrap();
    first.write(&rows).await.unwrap();
    first.finish().await.unwrap();

    let read = read(&broker, "one").await;
    let again = options(&broker).topic("other").include_timestamp(true);
    let mut second = writer(&read.schema(), again).open(0).await.unwrap();
    second.write(&read).await.unwrap();
    second.finish().await.unwrap();
    let strip = |topic| {
        let records = broker.records(topic, 0).into_iter();
        records
            .map(|each| (each.timestamp, each.key, each.value, each.headers))
            .collect::<Vec<_>>()
    };
    assert_eq!(strip("other"), strip("one"));
    assert_eq!(strip("one").len(), 3);
}

async fn read(broker: &DevBroker, topic: &str) -> RecordBatch {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &broker.bootstrap());
    let settings = FetchSettings::from_properties(&properties).unwrap();
    let cluster = Cluster::connect(settings.client.clone()).await.unwrap();
    let end = broker.records(topic, 0).len() as i64;
    let mut reader = RangeReader::open(&cluster, &settings, topic, 0, 0..end)
        .await
        .unwrap();
    let mut builder = SourceBatchBuilder::new(topic);
    while let Some(records) = reader.next().await.unwrap() {
        builder.extend(0, &records, usize::MAX).unwrap();
    }
    builder.finish()
}
