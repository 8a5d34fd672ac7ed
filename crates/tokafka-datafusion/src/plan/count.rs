//! The node on top: how many rows were written.

use std::{fmt, sync::Arc, time::Duration};

use datafusion::{
    arrow::{array::AsArray, datatypes::UInt64Type},
    common::{internal_err, tree_node::TreeNodeRecursion},
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{Distribution, PhysicalExpr},
    physical_plan::{
        ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan,
        ExecutionPlanProperties, InputDistributionRequirements, PlanProperties,
        ReplaceChildrenOptions,
    },
};
use futures::TryStreamExt;
use tokafka_arrow::KafkaWriter;

use super::{
    Collector,
    node::{count_properties, count_stream, only_child},
};

/// Sums the counts of all writers to one row, `count`, and gives their producer back before that row
/// is yielded, or the error.
///
/// It requires a single partition: the coalesce below it would be optimized away otherwise, and
/// with it all writers but the first.
#[derive(Debug)]
pub struct KafkaCountExec {
    input: Arc<dyn ExecutionPlan>,
    writer: KafkaWriter,
    collector: Arc<Collector>,
    properties: Arc<PlanProperties>,
}

impl KafkaCountExec {
    /// `input` yields the counts of what is written with `writer`, and reports to `collector`.
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        writer: KafkaWriter,
        collector: Arc<Collector>,
    ) -> Self {
        Self {
            properties: count_properties(&input, 1),
            input,
            writer,
            collector,
        }
    }
}

impl DisplayAs for KafkaCountExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                f.write_str("KafkaCountExec")
            }
            DisplayFormatType::TreeRender => Ok(()),
        }
    }
}

impl ExecutionPlan for KafkaCountExec {
    fn name(&self) -> &'static str {
        "KafkaCountExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (writer, collector) = (self.writer.clone(), Arc::clone(&self.collector));
        Ok(Arc::new(Self::new(
            only_child(children)?,
            writer,
            collector,
        )))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let inputs = self.input.output_partitioning().partition_count();
        if partition != 0 || inputs != 1 {
            return internal_err!(
                "KafkaCountExec: partition {partition} of {inputs} asked for, not 0 of 1"
            );
        }
        let counts = self.input.execute(0, context)?;
        let collector = Arc::clone(&self.collector);
        let written = sum_and_close(counts, self.writer.clone());
        Ok(count_stream(async move {
            written.await.map_err(|error| collector.explain(error))
        }))
    }
}

async fn sum_and_close(counts: SendableRecordBatchStream, writer: KafkaWriter) -> Result<u64> {
    let sum = sum(counts).await;
    match &sum {
        Ok(_) => writer.close().await,
        // The writers have waited for what is in flight: all that is left is given up.
        Err(_) => writer.close_within(Duration::ZERO).await,
    }
    sum
}

async fn sum(counts: SendableRecordBatchStream) -> Result<u64> {
    counts
        .try_fold(0, async |total, batch| {
            let counts = batch.column(0).as_primitive::<UInt64Type>();
            Ok(total + counts.iter().flatten().sum::<u64>())
        })
        .await
}
