//! What a caller types: `df.write()…save()` and `df.write_kafka(options)`.

use std::{sync::Arc, time::Duration};

use datafusion::{common::Column, logical_expr::Expr, prelude::DataFrame};
use tokafka_arrow::{KafkaWriter, WriteOptions, WriteReport};
use tokio_util::sync::CancellationToken;

use crate::{
    KafkaWriteError, PlanError, SaveMode, WriteFailure, WriteProgress,
    plan::{Collector, DEFAULT_GRACE, WriteRequest, WriterCount},
    plan_only::{self, WritePlan},
    planned::PlannedWrite,
};

/// Writes a data frame to Kafka.
pub trait KafkaDataFrame: Sized {
    /// A writer in the manner of Spark's `df.write`.
    fn write(self) -> DataFrameWriter;

    /// Writes the rows as records, appending to what is there. See [`DataFrameWriter::save`].
    fn write_kafka(
        self,
        options: WriteOptions,
    ) -> impl Future<Output = Result<WriteReport, KafkaWriteError>> + Send;
}

impl KafkaDataFrame for DataFrame {
    fn write(self) -> DataFrameWriter {
        DataFrameWriter::new(self, WriteOptions::new())
    }

    async fn write_kafka(self, options: WriteOptions) -> Result<WriteReport, KafkaWriteError> {
        DataFrameWriter::new(self, options).save().await
    }
}

/// Says how a data frame is written, then writes it.
///
/// The columns `topic`, `key`, `value`, `partition` and `headers` are written, found by name;
/// others are ignored. Every partition of the query has a writer of its own and is written in its
/// order. `ORDER BY` at the top of the query means one writer, in that order;
/// `df.repartition(n)`, [`coalesce`](Self::coalesce) and [`writers`](Self::writers) fix their number.
#[derive(Debug, Clone)]
#[must_use = "nothing is written before `save`"]
pub struct DataFrameWriter {
    frame: DataFrame,
    format: String,
    options: WriteOptions,
    mode: SaveMode,
    writers: WriterCount,
    progress: Arc<WriteProgress>,
    cancel: CancellationToken,
    grace: Duration,
}

impl DataFrameWriter {
    pub(crate) fn new(frame: DataFrame, options: WriteOptions) -> Self {
        Self {
            frame,
            format: KAFKA.to_owned(),
            options,
            mode: SaveMode::default(),
            writers: WriterCount::default(),
            progress: Arc::default(),
            cancel: CancellationToken::new(),
            grace: DEFAULT_GRACE,
        }
    }

    /// The format: `kafka`, which is also what it is if this is left out.
    pub fn format(self, format: impl Into<String>) -> Self {
        Self {
            format: format.into(),
            ..self
        }
    }

