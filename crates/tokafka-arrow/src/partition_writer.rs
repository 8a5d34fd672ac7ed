//! A write as it runs: one input, encoded and handed to the producer.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use arrow::array::RecordBatch;
use tokafka_client::producer::{DeliveryMeter, SendError, Topic};

use crate::{
    account::Account,
    check,
    destinations::Destinations,
    encode::{Encoder, Limits, target},
    error::{FailedWrite, WriteError},
    finish::{Finisher, ReadyBatch},
    lanes::{ClosedBatch, TopicShape},
    layout::RecordColumns,
    report::{Ledger, PartitionReport, RowCount},
    rows::{Context, Rows, chunks, now_millis},
    share::OpenShare,
    value::{JsonRows, ValueFormat, is_cut},
    writer::KafkaWriter,
};

/// Writes one input, in its order within each topic-partition.
///
/// Rows are only durable after [`Self::finish`] or [`Self::flush`]. Dropping the writer gives up the
/// rows that were not sent yet; those that were sent may be written.
///
/// After an error the writer takes no more rows: every call returns that error, and
/// [`Self::finish`] tells what was acknowledged.
///
/// # Cancellation
/// A future of this writer that is dropped before it is done counts as an error: it may leave a
/// record batch half written.
#[must_use = "rows are only durable after `finish`"]
pub struct PartitionWriter {
    writer: KafkaWriter,
    number: usize,
    account: Arc<Account>,
    encoder: Encoder,
    share: OpenShare,
    finisher: Finisher,
    destinations: Destinations,
    ledger: Ledger,
    rows: u64,
    state: State,
}

/// Whether more rows can be taken.
#[derive(Debug)]
enum State {
    Ready,
    Failed(WriteError),
}

impl PartitionWriter {
    pub(crate) async fn open(
        writer: KafkaWriter,
        account: Arc<Account>,
        number: usize,
    ) -> Result<Self, WriteError> {
        let (settings, producer) = (writer.settings(), account.producer().clone());
        let mut open = Self {
            number,
            destinations: Destinations::open(writer.clone(), producer.clone()).await?,
            encoder: Encoder::new(producer.buffers().clone(), Limits::of(settings)),
            share: writer.join(),
            finisher: Finisher::new(settings.compression),
            ledger: Ledger::default(),
            rows: 0,
            state: State::Ready,
            writer,
            account,
        };
        open.encode_for_new_topics();
        Ok(open)
    }

