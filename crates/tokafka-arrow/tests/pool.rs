//! Writes that share a producer, against the embedded broker.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use arrow::array::{Int32Array, RecordBatch, StringArray};
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_arrow::{KafkaWriter, PartitionReport, ProducerPool, WriteError, WriteOptions};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction};
use tokio::task::JoinSet;

async fn broker() -> DevBroker {
    DevBroker::start(DevBrokerConfig::default()).await.unwrap()
}

fn rows(count: usize) -> RecordBatch {
    let values: StringArray = (0..count).map(|row| Some(format!("row {row}"))).collect();
    RecordBatch::try_from_iter([("value", Arc::new(values) as _)]).unwrap()
}

fn options(broker: &DevBroker, topic: &str) -> WriteOptions {
    WriteOptions::new()
        .producer("bootstrap.servers", broker.bootstrap())
        .topic(topic)
}

fn writer(pool: &ProducerPool, options: WriteOptions) -> KafkaWriter {
    KafkaWriter::in_pool(&rows(1).schema(), options, pool).unwrap()
}

/// A whole write.
async fn write(
    pool: &ProducerPool,
    options: WriteOptions,
    count: usize,
) -> Result<PartitionReport, WriteError> {
    let kafka = writer(pool, options);
    let mut writer = kafka.open(0).await?;
    writer.write(&rows(count)).await?;
    let finished = writer.finish().await;
    kafka.close().await;
    finished.map_err(|failed| failed.error)
}

/// The producers whose batches lie in partition 0.
fn producer_ids(broker: &DevBroker, topic: &str) -> BTreeSet<i64> {
    let batches = broker.batches(topic, 0);
    let id = |batch: &[u8]| i64::from_be_bytes(batch[43..51].try_into().unwrap());
    batches.iter().map(|batch| id(batch)).collect()
}

fn requests(broker: &DevBroker) -> (u64, u64) {
    let count = |api| broker.request_count(api);
    (count(ApiKey::ApiVersions), count(ApiKey::InitProducerId))
}

fn fault(topic: &str, times: u32, action: FaultAction) -> Fault {
    Fault {
        api: ApiKey::Produce,
        topic: Some(topic.into()),
        partition: None,
        after: 0,
        times,
        action,
    }
}

async fn until_produced(broker: &DevBroker, count: u64) {
    let produced = async {
        while broker.request_count(ApiKey::Produce) < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), produced)
        .await
        .unwrap();
}

#[tokio::test]
async fn two_writes_after_each_other_use_one_producer_and_its_connections() {
    let broker = broker().await;
    let pool = ProducerPool::new();
    let first = write(&pool, options(&broker, "twice"), 5).await.unwrap();
    let before = requests(&broker);
    let second = write(&pool, options(&broker, "twice"), 7).await.unwrap();
    assert_eq!(
        requests(&broker),
        before,
        "a connection begins with ApiVersions"
    );
    assert_eq!(producer_ids(&broker, "twice").len(), 1);
    assert_eq!((first.rows, second.rows), (5, 7), "each counts its own");
    let (first, second) = (&first.partitions[0].runs[0], &second.partitions[0].runs[0]);
    assert_eq!((first.first, first.last), (0, 4));
    assert_eq!((second.first, second.last), (5, 11));
    assert_eq!((pool.counts().pooled, pool.counts().leases), (1, 0));
}

#[tokio::test]
async fn what_is_acquired_by_options_is_the_producer_that_writes_have() {
    let broker = broker().await;
    let pool = ProducerPool::new();
    write(&pool, options(&broker, "one"), 1).await.unwrap();
    let before = requests(&broker);
    let same = WriteOptions::new().option("KAFKA.Bootstrap.Servers", broker.bootstrap());
    let first = pool.acquire(&same).await.unwrap();
    let second = pool.acquire(&options(&broker, "two")).await.unwrap();
    assert_eq!(requests(&broker), before, "nothing was connected");
    assert_eq!((pool.counts().pooled, pool.counts().leases), (1, 2));
    let acks = options(&broker, "one").producer("acks", "1");
    let other = pool.acquire(&acks).await.unwrap();
    assert_eq!((pool.counts().pooled, pool.counts().leases), (2, 3));
    for lease in [first, second, other] {
        pool.release(lease);
    }
    assert_eq!((pool.counts().pooled, pool.counts().leases), (2, 0));
}

#[tokio::test]
async fn acquiring_by_options_that_cannot_be_used_opens_nothing() {
    let broker = broker().await;
    let pool = ProducerPool::new();
    let wrong = [
        ("kafka.acks", "2"),
        ("kafka.lingre.ms", "5"),
        ("tokafka.producer.cache.timeout", "soon"),
    ];
    for (name, value) in wrong {
        let options = options(&broker, "t").option(name, value);
        let error = pool.acquire(&options).await.unwrap_err();
        assert!(matches!(error, WriteError::Options(_)), "{error}");
    }
    assert_eq!((pool.counts().pooled, requests(&broker)), (0, (0, 0)));
}

