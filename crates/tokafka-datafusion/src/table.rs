//! Kafka topics as tables of SQL.
//!
//! ```
//! use datafusion::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> datafusion::error::Result<()> {
//! let ctx = SessionContext::new();
//! tokafka_datafusion::register(&ctx);
//! ctx.sql("CREATE EXTERNAL TABLE orders STORED AS KAFKA LOCATION 'kafka://localhost:9092/orders'").await?;
//! let insert = ctx.sql("INSERT INTO orders (key, value) VALUES ('7', 'paid')").await?;
//! // `insert.collect()` writes, and yields one row: how many records were acknowledged.
//! # drop(insert);
//! # Ok(())
//! # }
//! ```

mod copy;
mod create;
mod location;
mod options;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::{Schema, SchemaRef},
    catalog::{Session, TableProvider},
    common::{not_impl_err, plan_err},
    error::Result,
    logical_expr::{Expr, TableType, dml::InsertOp},
    physical_plan::ExecutionPlan,
};
use tokafka_arrow::{KafkaWriter, WriteOptions};
use tokio_util::sync::CancellationToken;

pub use self::{copy::KafkaFormatFactory, create::KafkaTableFactory};
pub(crate) use self::{copy::check_plan, options::refuse_repeated};
use crate::{
    PlanError, SaveMode, WriteFailure,
    plan::{Collector, DEFAULT_GRACE, WriteRequest, WriterCount, write_plan},
};

/// A topic, or a cluster whose topics a column names, that rows can be inserted into.
///
/// The columns are found by name, as those of a data frame. An insert yields one row, `count`: how
/// many records the brokers have acknowledged when it ends. The producer is given back before that
/// row is yielded, or before the error. If an insert fails, or is dropped, some of its rows may be in
/// the topic. `Debug` shows no secrets.
#[derive(Debug)]
pub struct KafkaTable {
    schema: SchemaRef,
    options: WriteOptions,
}

impl KafkaTable {
    /// A table of these columns. Opens nothing.
    ///
    /// # Errors
    /// Options or columns that cannot be written, and columns that are not Kafka's.
    pub fn try_new(
        schema: SchemaRef,
        options: WriteOptions,
    ) -> std::result::Result<Self, PlanError> {
        let writer = bind(&schema, &options)?;
        match writer.layout().ignored_columns().first() {
            Some(column) => Err(PlanError::TableColumn(column.clone())),
            None => Ok(Self { schema, options }),
        }
    }

    /// The columns by name, in order.
    pub(crate) fn column_names(&self) -> Vec<&str> {
        let fields = self.schema.fields().iter();
        fields.map(|field| field.name().as_str()).collect()
    }

    /// Refuses columns of the table that are not enough to make a record.
    pub(crate) fn check_columns(&self, names: &[&str]) -> std::result::Result<(), PlanError> {
        let fields = self.schema.fields().iter();
        let fields = fields.filter(|field| names.contains(&field.name().as_str()));
        let schema = Schema::new(fields.cloned().collect::<Vec<_>>());
        bind(&schema, &self.options).map(drop)
    }
}

/// What a statement writes of its query.
fn write_request(
    query: &Schema,
    options: &WriteOptions,
) -> std::result::Result<WriteRequest, PlanError> {
    let writer = bind(query, options)?;
    let collector = Collector::new(&writer, &CancellationToken::new(), DEFAULT_GRACE);
    Ok(WriteRequest {
        ignored: writer.layout().ignored_columns().to_vec(),
        writer,
        writers: WriterCount::default(),
        collector: Arc::new(collector),
    })
}

fn bind(schema: &Schema, options: &WriteOptions) -> std::result::Result<KafkaWriter, PlanError> {
    KafkaWriter::new(schema, options.clone()).map_err(PlanError::Write)
}

#[async_trait]
impl TableProvider for KafkaTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        not_impl_err!("a Kafka table cannot be read by SELECT: use `tokafka read TOPIC`")
    }

    async fn insert_into(
        &self,
        _: &dyn Session,
        input: Arc<dyn ExecutionPlan>,
        mode: InsertOp,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match mode {
            InsertOp::Append => {
                let request = write_request(&input.schema(), &self.options);
                write_plan(input, request.map_err(WriteFailure::Plan)?)
            }
            InsertOp::Overwrite => {
                Err(WriteFailure::Plan(PlanError::SaveMode(SaveMode::Overwrite)).into())
            }
            InsertOp::Replace => plan_err!(
                "REPLACE INTO is not allowed for Kafka: records can only be added to a topic. \
                 Use INSERT INTO"
            ),
        }
    }
}
