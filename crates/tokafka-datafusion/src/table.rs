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
//! let written = ctx.sql("SELECT key, value FROM orders WHERE partition = 0 AND offset >= 100").await?;
//! // `written.collect()` asks the cluster where the topic ends, and reads up to there.
//! # drop(written);
//! # Ok(())
//! # }
//! ```

mod copy;
mod create;
mod location;
mod options;
mod session;
mod unset;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::{Schema, SchemaRef},
    catalog::{Session, TableProvider},
    common::plan_err,
    error::Result,
    logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableType, dml::InsertOp},
    physical_plan::ExecutionPlan,
};
use tokafka_arrow::{KafkaWriter, ReadOptions, WriteOptions};
use tokio_util::sync::CancellationToken;

use self::unset::{without_read_only, written_columns};
pub use self::{copy::KafkaFormatFactory, create::KafkaTableFactory, session::SqlOptions};
pub(crate) use self::{copy::check_plan, options::refuse_repeated};
use crate::{
    PlanError, SaveMode, WriteFailure,
    plan::{Collector, DEFAULT_GRACE, WriteRequest, WriterCount, write_plan},
    scan::{KafkaSpans, ScanRequest, SourceColumns, all_columns, scan},
};

/// The word behind STORED AS, as DataFusion looks its factories up.
pub(crate) const STORED_AS: &str = "KAFKA";

/// A topic that rows can be read from and inserted into, or a cluster whose topics a column names, which
/// can only be inserted into.
///
/// The columns are found by name, as those of a data frame. An insert yields one row, `count`: how
/// many records the brokers have acknowledged when it ends. The producer is given back before that
/// row is yielded, or before the error. If an insert fails, or is dropped, some of its rows may be in
/// the topic. A query reads what the topic holds when it is planned. `Debug` shows no secrets.
#[derive(Debug)]
pub struct KafkaTable {
    schema: SchemaRef,
    options: WriteOptions,
    read: ReadOptions,
}

impl KafkaTable {
    /// A table of these columns, with the options of reading and of writing. Opens nothing.
    ///
    /// # Errors
    /// Options or columns that cannot be, and columns that are not Kafka's.
    pub fn try_new(
        schema: SchemaRef,
        options: WriteOptions,
    ) -> std::result::Result<Self, PlanError> {
        Self::with_columns(Some(schema), options)
    }

    /// Without a schema, the table has every column of a record.
    fn with_columns(
        schema: Option<SchemaRef>,
        mut options: WriteOptions,
    ) -> std::result::Result<Self, PlanError> {
        let read = ReadOptions::take_from(&mut options).map_err(PlanError::Read)?;
        let schema = schema.unwrap_or_else(|| all_columns(read.headers()));
        bind(&schema, &options)?;
        SourceColumns::of(&schema)?;
        Ok(Self {
            schema,
            options,
            read,
        })
    }

    /// The options of writing: those of reading are not among them. Values may be secrets.
    pub fn write_options(&self) -> &WriteOptions {
        &self.options
    }

    /// The rows of an INSERT into this table as a query whose columns are those that are written, for a
    /// sink of a stream. Opens nothing.
    ///
    /// # Errors
    /// [`PlanError`]: columns that make no record, and a value for one that is only read.
    pub fn rows_to_write(&self, insert: LogicalPlan) -> Result<LogicalPlan> {
        let writer = bind(insert.schema().as_arrow(), &self.options).map_err(WriteFailure::Plan)?;
        written_columns(insert, writer.layout().ignored_columns())
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

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(KafkaSpans::claims(filters))
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let request = ScanRequest {
            table: self.schema(),
            projection,
            filters,
            limit,
        };
        scan(session, &self.read, request).await
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
                let request = request.and_then(|request| without_read_only(&input, request));
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
