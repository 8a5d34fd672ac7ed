//! librdkafka through its cheapest call, `rd_kafka_produce_batch`, which the safe wrapper does not offer.
#![allow(
    unsafe_code,
    reason = "a call of a C library, measured as the strongest peer"
)]

use std::{
    ffi::{CString, c_int, c_void},
    ptr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use cpu_time::ProcessTime;
use rdkafka::{
    ClientConfig, ClientContext,
    bindings::{
        rd_kafka_message_t, rd_kafka_produce_batch, rd_kafka_topic_destroy, rd_kafka_topic_new,
    },
    producer::{BaseProducer, DeliveryResult, Producer, ProducerContext},
    types::RDKafkaRespErr,
};

use crate::ratio::Cost;

/// Messages of one call; one partition each, in turn.
const CALL: usize = 10_000;

/// How long to wait while the queue is full. Calls that find it full cost, too: with a shorter wait
/// librdkafka takes up to twice the CPU.
const FULL_WAIT: Duration = Duration::from_millis(20);

/// What is reported of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reports {
    /// Each, delivered or not: librdkafka's default.
    All,
    /// Those that failed.
    Failures,
}

/// The run's settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) bootstrap_servers: &'a str,
    pub(crate) buffer_memory: usize,
    pub(crate) reports: Reports,
}

/// Counts delivery reports.
struct Counts {
    delivered: AtomicU64,
    failed: AtomicU64,
}

impl ClientContext for Counts {}

impl ProducerContext for Counts {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let count = if result.is_ok() {
            &self.delivered
        } else {
            &self.failed
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Sends `rows` values, walking over the batches, and waits until all are acknowledged.
pub(crate) fn run(
    settings: Settings<'_>,
    topic: &str,
    partitions: i32,
    rows: u64,
    batches: &[RecordBatch],
) -> anyhow::Result<Cost> {
    let start = ProcessTime::now();
    let producer = connect(settings)?;
    let handle = Topic::new(&producer, topic)?;
    let mut partition = 0;
    let mut left = usize::try_from(rows)?;
    for batch in batches.iter().cycle() {
        let values = batch.column(0).as_string::<i32>();
        let mut first = 0;
        while first < values.len() && left > 0 {
            let count = CALL.min(values.len() - first).min(left);
            handle.produce(&producer, partition, &values.slice(first, count))?;
            partition = (partition + 1) % partitions;
            first += count;
            left -= count;
        }
        if left == 0 {
            break;
        }
    }
    producer.flush(Duration::from_secs(120))?;
    drop(handle);
    let counts = producer.context();
    let (delivered, failed) = (
        counts.delivered.load(Ordering::Relaxed),
        counts.failed.load(Ordering::Relaxed),
    );
    let expected = match settings.reports {
        Reports::All => rows,
        Reports::Failures => 0,
    };
    ensure!(
        delivered == expected && failed == 0,
        "librdkafka delivered {delivered} of {rows} rows, {failed} failed"
    );
    Ok(Cost {
        cpu: start.elapsed(),
        rows,
    })
}

/// The settings of the other side: acks=all, idempotent and so five requests in flight, batches of
/// 512 KiB, no compression, the same memory, and as many messages in it as fit.
fn connect(settings: Settings<'_>) -> anyhow::Result<BaseProducer<Counts>> {
    let counts = Counts {
        delivered: AtomicU64::new(0),
        failed: AtomicU64::new(0),
    };
    let only_failures = settings.reports == Reports::Failures;
    ClientConfig::new()
        .set("bootstrap.servers", settings.bootstrap_servers)
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("compression.type", "none")
        .set("linger.ms", "5")
        .set("batch.size", "524288")
        .set("batch.num.messages", "1000000")
        .set(
            "queue.buffering.max.kbytes",
            (settings.buffer_memory / 1024).to_string(),
        )
        .set("queue.buffering.max.messages", "10000000")
        .set("delivery.report.only.error", only_failures.to_string())
        .create_with_context(counts)
        .context("librdkafka")
}

struct Topic(*mut rdkafka::bindings::rd_kafka_topic_t);

impl Topic {
    fn new(producer: &BaseProducer<Counts>, name: &str) -> anyhow::Result<Self> {
        let name = CString::new(name)?;
        // SAFETY: the producer is alive, the name ends with a zero byte, and no configuration is given.
        let topic = unsafe {
            rd_kafka_topic_new(
                producer.client().native_ptr(),
                name.as_ptr(),
                ptr::null_mut(),
            )
        };
        ensure!(!topic.is_null(), "librdkafka gave no topic");
        Ok(Self(topic))
    }

    /// Queues values for one partition, polling while the queue is full.
    fn produce(
        &self,
        producer: &BaseProducer<Counts>,
        partition: i32,
        values: &StringArray,
    ) -> anyhow::Result<()> {
        let mut messages: Vec<rd_kafka_message_t> = values.iter().flatten().map(message).collect();
        loop {
            let count = c_int::try_from(messages.len())?;
            // SAFETY: `messages` holds `count` messages whose payloads live in Arrow arrays that outlive the
            // producer's flush; with no flag librdkafka neither copies nor frees them,
            // which is the cheapest.
            let queued = unsafe {
                rd_kafka_produce_batch(self.0, partition, 0, messages.as_mut_ptr(), count)
            };
            producer.poll(Duration::ZERO);
            if queued == count {
                return Ok(());
            }
            messages.retain(|message| message.err != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR);
            if let Some(other) = messages
                .iter()
                .find(|each| each.err != RDKafkaRespErr::RD_KAFKA_RESP_ERR__QUEUE_FULL)
            {
                bail!("librdkafka refused a message: {:?}", other.err);
            }
            producer.poll(FULL_WAIT);
        }
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: made by `rd_kafka_topic_new`, destroyed once, before its producer.
        unsafe { rd_kafka_topic_destroy(self.0) }
    }
}

fn message(value: &str) -> rd_kafka_message_t {
    rd_kafka_message_t {
        err: RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR,
        rkt: ptr::null_mut(),
        partition: 0,
        payload: value.as_ptr().cast_mut().cast::<c_void>(),
        len: value.len(),
        key: ptr::null_mut(),
        key_len: 0,
        offset: 0,
        _private: ptr::null_mut(),
    }
}
