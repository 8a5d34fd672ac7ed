//! What others wrote: transactions and compacted topics, as tokafka and librdkafka read them.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig,
    producer::{BaseProducer, BaseRecord, Producer},
};
use tokafka_client::{
    admin::{Admin, OffsetSpec},
    ranges::BatchReader,
    settings::{FetchSettings, Properties},
};

use crate::{
    cluster,
    records::{Record, by_librdkafka_at, by_tokafka_at, watermarks},
};

const PATIENCE: Duration = Duration::from_secs(30);

fn producer(transactional_id: Option<&str>) -> BaseProducer {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", cluster::bootstrap_servers())
        .set("enable.idempotence", "true");
    if let Some(id) = transactional_id {
        config.set("transactional.id", id);
    }
    let producer: BaseProducer = config.create().unwrap();
    if transactional_id.is_some() {
        producer.init_transactions(PATIENCE).unwrap();
    }
    producer
}

/// Writes a record for each key, with the key as its value, as one batch or a few.
fn send(producer: &BaseProducer, topic: &str, keys: &[&str]) {
    for key in keys {
        let record = BaseRecord::to(topic).partition(0).key(*key).payload(*key);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(PATIENCE).unwrap();
}

fn values(records: &[Record]) -> Vec<&str> {
    records
        .iter()
        .map(|record| str::from_utf8(record.value.as_ref().unwrap()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn aborted_and_open_transactions_are_shown_as_librdkafka_shows_them() {
    let topic = cluster::new_topic("transactions", 1).await;
    let (one, other) = (
        producer(Some(&topic)),
        producer(Some(&format!("{topic}-2"))),
    );
    one.begin_transaction().unwrap();
    other.begin_transaction().unwrap();
    send(&one, &topic, &["aborted 1"]);
    send(&other, &topic, &["kept 1"]);
    send(&one, &topic, &["aborted 2"]);
    one.abort_transaction(PATIENCE).unwrap();
    send(&other, &topic, &["kept 2"]);
    other.commit_transaction(PATIENCE).unwrap();
    send(&producer(None), &topic, &["plain"]);
    one.begin_transaction().unwrap();
    send(&one, &topic, &["kept 3"]);
    one.commit_transaction(PATIENCE).unwrap();
    one.begin_transaction().unwrap();
    send(&one, &topic, &["open"]);
    send(&producer(None), &topic, &["behind"]);

    let admin = Admin::new(&cluster::connect().await);
    let end = admin.offsets(&topic, OffsetSpec::Latest).await.unwrap()[0];
    let stable = admin.offsets(&topic, OffsetSpec::LastStable).await.unwrap()[0];
    assert_eq!(end - stable, 2);
    for (isolation, end, expected) in [
        (
            "read_committed",
            stable,
            &["kept 1", "kept 2", "plain", "kept 3"][..],
        ),
        (
            "read_uncommitted",
            end,
            &[
                "aborted 1",
                "kept 1",
                "aborted 2",
                "kept 2",
                "plain",
                "kept 3",
                "open",
                "behind",
            ],
        ),
    ] {
        let ours = by_tokafka_at(&topic, 0, 0..end, isolation).await;
        assert_eq!(values(&ours), expected);
        assert_eq!(ours, by_librdkafka_at(&topic, 0, isolation));
    }
    // A range that begins and ends within an aborted transaction.
    for start in 0..stable {
        let ours = by_tokafka_at(&topic, 0, start..stable, "read_committed").await;
        assert!(
            values(&ours)
                .iter()
                .all(|value| !value.starts_with("aborted"))
        );
    }
    one.abort_transaction(PATIENCE).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_compaction_left_is_read_from_any_offset_to_any_other() {
    let configs = [
        ("cleanup.policy", "compact"),
        ("segment.ms", "100"),
        ("min.cleanable.dirty.ratio", "0.01"),
        ("delete.retention.ms", "0"),
    ];
    let topic = cluster::topic_with("compacted", 1, &configs).await;
    // Every producer's last batch stays, empty if its records do not.
    send(&producer(None), &topic, &["a", "b", "c", "d"]);
    send(&producer(None), &topic, &["a", "b"]);
    send(&producer(None), &topic, &["x", "c", "y"]);
    send(&producer(None), &topic, &["a", "b", "x", "y", "last"]);
    let records = until_compacted(&topic).await;
    let (start, end) = watermarks(&topic, 0);
    let offsets: BTreeSet<i64> = records.iter().map(|record| record.offset).collect();
    assert!(offsets.contains(&3) && !offsets.contains(&0) && !offsets.contains(&4));
    assert!(has_empty_batch(&topic, start, end).await);
    for from in start..=end {
        for to in from..=end {
            let ours = by_tokafka_at(&topic, 0, from..to, "read_committed").await;
            let read: Vec<i64> = ours.iter().map(|record| record.offset).collect();
            let expected: Vec<i64> = offsets.range(from..to).copied().collect();
            assert_eq!(read, expected, "{from}..{to}");
        }
    }
}

/// Appends, since only what lies in a segment that is not written any more is compacted, until it is.
async fn until_compacted(topic: &str) -> Vec<Record> {
    let deadline = Instant::now() + 2 * PATIENCE;
    let ticks = producer(None);
    loop {
        send(&ticks, topic, &["tick"]);
        let records = by_librdkafka_at(topic, 0, "read_uncommitted");
        if records.first().is_some_and(|record| record.offset > 1) {
            return records;
        }
        assert!(Instant::now() < deadline, "nothing was compacted");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

async fn has_empty_batch(topic: &str, start: i64, end: i64) -> bool {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &cluster::bootstrap_servers());
    let settings = FetchSettings::from_properties(&properties).unwrap();
    let cluster = cluster::connect().await;
    let mut reader = BatchReader::open(&cluster, &settings, topic, 0, start..end)
        .await
        .unwrap();
    while let Some(batch) = reader.next().await.unwrap() {
        if batch.stored.header.record_count == 0 {
            return true;
        }
    }
    false
}
