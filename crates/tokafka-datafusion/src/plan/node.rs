//! What the nodes that write have in common.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{RecordBatch, UInt64Array},
        datatypes::{DataType, Field, Schema, SchemaRef},
    },
    common::internal_err,
    error::Result,
    execution::SendableRecordBatchStream,
    physical_expr::{EquivalenceProperties, Partitioning},
    physical_plan::{
        ExecutionPlan, ExecutionPlanProperties, PlanProperties, execution_plan::EmissionType,
        stream::RecordBatchStreamAdapter,
    },
};
use futures::stream;

/// One column `count`, as DataFusion's own nodes that write have it.
pub(super) fn count_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(
        "count",
        DataType::UInt64,
        false,
    )]))
}

/// A stream of one row: the number that `count` comes to.
pub(super) fn count_stream(
    count: impl Future<Output = Result<u64>> + Send + 'static,
) -> SendableRecordBatchStream {
    let row = async {
        let count = UInt64Array::from(vec![count.await?]);
        Ok(RecordBatch::try_new(count_schema(), vec![Arc::new(count)])?)
    };
    Box::pin(RecordBatchStreamAdapter::new(
        count_schema(),
        stream::once(row),
    ))
}

/// Properties of a node that yields a count per partition when its input has ended.
pub(super) fn count_properties(
    input: &Arc<dyn ExecutionPlan>,
    partitions: usize,
) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(count_schema()),
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Final,
        input.boundedness(),
    ))
}

/// The child of a node that has one.
pub(super) fn only_child(
    mut children: Vec<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    match (children.pop(), children.pop()) {
        (Some(child), None) => Ok(child),
        _ => internal_err!("a node that writes to Kafka has one input"),
    }
}
