//! From the plan of a query to the plan of a write.

use std::sync::Arc;

use datafusion::{
    error::Result,
    physical_expr::LexOrdering,
    physical_plan::{ExecutionPlan, coalesce_partitions::CoalescePartitionsExec},
};
use tokafka_arrow::{KafkaWriter, SchemaError};

use super::{
    Collector, KafkaCountExec, KafkaWriteExec, Pin, PinnedPartitionsExec,
    carry::{carry_order, take_exchange},
    fuse::peel,
};
use crate::{PlanError, WriteFailure};

/// How many writers a write has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WriterCount {
    /// As many as the optimized query has partitions, `repartition(n)` kept.
    #[default]
    Planned,
    /// No more than this: whole partitions of the query share a writer.
    AtMost(usize),
    /// Exactly this many.
    Exactly(usize),
}

impl WriterCount {
    /// The number that was asked for.
    pub(crate) fn wanted(self) -> Option<usize> {
        match self {
            Self::Planned => None,
            Self::AtMost(count) | Self::Exactly(count) => Some(count),
        }
    }
}

/// What is to be written, and how.
#[derive(Debug, Clone)]
pub(crate) struct WriteRequest {
    /// Bound to the leading columns of the query; columns behind them are not written.
    pub(crate) writer: KafkaWriter,
    /// Columns of the query that are not written.
    pub(crate) ignored: Vec<String>,
    pub(crate) writers: WriterCount,
    /// Where writers leave their reports.
    pub(crate) collector: Arc<Collector>,
}

/// Puts the nodes that write on top of a query that was not optimized yet.
///
/// # Errors
/// [`PlanError::OrderedWriters`], as an external error, if several writers were asked for and the
/// query is ordered.
pub(crate) fn write_plan(
    query: Arc<dyn ExecutionPlan>,
    request: WriteRequest,
) -> Result<Arc<dyn ExecutionPlan>> {
    let columns = query.schema().fields().len();
    let (query, request) = fuse(query, request)?;
    let input = arrange(query, request.writers)?;
    let (writer, collector) = (request.writer.clone(), Arc::clone(&request.collector));
    let write = KafkaWriteExec::new(input, columns, request);
    let one = CoalescePartitionsExec::new(Arc::new(write));
    Ok(Arc::new(KafkaCountExec::new(
        Arc::new(one),
        writer,
        collector,
    )))
}

/// Leaves the JSON of the value column to the writer, if it is nothing else.
fn fuse(
    query: Arc<dyn ExecutionPlan>,
    mut request: WriteRequest,
) -> Result<(Arc<dyn ExecutionPlan>, WriteRequest)> {
    let value = request.writer.layout().value_column();
    let Some((peeled, options)) = peel(&query, value)? else {
        return Ok((query, request));
    };
    let value = peeled.schema().field(value).data_type().clone();
    let writer = request.writer.with_json_value(&value, &options);
    let refused = |error: SchemaError| WriteFailure::Plan(PlanError::Write(error.into()));
    request.writer = writer.map_err(refused)?;
    Ok((peeled, request))
}

/// A query with as many partitions as there are to be writers.
pub(super) struct Arranged {
    pub(super) plan: Arc<dyn ExecutionPlan>,
    pub(super) order: WriteOrder,
}

/// What is promised of the order of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WriteOrder {
    /// Each partition is written in its order.
    PerPartition,
    /// One writer takes the query as one stream, partition after partition.
    OneStream,
    /// One writer takes the rows in the order that the query asks for.
    Sorted(LexOrdering),
}

fn arrange(query: Arc<dyn ExecutionPlan>, writers: WriterCount) -> Result<Arranged> {
    if let Some((plan, order)) = carry_order(&query)? {
        refuse_several(writers)?;
        return Ok(Arranged {
            plan,
            order: WriteOrder::Sorted(order),
        });
    }
    let (plan, pin) = match writers {
        WriterCount::AtMost(count) => (query, Some(Pin::AtMost(count))),
        WriterCount::Exactly(count) => (query, Some(Pin::Exactly(count))),
        WriterCount::Planned => match take_exchange(&query)? {
            Some((plan, exchange)) => (plan, Some(Pin::Exchange(exchange))),
            None => (query, None),
        },
    };
    let order = match writers.wanted() {
        Some(1) => WriteOrder::OneStream,
        Some(_) | None => WriteOrder::PerPartition,
    };
    Ok(Arranged {
        plan: pinned(plan, pin)?,
        order,
    })
}

fn refuse_several(writers: WriterCount) -> Result<()> {
    match writers {
        WriterCount::Exactly(count) if count > 1 => {
            Err(WriteFailure::Plan(PlanError::OrderedWriters(count)).into())
        }
        WriterCount::Planned | WriterCount::AtMost(_) | WriterCount::Exactly(_) => Ok(()),
    }
}

fn pinned(plan: Arc<dyn ExecutionPlan>, pin: Option<Pin>) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(match pin {
        Some(pin) => Arc::new(PinnedPartitionsExec::try_new(plan, pin)?),
        None => plan,
    })
}
