//! From a data frame to a plan that writes, and running it.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider},
    common::not_impl_err,
    datasource::provider_as_source,
    error::{DataFusionError, Result as QueryResult},
    execution::TaskContext,
    logical_expr::{Expr, LogicalPlanBuilder, TableType, dml::InsertOp},
    physical_plan::{ExecutionPlan, collect, displayable},
    prelude::DataFrame,
};
use tokafka_arrow::WriteReport;

use crate::{
    KafkaWriteError, WriteFailure,
    plan::{KafkaWriteExec, WriteRequest, write_plan},
};

/// A write that was checked and planned. Nothing is open yet.
#[derive(Debug)]
pub(crate) struct PlannedWrite {
    pub(crate) plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    request: WriteRequest,
}

impl PlannedWrite {
    /// Plans the query with the nodes that write on top. With a number of writers given, the query
    /// is planned for that many partitions.
    pub(crate) async fn new(frame: DataFrame, request: WriteRequest) -> Result<Self, WriteFailure> {
        let (mut state, query) = frame.into_parts();
        if let Some(writers) = request.writers.wanted() {
            state.config_mut().options_mut().execution.target_partitions = writers;
        }
        let schema = Arc::clone(query.schema().inner());
        let sink = Arc::new(QuerySink {
            schema,
            request: request.clone(),
        });
        let insert = LogicalPlanBuilder::insert_into(
            query,
            "kafka",
            provider_as_source(sink),
            InsertOp::Append,
        );
        let insert = insert
            .and_then(LogicalPlanBuilder::build)
            .map_err(WriteFailure::of_planning)?;
        let plan = state
            .create_physical_plan(&insert)
            .await
            .map_err(WriteFailure::of_planning)?;
        Ok(Self {
            plan,
            context: state.task_ctx(),
            request,
        })
    }

    /// What its nodes are run with.
    pub(crate) fn context(&self) -> Arc<TaskContext> {
        Arc::clone(&self.context)
    }

    /// The plan as text, a line per node.
    pub(crate) fn explain(&self) -> String {
        displayable(self.plan.as_ref()).indent(false).to_string()
    }

    /// Runs the query to its end, or until it fails or is cancelled.
    pub(crate) async fn run(self) -> Result<WriteReport, KafkaWriteError> {
        let started = Instant::now();
        let outcome = collect(Arc::clone(&self.plan), Arc::clone(&self.context)).await;
        match outcome {
            Ok(_) => {
                let mut report = self.report(started);
                report.finish();
                Ok(report)
            }
            Err(error) => {
                let report = Some(Box::new(self.report(started)));
                Err(KafkaWriteError {
                    source: self.first_failure(error),
                    report,
                })
            }
        }
    }

    fn report(&self, started: Instant) -> WriteReport {
        let mut report = self.request.collector.report();
        report.elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(write) = find_write(&self.plan) {
            report.writers = u32::try_from(write.writers()).unwrap_or(u32::MAX);
            report.ordered = write.is_ordered();
        }
        report
    }

    fn first_failure(&self, error: DataFusionError) -> WriteFailure {
        let known = self.request.collector.failure();
        known.unwrap_or_else(|| WriteFailure::Query(Arc::new(error)))
    }
}

/// The node that writes, wherever it is in the plan.
pub(crate) fn find_write(plan: &Arc<dyn ExecutionPlan>) -> Option<&KafkaWriteExec> {
    let found = plan.downcast_ref::<KafkaWriteExec>();
    found.or_else(|| plan.children().into_iter().find_map(find_write))
}

/// The table that a query is inserted into, since that is where DataFusion's planner asks for the
/// nodes of a write, before it optimizes.
#[derive(Debug)]
struct QuerySink {
    schema: SchemaRef,
    request: WriteRequest,
}

#[async_trait]
impl TableProvider for QuerySink {
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
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        not_impl_err!("a sink cannot be read")
    }

    async fn insert_into(
        &self,
        _: &dyn Session,
        input: Arc<dyn ExecutionPlan>,
        _: InsertOp,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        write_plan(input, self.request.clone())
    }
}
