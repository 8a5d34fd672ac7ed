//! The sink of a stream, driven epoch by epoch.

use std::{sync::Arc, time::Duration};

use datafusion::prelude::DataFrame;
use tokafka_arrow::WriteReport;
use tokio_util::sync::CancellationToken;

use super::write::CheckedWrite;
use crate::{KafkaWriteError, WritePlan, WriteProgress};

/// A sink for a stream of one schema. Each epoch is begun, written and committed:
///
/// ```no_run
/// # use datafusion::prelude::*;
/// # use tokafka_datafusion::KafkaWrite;
/// # async fn example(write: KafkaWrite, rows: DataFrame) -> Result<(), Box<dyn std::error::Error>> {
/// let sink = write.to_streaming()?;
/// let report = sink.begin(0).write(rows).await?.commit().await?;
/// // Now, and not before, it may be noted that epoch 0 is done.
/// # drop(report);
/// # Ok(())
/// # }
/// ```
///
/// Streams of `tokafka-streaming` are written this way, and so is what [`KafkaSink`](crate::KafkaSink) is
/// given.
///
/// At least once: when `commit` returns, every row of the epoch is acknowledged. An epoch that was not
/// committed is begun anew with the same rows, and those that it had written already lie in the topic
/// twice. The sink does not remember epochs: who drives it does.
#[derive(Debug, Clone)]
pub struct KafkaStreamingWrite {
    checked: CheckedWrite,
}

impl KafkaStreamingWrite {
    pub(super) fn new(checked: CheckedWrite) -> Self {
        Self { checked }
    }

    /// Begins an epoch, for the first time or again. Opens nothing.
    pub fn begin(&self, epoch: u64) -> EpochWrite {
        EpochWrite {
            epoch,
            checked: self.checked.clone(),
            progress: Arc::default(),
            cancel: None,
        }
    }
}

/// An epoch whose rows are not written yet.
#[derive(Debug)]
#[must_use = "nothing is written before `write`"]
pub struct EpochWrite {
    epoch: u64,
    checked: CheckedWrite,
    progress: Arc<WriteProgress>,
    cancel: Option<(CancellationToken, Duration)>,
}

impl EpochWrite {
    /// Shares live counters, as [`DataFrameWriter::progress`](crate::DataFrameWriter::progress) does.
    pub fn progress(self, progress: Arc<WriteProgress>) -> Self {
        Self { progress, ..self }
    }

    /// Lets `token` stop the write, as
    /// [`DataFrameWriter::cancel_with`](crate::DataFrameWriter::cancel_with) does.
    pub fn cancel_with(self, token: CancellationToken, grace: Duration) -> Self {
        Self {
            cancel: Some((token, grace)),
            ..self
        }
    }

    /// Writes all rows of the epoch, with one writer per partition of `data`. An epoch without rows
    /// opens nothing.
    ///
    /// # Errors
    /// [`PlanError::OtherSchema`](crate::PlanError::OtherSchema) if `data` has other columns, and those
    /// of [`DataFrameWriter::save`](crate::DataFrameWriter::save). The epoch can be begun anew.
    pub async fn write(self, data: DataFrame) -> Result<WrittenEpoch, KafkaWriteError> {
        let writer = self.checked.writer(data)?.progress(self.progress);
        let writer = match self.cancel {
            Some((token, grace)) => writer.cancel_with(token, grace),
            None => writer,
        };
        let report = writer.save().await?;
        Ok(WrittenEpoch {
            epoch: self.epoch,
            report,
        })
    }

    /// What [`write`](Self::write) would do, without doing it, as
    /// [`DataFrameWriter::plan_only`](crate::DataFrameWriter::plan_only) says.
    ///
    /// # Errors
    /// [`PlanError::OtherSchema`](crate::PlanError::OtherSchema), and those of
    /// [`DataFrameWriter::plan_only`](crate::DataFrameWriter::plan_only).
    pub async fn plan_only(self, data: DataFrame) -> Result<WritePlan, KafkaWriteError> {
        let writer = self.checked.writer(data)?;
        let writer = match self.cancel {
            Some((token, grace)) => writer.cancel_with(token, grace),
            None => writer,
        };
        writer.plan_only().await
    }
}

/// An epoch whose rows are all acknowledged. Dropping it leaves them in the topic, not committed.
#[derive(Debug)]
#[must_use = "an epoch that is not committed is begun anew"]
pub struct WrittenEpoch {
    epoch: u64,
    report: WriteReport,
}

impl WrittenEpoch {
    /// The epoch's number.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What was written.
    pub fn report(&self) -> &WriteReport {
        &self.report
    }

    /// Ends the epoch. What it wrote is durable as `acks` says when this returns.
    ///
    /// # Errors
    /// The epoch is not committed and has to be begun anew.
    pub async fn commit(self) -> Result<WriteReport, KafkaWriteError> {
        tracing::debug!(
            epoch = self.epoch,
            rows = self.report.rows,
            "committed an epoch"
        );
        Ok(self.report)
    }
}
