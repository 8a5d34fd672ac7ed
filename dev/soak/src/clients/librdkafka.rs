//! librdkafka, with a report for each message.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rdkafka::{
    ClientConfig, ClientContext, Message,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext},
};

use super::{Job, Quota};
use crate::{
    evidence::{Evidence, PartitionEvidence},
    row::{Row, Rows},
};

/// How long to wait for room in a full queue, and for reports, at a time.
const POLL: Duration = Duration::from_millis(10);

pub(crate) async fn write(job: &Job, writer: u32, quota: Quota) -> anyhow::Result<Evidence> {
    let job = job.clone();
    tokio::task::spawn_blocking(move || run(&job, writer, &quota)).await?
}

/// Gathers delivery reports.
struct Reports {
    job: Job,
    gathered: Mutex<Gathered>,
}

#[derive(Default)]
struct Gathered {
    partitions: Vec<PartitionEvidence>,
    error: Option<String>,
}

impl ClientContext for Reports {
    /// It tells the producer the same, and we ask that.
    fn error(&self, _error: KafkaError, _reason: &str) {}
}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let mut gathered = self.gathered();
        match result {
            Ok(message) => {
                let row = Row::parse(message.payload());
                let Ok(row) = row.inspect_err(|error| gathered.fail(error)) else {
                    return;
                };
                if let Some(told) = gathered.partitions.get_mut(row.partition as usize) {
                    told.acknowledge(row.number, message.offset());
                    self.job.acknowledged(1);
                }
            }
            Err((error, _message)) => gathered.fail(error),
        }
    }
}

impl Reports {
    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gathered {
    fn fail(&mut self, error: &impl ToString) {
        self.error.get_or_insert_with(|| error.to_string());
    }
}

fn run(job: &Job, writer: u32, quota: &Quota) -> anyhow::Result<Evidence> {
    let producer = connect(job)?;
    let mut rows = Rows::new(writer, job.partitions);
    let mut written = 0;
    let mut text = String::new();
    while job.wants_more(written, quota)
        && let Some(row) = rows.next()
    {
        row.format(&mut text);
        if let Err(error) = produce(&producer, &job.topic, row, &text) {
            producer.context().gathered().fail(&error);
            break;
        }
        written += 1;
        if written % 1_000 == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    // Every message is reported within message.timeout.ms.
    while producer.in_flight_count() > 0 {
        producer.poll(POLL);
    }
    let mut gathered = producer.context().gathered();
    let gathered = std::mem::take(&mut *gathered);
    Ok(evidence(writer, rows.counts(), gathered))
}

fn connect(job: &Job) -> anyhow::Result<BaseProducer<Reports>> {
    let reports = Reports {
        job: job.clone(),
        gathered: Mutex::new(Gathered {
            partitions: vec![PartitionEvidence::default(); job.partitions],
            error: None,
        }),
    };
    Ok(ClientConfig::new()
        .set("bootstrap.servers", &*job.servers)
        .set("acks", "all")
        .set("enable.idempotence", "true")
        .set("max.in.flight.requests.per.connection", "5")
        .set("compression.type", "none")
        .set("batch.size", job.batch_size.to_string())
        .set("batch.num.messages", "1000000")
        .set("queue.buffering.max.kbytes", "32768")
        .set("queue.buffering.max.messages", "1000000")
        .set("message.timeout.ms", "120000")
        .create_with_context(reports)?)
}

/// Queues a row, and waits while the queue is full.
fn produce(
    producer: &BaseProducer<Reports>,
    topic: &str,
    row: Row,
    value: &str,
) -> Result<(), KafkaError> {
    let mut record = BaseRecord::<(), str>::to(topic)
        .partition(row.partition.cast_signed())
        .payload(value);
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                record = again;
                producer.poll(POLL);
            }
            Err((error, _record)) => return Err(error),
        }
    }
}

/// A row that was not reported as delivered may be written: librdkafka does not say that none is.
fn evidence(writer: u32, offered: &[u32], gathered: Gathered) -> Evidence {
    let mut partitions = gathered.partitions;
    for (told, &offered) in partitions.iter_mut().zip(offered) {
        told.offered = offered;
        told.may_be_written = u64::from(offered) - told.rows;
    }
    Evidence {
        writer,
        partitions,
        error: gathered.error,
        ..Evidence::default()
    }
}
