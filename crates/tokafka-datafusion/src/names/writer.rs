//! `KafkaWriter`: one call that writes, and what it would write as expressions.

use datafusion::{common::DFSchema, logical_expr::Expr, prelude::DataFrame};
use tokafka_arrow::{Attribute, WriteOptions, WriteReport};

use super::{expressions, to_topic};
use crate::{KafkaDataFrame, KafkaWriteError, PlanError};

/// Writes data frames to Kafka, and says what becomes of their columns.
///
/// The expressions can be put into any plan. Each is named as its column, so that what they select can
/// be written again:
///
/// ```
/// use datafusion::prelude::*;
/// use tokafka_datafusion::KafkaWriter;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let orders = SessionContext::new().sql("SELECT 'paid' AS value, 7 AS id").await?;
/// let topic = KafkaWriter::topic_expression(orders.schema(), Some("orders"))?;
/// let value = KafkaWriter::value_expression(orders.schema())?;
/// let records = orders.select([topic, value])?;
/// assert_eq!(records.schema().field_names(), ["topic", "value"]);
/// # Ok(())
/// # }
/// ```
///
/// Columns are found by their exact names, and of two with one name the first counts, as in Spark.
/// Record batches are written without DataFusion by `tokafka_arrow::KafkaWriter`.
#[derive(Debug)]
pub enum KafkaWriter {}

impl KafkaWriter {
    /// The column that says where a row goes.
    pub const TOPIC_ATTRIBUTE_NAME: &'static str = Attribute::Topic.name();
    /// The column of keys.
    pub const KEY_ATTRIBUTE_NAME: &'static str = Attribute::Key.name();
    /// The column of values.
    pub const VALUE_ATTRIBUTE_NAME: &'static str = Attribute::Value.name();
    /// The column of headers.
    pub const HEADERS_ATTRIBUTE_NAME: &'static str = Attribute::Headers.name();
    /// The column of partitions.
    pub const PARTITION_ATTRIBUTE_NAME: &'static str = Attribute::Partition.name();

    /// Writes the rows of `data`, as [`DataFrameWriter::save`](crate::DataFrameWriter::save) does, to
    /// `topic`, else to the one that `params` or the column `topic` names. `params` are producer
    /// settings by Kafka's names, with or without `kafka.`, and options of a write.
    ///
    /// # Errors
    /// As of [`DataFrameWriter::save`](crate::DataFrameWriter::save).
    pub async fn write(
        data: DataFrame,
        params: impl Into<WriteOptions>,
        topic: Option<&str>,
    ) -> Result<WriteReport, KafkaWriteError> {
        data.write_kafka(to_topic(params.into(), topic)).await
    }

    /// Checks columns and parameters, as [`write`](Self::write) does before it opens anything.
    ///
    /// # Errors
    /// What cannot be written, and what to do, in Spark's words where it has any. The first of: topic,
    /// key, value, headers, partition, parameters.
    pub fn validate_query(
        schema: &DFSchema,
        params: impl Into<WriteOptions>,
        topic: Option<&str>,
    ) -> Result<(), PlanError> {
        let options = to_topic(params.into(), topic);
        let checked = tokafka_arrow::KafkaWriter::new(schema.as_arrow(), options);
        checked.map(drop).map_err(PlanError::Write)
    }

    /// Where rows go: the text `topic`, else the column.
    ///
    /// # Errors
    /// Neither is there, the column is no string, or Kafka does not allow the name.
    pub fn topic_expression(schema: &DFSchema, topic: Option<&str>) -> Result<Expr, PlanError> {
        expressions::topic(schema, topic)
    }

    /// The keys as bytes, those of strings in UTF-8; null if there is no such column.
    ///
    /// # Errors
    /// A column that is neither string nor binary.
    pub fn key_expression(schema: &DFSchema) -> Result<Expr, PlanError> {
        expressions::of(schema, Attribute::Key)
    }

    /// The values as bytes, those of strings in UTF-8.
    ///
    /// # Errors
    /// No such column, or one that is neither string nor binary.
    pub fn value_expression(schema: &DFSchema) -> Result<Expr, PlanError> {
        expressions::of(schema, Attribute::Value)
    }

    /// The headers, lists of names and values; null if there is no such column.
    ///
    /// # Errors
    /// A column that is no list of structs of a string and a binary.
    pub fn headers_expression(schema: &DFSchema) -> Result<Expr, PlanError> {
        expressions::of(schema, Attribute::Headers)
    }

    /// The partitions; null, for the partitioner to decide, if there is no such column.
    ///
    /// # Errors
    /// A column that is no int.
    pub fn partition_expression(schema: &DFSchema) -> Result<Expr, PlanError> {
        expressions::of(schema, Attribute::Partition)
    }
}
