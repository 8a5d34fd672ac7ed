//! From a plan over streams to the plan of one batch.

use std::sync::Arc;

use chrono::DateTime;
use datafusion::{
    catalog::TableProvider,
    common::{
        internal_datafusion_err, internal_err,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    datasource::provider_as_source,
    error::{DataFusionError, Result},
    execution::{SessionState, SessionStateBuilder},
    logical_expr::{LogicalPlan, TableScan},
    prelude::{DataFrame, SessionContext},
};
use tokafka_datafusion::KafkaRanges;

use crate::{
    keep_order::KeepOrder,
    static_side::StaticSideBuilds,
    table::{BatchTable, StreamTable},
};

/// A query over streams: what each batch is planned from.
#[derive(Clone)]
pub(crate) struct StreamPlan {
    pub(crate) context: SessionContext,
    /// Not optimized.
    pub(crate) plan: LogicalPlan,
    /// Its streams in the order of their appearance, each once.
    pub(crate) tables: Vec<Arc<StreamTable>>,
}

impl StreamPlan {
    /// A plan for the batches of a query, in a session of its own: one slot of a source is one partition of
    /// the query, in its order, and so one writer.
    ///
    /// # Errors
    /// DataFusion's.
    pub(crate) fn try_new(mut state: SessionState, plan: LogicalPlan) -> Result<Self> {
        let options = state.config_mut().options_mut();
        options.execution.target_partitions = 1;
        options.optimizer.join_reordering = false;
        let state = SessionStateBuilder::new_from_existing(state)
            .with_optimizer_rule(Arc::new(StaticSideBuilds))
            .with_physical_optimizer_rule(Arc::new(KeepOrder))
            .build();
        Ok(Self {
            context: SessionContext::new_with_state(state),
            tables: streams(&plan)?,
            plan,
        })
    }

    /// The query over these ranges, one for each stream, in a session state of its own: one partition of the
    /// query for each slot of the ranges, in its order, and `now()` the batch's time.
    ///
    /// # Errors
    /// DataFusion's.
    pub(crate) fn over(&self, ranges: Vec<KafkaRanges>, timestamp_ms: i64) -> Result<DataFrame> {
        if ranges.len() != self.tables.len() {
            return internal_err!("{} ranges for {} streams", ranges.len(), self.tables.len());
        }
        let tables = self.tables.iter().zip(ranges);
        let tables = tables.map(|(stream, ranges)| {
            let table = ranges.into_table(stream.schema());
            table.map_err(|error| DataFusionError::External(Box::new(error)))
        });
        self.over_tables(tables.collect::<Result<_>>()?, timestamp_ms)
    }

    /// The query over these tables in the place of its streams.
    pub(crate) fn over_tables(
        &self,
        tables: Vec<Arc<dyn TableProvider>>,
        timestamp_ms: i64,
    ) -> Result<DataFrame> {
        let time = DateTime::from_timestamp_millis(timestamp_ms)
            .ok_or_else(|| internal_datafusion_err!("{timestamp_ms} ms is no time"))?;
        let mut state = self.context.state();
        state.execution_props_mut().query_execution_start_time = Some(time);
        let tables = tables.into_iter().map(|table| {
            let table: Arc<dyn TableProvider> = Arc::new(BatchTable(table));
            table
        });
        let plan = self.replace(&tables.collect::<Vec<_>>())?;
        Ok(DataFrame::new(state, plan))
    }

    fn replace(&self, tables: &[Arc<dyn TableProvider>]) -> Result<LogicalPlan> {
        let replaced = self.plan.clone().transform_down(|node| {
            let LogicalPlan::TableScan(scan) = &node else {
                return Ok(Transformed::no(node));
            };
            let of = StreamTable::of(scan).and_then(|stream| self.position(&stream));
            let Some(table) = of.and_then(|index| tables.get(index)) else {
                return Ok(Transformed::no(node));
            };
            let scan = TableScan {
                source: provider_as_source(Arc::clone(table)),
                ..scan.clone()
            };
            Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
        })?;
        Ok(replaced.data)
    }

    fn position(&self, stream: &Arc<StreamTable>) -> Option<usize> {
        let mut tables = self.tables.iter();
        tables.position(|table| Arc::ptr_eq(table, stream))
    }
}

/// The streams of a plan in the order of their appearance, each once.
fn streams(plan: &LogicalPlan) -> Result<Vec<Arc<StreamTable>>> {
    let mut found: Vec<Arc<StreamTable>> = Vec::new();
    plan.apply(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Some(stream) = StreamTable::of(scan)
            && !found.iter().any(|known| Arc::ptr_eq(known, &stream))
        {
            found.push(stream);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}