#[tokio::test]
async fn a_write_that_asks_for_other_settings_gets_another_producer() {
    let broker = broker().await;
    let pool = ProducerPool::new();
    write(&pool, options(&broker, "other"), 1).await.unwrap();
    let other = options(&broker, "other").producer("linger.ms", "1");
    write(&pool, other, 1).await.unwrap();
    assert_eq!(producer_ids(&broker, "other").len(), 2);
}

#[tokio::test]
async fn after_a_fatal_error_the_next_write_gets_a_new_producer() {
    let broker = broker().await;
    let pool = ProducerPool::new();
    write(&pool, options(&broker, "fenced"), 1).await.unwrap();
    let refused = FaultAction::Refuse(ResponseError::InvalidProducerEpoch);
    broker.inject(fault("fenced", 1, refused));
    let error = write(&pool, options(&broker, "fenced"), 1).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("another producer"), "{error}");
    write(&pool, options(&broker, "fenced"), 1).await.unwrap();
    assert_eq!(producer_ids(&broker, "fenced").len(), 2);
    assert_eq!((pool.counts().pooled, pool.counts().retired), (1, 0));
}

#[tokio::test]
async fn one_write_that_fails_does_not_fail_another_with_the_same_producer() {
    let broker = broker().await;
    let pool = ProducerPool::new();
    let (bad, good) = (
        writer(&pool, options(&broker, "bad")),
        writer(&pool, options(&broker, "good")),
    );
    let refused = FaultAction::Refuse(ResponseError::TopicAuthorizationFailed);
    broker.inject(fault("bad", u32::MAX, refused));
    let (mut failing, mut going) = (bad.open(0).await.unwrap(), good.open(0).await.unwrap());
    assert_eq!((pool.counts().pooled, pool.counts().leases), (1, 2));
    going.write(&rows(10)).await.unwrap();
    failing.write(&rows(10)).await.unwrap();
    let failed = failing.finish().await.unwrap_err();
    assert!(matches!(failed.error, WriteError::Delivery(_)), "{failed}");
    bad.close_within(Duration::ZERO).await;
    going.write(&rows(10)).await.unwrap();
    assert_eq!(going.finish().await.unwrap().rows, 20);
    good.close().await;
    // What failed was known to have failed, so the producer is as good as before.
    write(&pool, options(&broker, "good"), 1).await.unwrap();
    assert_eq!(producer_ids(&broker, "good").len(), 1);
}

#[tokio::test]
async fn what_a_given_up_write_has_in_flight_holds_up_nobody() {
    let broker = broker().await;
    broker.create_topic("shared", 1);
    let pool = ProducerPool::new();
    let (stuck, other) = (
        writer(&pool, options(&broker, "shared")),
        writer(&pool, options(&broker, "elsewhere")),
    );
    let (mut given_up, mut going) = (stuck.open(0).await.unwrap(), other.open(0).await.unwrap());
    broker.inject(fault("shared", u32::MAX, FaultAction::Drop));
    given_up.write(&rows(10)).await.unwrap();
    given_up.send_open().await.unwrap();
    until_produced(&broker, 1).await;
    let report = given_up.abandon(Duration::ZERO).await;
    assert_eq!(report.partitions[0].may_be_written_rows, 10);
    stuck.close_within(Duration::ZERO).await;
    broker.clear_faults();
    // The same partition, by a new producer, while the old one still has its batch.
    let next = write(&pool, options(&broker, "shared"), 3);
    let next = tokio::time::timeout(Duration::from_secs(10), next).await;
    assert_eq!(next.unwrap().unwrap().rows, 3);
    assert_eq!((pool.counts().pooled, pool.counts().retired), (1, 1));
    going.write(&rows(10)).await.unwrap();
    let finished = tokio::time::timeout(Duration::from_secs(10), going.finish()).await;
    assert_eq!(finished.unwrap().unwrap().rows, 10);
    other.close().await;
    assert_eq!(pool.counts().retired, 0);
    assert_eq!(broker.request_count(ApiKey::InitProducerId), 2);
}

