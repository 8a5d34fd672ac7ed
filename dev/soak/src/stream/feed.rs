//! Input: numbered rows, in bursts of any size, until it is enough.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use fastrand::Rng;
use rdkafka::{
    ClientConfig,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, Producer},
};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::row::{Row, Rows};

/// Rows of a burst.
const BURSTS: [usize; 5] = [1, 10, 100, 1_000, 5_000];
/// Milliseconds after a burst, at most.
const PAUSE: u64 = 250;
/// How long to wait for room in a full queue at a time.
const POLL: Duration = Duration::from_millis(10);
/// How long an outage may last.
const PATIENCE: Duration = Duration::from_secs(900);

/// A topic that is being fed.
pub(crate) struct Feed {
    is_enough: Arc<AtomicBool>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Feed {
    pub(crate) fn start(servers: &str, topic: &str, partitions: u32, seed: u64) -> Self {
        let is_enough = Arc::<AtomicBool>::default();
        let (servers, topic) = (servers.to_owned(), topic.to_owned());
        let stop = Arc::clone(&is_enough);
        let task = spawn_blocking(move || {
            let rows = Rows::new(0, partitions as usize);
            feed(&servers, &topic, rows, Rng::with_seed(seed), &stop)
        });
        Self { is_enough, task }
    }

    /// Ends with the current burst, and waits until all is acknowledged.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.is_enough.store(true, Ordering::Relaxed);
        (&mut self.task).await?
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        // A thread that goes on would keep the program from ending.
        self.is_enough.store(true, Ordering::Relaxed);
    }
}

fn feed(
    servers: &str,
    topic: &str,
    mut rows: Rows,
    mut random: Rng,
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("enable.idempotence", "true")
        .set("message.timeout.ms", PATIENCE.as_millis().to_string())
        .create()?;
    let mut text = String::new();
    while !stop.load(Ordering::Relaxed) {
        let burst = random.choice(&BURSTS).copied().unwrap_or(1);
        for row in rows.by_ref().take(burst) {
            row.format(&mut text);
            append(&producer, topic, row, &text)?;
        }
        producer.poll(Duration::from_millis(random.u64(0..PAUSE)));
    }
    producer
        .flush(PATIENCE)
        .context("the input is not acknowledged")
}

fn append(producer: &BaseProducer, topic: &str, row: Row, text: &str) -> anyhow::Result<()> {
    let mut record = BaseRecord::<(), str>::to(topic)
        .partition(row.partition.cast_signed())
        .payload(text);
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                producer.poll(POLL);
                record = again;
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
}
