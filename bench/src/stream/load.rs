//! The source of records, and who receives them: the same for both peers.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    producer::{BaseProducer, BaseRecord, Producer},
};

use super::PARTITIONS;

/// Between two records.
const INTERVAL: Duration = Duration::from_millis(1);
const VALUE_LEN: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends a record every millisecond until it is enough. Each names when it should have been sent, in
/// microseconds since the start: a late one is late for the receiver, too. Gives how many were sent.
pub(super) fn send(
    servers: &str,
    topic: &str,
    start: Instant,
    is_enough: &AtomicBool,
) -> anyhow::Result<usize> {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("linger.ms", "0")
        .create()?;
    let mut intended = start.elapsed();
    let (mut next, mut sent) = (0, 0);
    while !is_enough.load(Ordering::Relaxed) {
        while intended <= start.elapsed() {
            let mut value = format!("{} ", intended.as_micros());
            value.extend(std::iter::repeat_n('.', VALUE_LEN - value.len()));
            let record = BaseRecord::<(), str>::to(topic)
                .payload(&value)
                .partition(next % PARTITIONS);
            producer.send(record).map_err(|(error, _)| error)?;
            next += 1;
            sent += 1;
            intended += INTERVAL;
        }
        producer.poll(INTERVAL);
    }
    producer.flush(PATIENCE)?;
    Ok(sent)
}

/// Receives as many as are expected, which may be told later. Gives, for each record, when it should have been sent and how much later it was
/// received.
pub(super) fn receive(
    servers: &str,
    topic: &str,
    start: Instant,
    expected: &AtomicUsize,
) -> anyhow::Result<Vec<(Duration, Duration)>> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("group.id", "bench")
        .set("enable.auto.commit", "false")
        .create()?;
    let mut assignment = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        assignment.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&assignment)?;
    let mut received = Vec::new();
    let mut heard = Instant::now();
    while received.len() < expected.load(Ordering::Relaxed) {
        let Some(message) = consumer.poll(Duration::from_millis(100)) else {
            ensure!(heard.elapsed() < PATIENCE, "no records any more");
            continue;
        };
        heard = Instant::now();
        let now = start.elapsed();
        let message = message?;
        let value = message.payload().context("a record without a value")?;
        let word = std::str::from_utf8(value)?.split(' ').next();
        let intended = Duration::from_micros(word.context("no time")?.parse()?);
        received.push((intended, now.saturating_sub(intended)));
    }
    Ok(received)
}