#[tokio::test]
async fn closing_a_write_resolves_what_its_writers_wait_for_if_nobody_else_uses_the_producer() {
    let broker = broker().await;
    broker.create_topic("silent", 1);
    let pool = ProducerPool::new();
    let kafka = writer(&pool, options(&broker, "silent"));
    let mut writer = kafka.open(0).await.unwrap();
    broker.inject(fault("silent", u32::MAX, FaultAction::Silence));
    writer.write(&rows(10)).await.unwrap();
    writer.send_open().await.unwrap();
    until_produced(&broker, 1).await;
    kafka.close_within(Duration::ZERO).await;
    let failed = tokio::time::timeout(Duration::from_secs(10), writer.finish()).await;
    let failed = failed.unwrap().unwrap_err();
    assert_eq!(failed.report.partitions[0].may_be_written_rows, 10);
    assert_eq!((pool.counts().pooled, pool.counts().retired), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_use_of_cached_kafka_producer() {
    let broker = broker().await;
    broker.create_topic("busy", 2);
    let pool = ProducerPool::new();
    let unacknowledged = options(&broker, "busy").producer("acks", "0");
    let partitions: Int32Array = (0..10).map(|_| Some(9)).collect();
    let values = rows(10).column(0).clone();
    let bad = [("value", values), ("partition", Arc::new(partitions) as _)];
    let bad = RecordBatch::try_from_iter(bad).unwrap();
    let mut users = JoinSet::new();
    for user in 0..100 {
        let (pool, options, bad) = (pool.clone(), unacknowledged.clone(), bad.clone());
        users.spawn(async move {
            for round in 0..5 {
                if (user + round) % 7 == 0 {
                    let options = options.clone();
                    let kafka = KafkaWriter::in_pool(&bad.schema(), options, &pool).unwrap();
                    let mut writer = kafka.open(0).await.unwrap();
                    writer.write(&bad).await.unwrap_err();
                    writer.finish().await.unwrap_err();
                    kafka.close_within(Duration::ZERO).await;
                }
                write(&pool, options.clone(), 1_000).await.unwrap();
            }
        });
    }
    users.join_all().await;
    let counts = pool.counts();
    assert_eq!((counts.pooled, counts.retired, counts.leases), (1, 0, 0));
    // The number of records stands at the end of a batch's header.
    let count = |batch: &[u8]| i64::from(i32::from_be_bytes(batch[57..61].try_into().unwrap()));
    let all = async {
        let batches = || (0..2).flat_map(|partition| broker.batches("busy", partition));
        while batches().map(|batch| count(&batch)).sum::<i64>() < 500_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(batches().map(|batch| count(&batch)).sum::<i64>(), 500_000);
    };
    tokio::time::timeout(Duration::from_secs(60), all)
        .await
        .unwrap();
}

#[test]
fn how_long_it_is_kept_is_an_option_under_our_name_and_sparks() {
    let set = |name: &str, value: &str| {
        let options = WriteOptions::new()
            .topic("t")
            .producer("bootstrap.servers", "localhost:9092")
            .option(name, value);
        KafkaWriter::new(&rows(1).schema(), options).map_err(|error| error.to_string())
    };
    for name in [
        "tokafka.producer.cache.timeout",
        "tokafka.producer.cache.evictor.interval",
        "spark.kafka.producer.cache.timeout",
        "Spark.Kafka.Producer.Cache.EvictorThreadRunInterval",
    ] {
        assert!(set(name, "90s").is_ok(), "{name}");
        let error = set(name, "1.5h").unwrap_err();
        assert!(
            error.to_lowercase().contains(&name.to_lowercase()),
            "{error}"
        );
        assert!(error.contains("as in 10m"), "{error}");
    }
    let both = WriteOptions::new()
        .topic("t")
        .producer("bootstrap.servers", "localhost:9092")
        .option("tokafka.producer.cache.timeout", "1m")
        .option("spark.kafka.producer.cache.timeout", "2m");
    let error = KafkaWriter::new(&rows(1).schema(), both).unwrap_err();
    assert!(error.to_string().contains("set one of them"), "{error}");
}

#[tokio::test]
async fn a_topic_that_was_made_again_or_has_grown_between_two_writes_is_written_as_it_is_now() {
    let broker = broker().await;
    let pool = ProducerPool::new();
    broker.create_topic("again", 1);
    write(&pool, options(&broker, "again"), 5).await.unwrap();
    broker.delete_topic("again");
    broker.create_topic("again", 1);
    let report = write(&pool, options(&broker, "again"), 7).await.unwrap();
    let run = &report.partitions[0].runs[0];
    assert_eq!((run.first, run.last), (0, 6), "in the new log");
    broker.grow_topic("again", 64);
    let keys: StringArray = (0..500).map(|row| Some(format!("key {row}"))).collect();
    let keyed = [
        ("key", Arc::new(keys.clone()) as _),
        ("value", Arc::new(keys) as _),
    ];
    let keyed = RecordBatch::try_from_iter(keyed).unwrap();
    let options = options(&broker, "again");
    let kafka = KafkaWriter::in_pool(&keyed.schema(), options, &pool).unwrap();
    let mut writer = kafka.open(0).await.unwrap();
    writer.write(&keyed).await.unwrap();
    let report = writer.finish().await.unwrap();
    assert!(report.partitions.len() > 32, "{}", report.partitions.len());
}
