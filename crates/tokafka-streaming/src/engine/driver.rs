//! The driver of a query: the whole of a stream on one page.
//!
//! A batch is durable in three steps. When `offsets/N` is written, it is this batch that runs, whatever happens,
//! with these offsets. When its rows are acknowledged, they are in Kafka. When `commits/N` is written, it does not
//! run again. A crash in between runs it again whole.

use tokafka_datafusion::{KafkaStreamingWrite, WriteReport};

use super::{
    batch::{Batch, Place},
    failure::Failure,
    journal::Journal,
    outages::Outages,
    pace::{Pace, now_ms},
    report::Reporter,
    skip::pass_over,
    step::Step,
};
use crate::{Trigger, batch::StreamPlan, checkpoint::Checkpoint, source::KafkaSource};

/// Entries of the checkpoint that are kept: Spark's `spark.sql.streaming.minBatchesToRetain`.
const RETAIN: u64 = 100;

/// Runs a query.
pub(super) struct Driver {
    pub(super) query: StreamPlan,
    pub(super) sink: KafkaStreamingWrite,
    pub(super) checkpoint: Checkpoint,
    pub(super) trigger: Trigger,
    /// Those that are open, in the order of the plan.
    pub(super) sources: Vec<KafkaSource>,
    /// Between which batches the query is; `None` until it is known.
    pub(super) place: Option<Place>,
    /// The batch that was planned and is not committed.
    pub(super) batch: Option<Batch>,
    pub(super) journal: Journal,
    pub(super) reporter: Reporter,
    pub(super) pace: Pace,
    pub(super) outages: Outages,
}

/// What a trigger had to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Batch,
    Nothing,
}

impl Driver {
    /// Runs one trigger after the other until the query ends. One that fails of what time can heal is tried
    /// again after a pause.
    pub(super) async fn run(&mut self) -> Result<(), Failure> {
        loop {
            match self.trigger().await {
                Ok(done) if self.is_last(done) => return Ok(()),
                Ok(done) => self.wait(done).await?,
                Err(failure) => self.wait_out(failure).await?,
            }
        }
    }

    /// One trigger. A batch that was planned and is not committed, in this run or in an earlier one, comes
    /// before any other.
    async fn trigger(&mut self) -> Result<Done, Failure> {
        self.pace.begin(now_ms());
        self.journal.begin();
        if self.place.is_none() {
            self.recover().await?;
        }
        if self.batch.is_none() {
            self.batch = self.plan().await?;
        }
        let Some(mut batch) = self.batch.take() else {
            self.found_nothing();
            return Ok(Done::Nothing);
        };
        let outcome = self.run_batch(&mut batch).await;
        if let Err(failure) = outcome {
            self.batch = Some(batch);
            return Err(failure);
        }
        self.finish(&batch).await;
        Ok(Done::Batch)
    }

    /// Fixes where the next batch ends, without writing it down. None if there is nothing new.
    async fn plan(&mut self) -> Result<Option<Batch>, Failure> {
        let look = self.look_begins();
        let next = self.next_offsets().await?;
        self.reporter.looked(&next);
        let batch = self.place.as_mut();
        let batch = batch.and_then(|place| place.batch(next, now_ms()));
        self.look_ends(look, batch.is_some());
        Ok(batch)
    }

    /// Runs a batch, or what is left of it after an attempt that failed.
    async fn run_batch(&mut self, batch: &mut Batch) -> Result<(), Failure> {
        if !batch.is_noted {
            self.journal.at(Step::PutOffsets);
            self.checkpoint
                .put_offsets(batch.number, &batch.entry)
                .await?;
            batch.is_noted = true;
        }
        if batch.written.is_none() {
            batch.written = Some(self.write(batch).await?);
        }
        self.journal.at(Step::PutCommit);
        self.checkpoint.put_commit(batch.number).await?;
        Ok(())
    }

    /// Reads, computes and writes a batch. Every row of it is acknowledged when this returns.
    async fn write(&mut self, batch: &Batch) -> Result<WriteReport, Failure> {
        self.journal.at(Step::GetRanges);
        let mut ranges = self.ranges(batch).await?;
        pass_over(&mut ranges, self.checkpoint.skips());
        self.reporter.count(&ranges);
        self.journal.at(Step::BuildPlan);
        let rows = self.query.over(ranges.clone(), batch.entry.timestamp_ms)?;
        self.journal.at(Step::WriteRows);
        match self.write_rows(batch.number, rows).await {
            Ok(report) => Ok(report),
            Err(failure) => Err(self.blame(failure, batch, &ranges).await),
        }
    }

    /// What follows a batch that is committed. Nothing of it can fail the batch.
    async fn finish(&mut self, batch: &Batch) {
        self.journal.at(Step::TellSources);
        for (source, end) in self.sources.iter_mut().zip(&batch.end) {
            source.finished(end).await;
        }
        self.journal.at(Step::Purge);
        if let Err(error) = self.checkpoint.purge(batch.number, RETAIN).await {
            tracing::warn!(%error, batch = batch.number, "cannot remove old entries of the checkpoint");
        }
        if let Some(place) = &mut self.place {
            place.after(batch);
        }
        self.journal.at(Step::Report);
        self.report(batch);
        self.outages.over();
    }
}
