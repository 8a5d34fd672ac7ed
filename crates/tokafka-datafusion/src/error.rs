//! Why a write did not succeed.

use std::{error::Error, fmt, sync::Arc};

use datafusion::{arrow::datatypes::DataType, error::DataFusionError};
use tokafka_arrow::{PartitionReceipt, RangeError, WriteError, WriteReport};

use crate::SaveMode;

/// A write that did not succeed, and what was acknowledged all the same. An INSERT or COPY fails with
/// it too, as an external error of DataFusion.
#[derive(Debug)]
pub struct KafkaWriteError {
    /// The first thing that went wrong.
    pub source: WriteFailure,
    /// What every partition of the query had acknowledged when the write ended. `None` if the
    /// query never ran, so that nothing was opened.
    pub report: Option<Box<WriteReport>>,
}

impl fmt::Display for KafkaWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(report) = &self.report else {
            return self.source.fmt(f);
        };
        let source = self.source.to_string();
        write!(f, "{}. {}", source.trim_end_matches('.'), Outcome(report))
    }
}

/// What became of the rows of a write that failed, in words.
struct Outcome<'a>(&'a WriteReport);

/// Topic-partitions that are listed one by one.
const LISTED: usize = 8;

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let known = match report.acknowledged {
            true => "acknowledged",
            false => "sent without acknowledgement",
        };
        match report.rows {
            0 => write!(f, "No row was {known}")?,
            rows => {
                write!(f, "{} {known}", were(rows))?;
                self.places(f, |part| part.rows)?;
            }
        }
        if report.may_be_written_rows > 0 {
            write!(f, ", {} may have been written", report.may_be_written_rows)?;
            self.places(f, |part| part.may_be_written_rows)?;
        }
        Ok(())
    }
}

impl Outcome<'_> {
    fn places(
        &self,
        f: &mut fmt::Formatter<'_>,
        rows: fn(&PartitionReceipt) -> u64,
    ) -> fmt::Result {
        let parts = self.0.partitions.iter().filter(|part| rows(part) > 0);
        let all = parts.clone().count();
        let listed = parts.take(LISTED).map(|part| {
            let (topic, partition) = (&part.topic, part.partition);
            format!("{topic}-{partition}: {}", rows(part))
        });
        let listed: Vec<_> = listed.collect();
        write!(f, " ({}", listed.join(", "))?;
        match all.checked_sub(LISTED) {
            None | Some(0) => f.write_str(")"),
            Some(more) => write!(f, ", and {more} more topic-partitions)"),
        }
    }
}

fn were(rows: u64) -> String {
    match rows {
        1 => "1 row was".to_owned(),
        rows => format!("{rows} rows were"),
    }
}

impl Error for KafkaWriteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

impl From<WriteFailure> for KafkaWriteError {
    fn from(source: WriteFailure) -> Self {
        Self {
            source,
            report: None,
        }
    }
}

impl From<PlanError> for KafkaWriteError {
    fn from(error: PlanError) -> Self {
        WriteFailure::Plan(error).into()
    }
}

/// Whose fault it was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteFailure {
    /// The write cannot be done as asked. Nothing was opened.
    #[error(transparent)]
    Plan(PlanError),
    /// The query could not be planned, or failed while it ran.
    #[error(transparent)]
    Query(Arc<DataFusionError>),
    /// A row cannot be written, or Kafka did not take it.
    #[error(transparent)]
    Write(WriteError),
    /// The write was cancelled.
    #[error("the write was cancelled")]
    Cancelled,
}

impl WriteFailure {
    /// Tells apart what comes back from planning a query with our nodes in it.
    pub(crate) fn of_planning(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(inner) => match inner.downcast::<PlanError>() {
                Ok(ours) => Self::Plan(*ours),
                Err(other) => Self::Query(Arc::new(DataFusionError::External(other))),
            },
            other => Self::Query(Arc::new(other)),
        }
    }
}

impl From<WriteFailure> for DataFusionError {
    fn from(failure: WriteFailure) -> Self {
        match failure {
            WriteFailure::Plan(error) => Self::External(Box::new(error)),
            WriteFailure::Query(error) => Self::Shared(error),
            WriteFailure::Write(error) => Self::External(Box::new(error)),
            cancelled @ WriteFailure::Cancelled => Self::External(Box::new(cancelled)),
        }
    }
}

/// A write that is refused before the query runs.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Another format than Kafka.
    #[error(
        "format {0:?} is not supported: this writer writes to Kafka, format \"kafka\". \
         For files use DataFusion's write_parquet, write_csv or write_json"
    )]
    Format(String),
    /// A save mode that Kafka cannot have.
    #[error(
        "Save mode {0} not allowed for Kafka. \
         Allowed save modes are Append and ErrorIfExists (default)."
    )]
    SaveMode(SaveMode),
    /// A write by nobody.
    #[error("the number of writers must be at least 1")]
    NoWriters,
    /// Several writers for one order.
    #[error(
        "{0} writers cannot keep the order of ORDER BY: an ordered query has one writer. \
         Leave the number of writers out, or leave out ORDER BY"
    )]
    OrderedWriters(usize),
    /// A column of a table that records do not have.
    #[error(
        "column {0} is none of a Kafka table: columns are key, value, topic, partition, offset, \
         timestamp, timestampType and headers"
    )]
    TableColumn(String),
    /// A column of a table, of a type that it cannot be read as.
    #[error(
        "column {column} of a Kafka table is {declared}, and cannot be: it is read as {actual}"
    )]
    TableColumnType {
        /// The column.
        column: String,
        /// Its type in the table.
        declared: DataType,
        /// Its type in Kafka.
        actual: DataType,
    },
    /// A value for a column that is only read.
    #[error(
        "column {column} of this table is only read: {reason}. Leave it out: INSERT INTO t (key, value) …"
    )]
    ReadOnly {
        /// The column.
        column: String,
        /// Why, and how it can be written if it can.
        reason: &'static str,
    },
    /// A topic that cannot be read as asked.
    #[error(transparent)]
    Read(RangeError),
    /// Options or columns that cannot be written.
    #[error(transparent)]
    Write(WriteError),
}
