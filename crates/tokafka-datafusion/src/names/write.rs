//! `KafkaWrite`: a write that is checked once for a schema, and then done, in batch or epoch by epoch.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use datafusion::{
    arrow::datatypes::{Schema, SchemaRef},
    catalog::streaming::StreamingTable,
    common::{DFSchema, exec_datafusion_err},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_plan::{stream::RecordBatchStreamAdapter, streaming::PartitionStream},
    prelude::{DataFrame, SessionContext},
};
use tokafka_arrow::{WriteOptions, WriteReport};

use super::{KafkaStreamingWrite, to_topic};
use crate::{DataFrameWriter, KafkaWriteError, PlanError, WriteFailure};

/// How rows of a schema are written. `Debug` shows no secrets.
#[derive(Debug, Clone)]
pub struct KafkaWrite {
    /// The topic for all rows; without one `producer_params` or the column `topic` say where they go.
    pub topic: Option<String>,
    /// Producer settings, and options of a write.
    pub producer_params: WriteOptions,
    /// The columns of the rows.
    pub schema: SchemaRef,
}

impl KafkaWrite {
    /// What this is: `KafkaWrite`.
    pub fn description(&self) -> &'static str {
        "KafkaWrite"
    }

    /// A batch write of such rows. Opens nothing.
    ///
    /// # Errors
    /// Columns or parameters that cannot be written, as of
    /// [`KafkaWriter::validate_query`](crate::KafkaWriter::validate_query).
    pub fn to_batch(&self) -> Result<KafkaBatchWrite, PlanError> {
        self.check().map(|checked| KafkaBatchWrite { checked })
    }

    /// A sink that such rows are written to epoch by epoch. Opens nothing.
    ///
    /// # Errors
    /// As of [`to_batch`](Self::to_batch).
    pub fn to_streaming(&self) -> Result<KafkaStreamingWrite, PlanError> {
        self.check().map(KafkaStreamingWrite::new)
    }

    fn check(&self) -> Result<CheckedWrite, PlanError> {
        let options = to_topic(self.producer_params.clone(), self.topic.as_deref());
        tokafka_arrow::KafkaWriter::new(&self.schema, options.clone()).map_err(PlanError::Write)?;
        Ok(CheckedWrite {
            schema: Arc::clone(&self.schema),
            options,
        })
    }
}

/// Writes rows of one schema in batch. It can be used any number of times.
#[derive(Debug, Clone)]
pub struct KafkaBatchWrite {
    checked: CheckedWrite,
}

impl KafkaBatchWrite {
    /// Writes the rows of `data`, as [`DataFrameWriter::save`] does.
    ///
    /// # Errors
    /// [`PlanError::OtherSchema`] if `data` has other columns, and those of [`DataFrameWriter::save`].
    pub async fn write(&self, data: DataFrame) -> Result<WriteReport, KafkaWriteError> {
        self.checked.writer(data)?.save().await
    }

    /// Writes the rows of a stream, in their order, by one writer.
    ///
    /// # Errors
    /// As of [`write`](Self::write).
    pub async fn write_stream(
        &self,
        data: SendableRecordBatchStream,
    ) -> Result<WriteReport, KafkaWriteError> {
        let data = frame_of(data).map_err(WriteFailure::of_planning)?;
        self.checked.writer(data)?.writers(1).save().await
    }
}

/// Options and columns that fit each other.
#[derive(Debug, Clone)]
pub(super) struct CheckedWrite {
    schema: SchemaRef,
    options: WriteOptions,
}

impl CheckedWrite {
    pub(super) fn writer(&self, data: DataFrame) -> Result<DataFrameWriter, PlanError> {
        let given = data.schema().as_arrow();
        if !are_alike(&self.schema, given) {
            return Err(PlanError::OtherSchema {
                expected: columns(&self.schema),
                given: columns(given),
            });
        }
        Ok(DataFrameWriter::new(data, self.options.clone()))
    }
}

/// True for the same names and types. A type may have another physical form, as DataFusion reads
/// strings in several.
fn are_alike(one: &Schema, other: &Schema) -> bool {
    let (one, other) = (one.fields(), other.fields());
    let mut pairs = one.iter().zip(other);
    one.len() == other.len()
        && pairs.all(|(one, other)| {
            one.name() == other.name()
                && DFSchema::datatype_is_logically_equal(one.data_type(), other.data_type())
        })
}

fn columns(schema: &Schema) -> String {
    let column = |name: &str, data_type| format!("{name} {data_type}");
    let fields = schema.fields().iter();
    let columns = fields.map(|field| column(field.name(), field.data_type()));
    columns.collect::<Vec<_>>().join(", ")
}

/// A data frame of one partition: the stream.
fn frame_of(stream: SendableRecordBatchStream) -> datafusion::error::Result<DataFrame> {
    let schema = stream.schema();
    let once = Once {
        schema: Arc::clone(&schema),
        stream: Mutex::new(Some(stream)),
    };
    let table = StreamingTable::try_new(schema, vec![Arc::new(once)])?;
    SessionContext::new().read_table(Arc::new(table))
}

/// A stream that can be read once.
struct Once {
    schema: SchemaRef,
    stream: Mutex<Option<SendableRecordBatchStream>>,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream.take().unwrap_or_else(|| {
            let twice = exec_datafusion_err!("a stream of rows can be written once");
            let failed = futures::stream::iter([Err(twice)]);
            Box::pin(RecordBatchStreamAdapter::new(
                Arc::clone(&self.schema),
                failed,
            ))
        })
    }
}