    /// Encodes the rows of a batch and hands over the Kafka batches that become full. Waits while the
    /// producer's memory is full.
    ///
    /// Rows without a timestamp get the time of this call.
    ///
    /// # Errors
    /// A row that cannot be written: then no row of this record batch is, unless a record is too
    /// large, when the rows before it may be. Or a batch of this writer failed.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        self.enter()?;
        let result = self.write_batch(batch).await;
        self.leave(result)
    }

    /// Rows of the record batches that were written so far, whatever became of them.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Live counts of the rows that are delivered, for a display of progress.
    pub fn meter(&self) -> DeliveryMeter {
        self.account.deliveries().meter()
    }

    /// True if rows wait for their batch to become full.
    pub fn has_open_batches(&self) -> bool {
        self.encoder.has_rows() || !self.finisher.is_empty()
    }

    /// Hands over the rows that wait, in batches that are not full. Call it when the input has
    /// paused for `linger.ms`.
    ///
    /// # Errors
    /// A batch of this writer failed.
    pub async fn send_open(&mut self) -> Result<(), WriteError> {
        self.enter()?;
        let result = self.hand_over_open().await;
        self.leave(result)
    }

    /// Waits until all rows so far are acknowledged, and reports those since the last flush.
    ///
    /// # Errors
    /// A batch of this writer failed. [`Self::finish`] then has the report.
    pub async fn flush(&mut self) -> Result<PartitionReport, WriteError> {
        self.enter()?;
        let result = self.deliver().await;
        self.leave(result)?;
        Ok(self.report())
    }

    /// Waits until all rows are acknowledged, and reports those since the last flush.
    ///
    /// # Errors
    /// The first thing that went wrong in this writer's life. Batches that were sent are then still
    /// waited for, at most `delivery.timeout.ms`, so that the report is as certain as it can be.
    pub async fn finish(mut self) -> Result<PartitionReport, FailedWrite> {
        let result = match self.enter() {
            Ok(()) => self.deliver().await,
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => Ok(self.report()),
            Err(error) => Err(self.fail(error).await),
        }
    }

    /// Ends without sending what was not sent yet. Waits up to `grace` for what was; the rest is
    /// reported as possibly written.
    pub async fn abandon(mut self, grace: Duration) -> PartitionReport {
        self.account.deliveries().cancel();
        // A failure is in the report, and so is what is not settled in time.
        let _settled = tokio::time::timeout(grace, self.settle()).await;
        self.discard_open();
        self.report()
    }

    async fn write_batch(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        if let Some(failure) = self.account.deliveries().failure() {
            return Err(failure.into());
        }
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let first = self.rows + 1;
        let columns = self.writer.layout().columns(batch)?;
        let format = self.writer.layout().value_format(&columns)?;
        check::check(&columns, &format, first)?;
        self.look_for_omissions(&columns, &format);
        let topics = self
            .destinations
            .route(&columns, batch.num_rows(), first)
            .await?;
        self.encode_for_new_topics();
        let context = Context {
            topics: &topics,
            first,
            now: now_millis(),
            format: &format,
        };
        let mut json = JsonRows::default();
        for rows in chunks(batch.num_rows(), &format) {
            let columns = columns.slice(rows.start, rows.len());
            let rows = Rows::bind(&columns, rows, context, &mut json);
            self.encode(&rows).await?;
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn look_for_omissions(&mut self, columns: &RecordColumns, format: &ValueFormat) {
        let found = self.ledger.omitted();
        if let Some(values) = &columns.value {
            format.omissions(values.as_ref(), found);
        }
        if let Some(times) = columns.timestamp.as_ref().filter(|_| !found.cut_times) {
            found.cut_times = is_cut(times.as_ref(), None);
        }
    }

    async fn encode(&mut self, rows: &Rows<'_>) -> Result<(), WriteError> {
        self.encoder.limit_open(self.share.bytes());
        let mut cursor = self.encoder.start(rows);
        loop {
            let started = Instant::now();
            let closed = self.encoder.encode(rows, &mut cursor);
            self.ledger.encoded(started.elapsed());
            match closed? {
                Some(batch) => self.hand_over(batch).await?,
                None => return Ok(()),
            }
        }
    }

    /// Tells the encoder of topics that were opened.
    fn encode_for_new_topics(&mut self) {
        let (settings, start) = (self.writer.settings(), self.writer.start());
        let known = self.encoder.topic_count();
        for (index, topic) in (known..).zip(self.destinations.since(known)) {
            self.encoder.add_topic(TopicShape {
                partitions: topic.partition_count(),
                target: target(settings).min(topic.batch_limit()),
                start: start.wrapping_add((self.number + index) as u32),
            });
        }
    }

    async fn hand_over_open(&mut self) -> Result<(), WriteError> {
        while let Some(batch) = self.encoder.next_open() {
            self.hand_over(batch).await?;
        }
        while let Some(batch) = self.finisher.pop().await? {
            self.send(batch).await?;
        }
        Ok(())
    }

    async fn hand_over(&mut self, closed: ClosedBatch) -> Result<(), WriteError> {
        self.offer(&closed);
        match self.finisher.push(closed).await? {
            Some(batch) => self.send(batch).await,
            None => Ok(()),
        }
    }

    async fn send(&mut self, ready: ReadyBatch) -> Result<(), WriteError> {
        let ReadyBatch {
            topic: index,
            partition,
            batch,
            time,
        } = ready;
        self.ledger.encoded(time);
        let topic = self.destinations.topic(index);
        let rows = row_count(topic, partition, batch.record_count());
        let started = Instant::now();
        let sent = self
            .account
            .producer()
            .send(topic, partition, batch, self.account.deliveries())
            .await;
        let limit = topic.batch_limit();
        self.ledger.waited(started.elapsed());
        sent.map_err(delivery_or_send)?;
        self.ledger.taken(rows);
        self.encoder.lower_target(index, limit);
        Ok(())
    }

    /// Until the producer has taken them, the rows of a batch count as not written.
    fn offer(&mut self, closed: &ClosedBatch) {
        let topic = self.destinations.topic(closed.topic);
        let rows = row_count(topic, closed.partition, closed.batch.record_count());
        self.ledger.offer(rows);
    }

    async fn deliver(&mut self) -> Result<(), WriteError> {
        self.hand_over_open().await?;
        self.settle().await
    }

    async fn settle(&mut self) -> Result<(), WriteError> {
        let started = Instant::now();
        let settled = self.account.deliveries().settled().await;
        self.ledger.waited(started.elapsed());
        Ok(settled?)
    }

    async fn fail(mut self, error: WriteError) -> FailedWrite {
        self.account.deliveries().cancel();
        // The first error counts; a later one is only a consequence.
        let _settled = self.settle().await;
        self.discard_open();
        FailedWrite {
            error,
            report: Box::new(self.report()),
        }
    }

    /// Rows that were encoded but are not sent are reported as not written.
    fn discard_open(&mut self) {
        while let Some(closed) = self.encoder.next_open() {
            self.offer(&closed);
        }
    }

    fn report(&mut self) -> PartitionReport {
        self.ledger
            .close(self.number, self.account.deliveries().take())
    }

    /// Until [`Self::leave`] says otherwise, what begins now was interrupted.
    fn enter(&mut self) -> Result<(), WriteError> {
        match std::mem::replace(&mut self.state, State::Failed(WriteError::Interrupted)) {
            State::Ready => Ok(()),
            State::Failed(error) => {
                self.state = State::Failed(error.clone());
                Err(error)
            }
        }
    }

    fn leave(&mut self, result: Result<(), WriteError>) -> Result<(), WriteError> {
        self.state = match &result {
            Ok(()) => State::Ready,
            Err(error) => State::Failed(error.clone()),
        };
        result
    }
}

impl fmt::Debug for PartitionWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionWriter")
            .field("number", &self.number)
            .field("rows", &self.rows)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

fn row_count(topic: &Topic, partition: u32, rows: u32) -> RowCount {
    // Partitions come from an `i32` column or from a count that a broker sent as an `i32`.
    let partition = i32::try_from(partition).unwrap_or(i32::MAX);
    (Arc::clone(topic.name()), partition, rows.into())
}

fn delivery_or_send(error: SendError) -> WriteError {
    match error {
        SendError::Delivery(error) => WriteError::Delivery(error),
        error => WriteError::Send(error),
    }
}
