//! A broker that is restarted while it is unknown what became of batches: on the embedded one in
//! `cargo test`, and on Apache Kafka when `TOKAFKA_TEST_KAFKA` names a node that `dev/kafka run` started:
//!
//! ```text
//! dev/kafka run -- cargo test -p tokafka-client --test restarted
//! ```
//!
//! A suite of its own, since the tests of others would find the node gone.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod broker;
mod proxy;

use tokafka_client::{
    batch::{Compressor, FinishedBatch, Headers, OpenBatch, Record},
    producer::{OffsetRun, Producer},
};

use broker::Broker;
use proxy::Proxy;

/// As many as may be in flight at a time.
const BATCHES: usize = 5;

fn batch(producer: &Producer, value: &str) -> FinishedBatch {
    let mut batch = OpenBatch::new(producer.buffers(), 1_024);
    batch.push(Record {
        timestamp: broker::now(),
        key: None,
        value: Some(value.as_bytes()),
        headers: Headers::NONE,
    });
    batch
        .finish(&mut Compressor::new(producer.settings().compression))
        .unwrap()
}

/// A node that is stopped keeps of each producer the last batch only, so it refuses the others when they
/// are sent again, although they are in its log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_that_were_appended_and_never_answered_are_found_after_a_restart() {
    let broker = Broker::start().await;
    let topic_name = broker.new_topic().await;
    let proxy = Proxy::before(broker.address()).await;
    let producer = broker.producer_at(&proxy.address()).await;
    let topic = producer.topic(&topic_name).await.unwrap();
    let deliveries = producer.deliveries();
    let rows: Vec<_> = (0..2 * BATCHES).map(|row| format!("row {row}")).collect();
    let send = async |row: &String| {
        let batch = batch(&producer, row);
        producer.send(&topic, 0, batch, &deliveries).await.unwrap();
    };

    // A connection begins with one request at a time, and has one more after each answer.
    for row in &rows[..BATCHES] {
        send(row).await;
        deliveries.settled().await.unwrap();
    }
    proxy.swallow_produce_answers();
    for row in &rows[BATCHES..] {
        send(row).await;
    }
    proxy.until_swallowed(BATCHES).await;
    proxy.close();
    broker.restart().await;
    proxy.open();
    deliveries.settled().await.unwrap();

    let report = deliveries.take();
    let last = i64::try_from(rows.len()).unwrap() - 1;
    assert_eq!(broker.read(&topic_name, last + 1).await, rows);
    let [delivery] = report.partitions.as_slice() else {
        panic!("{report:?}");
    };
    assert_eq!(delivery.runs, [OffsetRun { first: 0, last }]);
    assert_eq!(
        (delivery.may_be_written_rows, delivery.not_written_rows),
        (0, 0)
    );
    // Of the last one the node still knew.
    assert_eq!(report.settled, BATCHES as u64 - 1, "{report:?}");
}