    /// An option under Spark's name: `topic`, `includeTimestamp`, or a producer setting with the
    /// prefix `kafka.`.
    pub fn option(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            options: self.options.option(name, value),
            ..self
        }
    }

    /// Several options, as by [`option`](Self::option).
    pub fn options<K: Into<String>, V: Into<String>>(
        self,
        options: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        Self {
            options: self.options.options(options),
            ..self
        }
    }

    /// What to do with what is in the topic; the default is to append.
    pub fn mode(self, mode: SaveMode) -> Self {
        Self { mode, ..self }
    }

    /// Exactly this many writers. One writes the query as one stream: the rows of an ordered
    /// query, or of files, in their order. Takes the place of [`coalesce`](Self::coalesce) and of
    /// a `repartition` of the query.
    pub fn writers(self, count: usize) -> Self {
        Self {
            writers: WriterCount::Exactly(count),
            ..self
        }
    }

    /// At most this many writers, as Spark's `coalesce`: whole partitions of the query share a
    /// writer, and each keeps its order. Takes the place of [`writers`](Self::writers).
    pub fn coalesce(self, count: usize) -> Self {
        Self {
            writers: WriterCount::AtMost(count),
            ..self
        }
    }

    /// Shares live counters (rows, bytes acknowledged) with a progress display.
    pub fn progress(self, progress: Arc<WriteProgress>) -> Self {
        Self { progress, ..self }
    }

    /// Cancelling `token` stops the query and waits up to `grace` for what is in flight; `save`
    /// then fails with [`WriteFailure::Cancelled`] and the report of what was acknowledged.
    pub fn cancel_with(self, token: CancellationToken, grace: Duration) -> Self {
        Self {
            cancel: token,
            grace,
            ..self
        }
    }

    /// Runs the query and writes its rows.
    ///
    /// Returns when every row is acknowledged. What options and columns alone tell to be wrong
    /// fails before the query runs, and a query without rows opens no connection. If a partition
    /// fails, all stop. Dropping the future stops the query and abandons what is not acknowledged
    /// yet, of which the broker may hold some.
    ///
    /// # Errors
    /// [`KafkaWriteError::source`] says whether the plan, the query or the write is at fault, and
    /// [`KafkaWriteError::report`] what was acknowledged all the same.
    pub async fn save(self) -> Result<WriteReport, KafkaWriteError> {
        self.plan().await?.run().await
    }

    /// The plan that [`save`](Self::save) would run: topic, columns, writers, order. Opens nothing.
    ///
    /// # Errors
    /// Those of [`save`](Self::save) that do not need the query to run.
    pub async fn explain(self) -> Result<String, KafkaWriteError> {
        Ok(self.plan().await?.explain())
    }

    /// What [`save`](Self::save) would do, without doing it: nothing is written, and no topic is
    /// created. The query runs to its end. Its rows are checked and encoded, and the cluster is asked
    /// whether each topic is there or would be created, which partitions it has, whether we may write
    /// to it, and how large a record may be.
    ///
    /// That the write would fail is no error, but a [finding](WritePlan::findings).
    ///
    /// # Errors
    /// Those of [`explain`](Self::explain), a query that fails, a cluster that cannot be asked, and
    /// [`WriteFailure::Cancelled`].
    pub async fn plan_only(self) -> Result<WritePlan, KafkaWriteError> {
        let stop = self.cancel.clone();
        let planned = self.plan().await?;
        Ok(plan_only::run(&planned, &stop).await?)
    }

    pub(crate) async fn plan(self) -> Result<PlannedWrite, KafkaWriteError> {
        self.check()?;
        let bound = bind(self.frame, self.options)?;
        let collector = Collector::new(&bound.writer, &self.cancel, self.grace);
        let request = WriteRequest {
            writer: bound.writer,
            ignored: bound.ignored,
            writers: self.writers,
            collector: Arc::new(collector.with_progress(self.progress)),
        };
        Ok(PlannedWrite::new(bound.frame, request).await?)
    }

    fn check(&self) -> Result<(), PlanError> {
        if !self.format.eq_ignore_ascii_case(KAFKA) {
            return Err(PlanError::Format(self.format.clone()));
        }
        if !self.mode.is_allowed() {
            return Err(PlanError::SaveMode(self.mode));
        }
        match self.writers.wanted() {
            Some(0) => Err(PlanError::NoWriters),
            Some(_) | None => Ok(()),
        }
    }
}

const KAFKA: &str = "kafka";

/// A data frame of only the columns that are written.
struct Bound {
    frame: DataFrame,
    writer: KafkaWriter,
    ignored: Vec<String>,
}

/// Checks columns and options, and leaves out what is not written, so that it is not read either.
fn bind(frame: DataFrame, options: WriteOptions) -> Result<Bound, WriteFailure> {
    let writer = open_nothing(&frame, options.clone())?;
    let ignored = writer.layout().ignored_columns().to_vec();
    if ignored.is_empty() {
        return Ok(Bound {
            frame,
            writer,
            ignored,
        });
    }
    let used = writer.layout().used_columns();
    let is_written = |name: &String| used.contains(&name.as_str()) || !ignored.contains(name);
    let written = frame
        .schema()
        .iter()
        .filter(|(_, field)| is_written(field.name()));
    let columns: Vec<_> = written
        .map(|column| Expr::Column(Column::from(column)))
        .collect();
    let frame = frame.select(columns).map_err(WriteFailure::of_planning)?;
    let writer = open_nothing(&frame, options)?;
    Ok(Bound {
        frame,
        writer,
        ignored,
    })
}

fn open_nothing(frame: &DataFrame, options: WriteOptions) -> Result<KafkaWriter, WriteFailure> {
    let writer = KafkaWriter::new(frame.schema().as_arrow(), options);
    writer.map_err(|error| WriteFailure::Plan(PlanError::Write(error)))
}
