//! The node that writes.

use std::{fmt, sync::Arc};

use datafusion::{
    common::tree_node::TreeNodeRecursion,
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{Distribution, OrderingRequirements, PhysicalExpr},
    physical_plan::{
        ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan,
        ExecutionPlanProperties, InputDistributionRequirements, PlanProperties,
        ReplaceChildrenOptions,
        metrics::{ExecutionPlanMetricsSet, MetricsSet},
    },
};
use tokafka_arrow::TopicRoute;

use super::{
    arrange::{Arranged, WriteOrder, WriteRequest},
    guarded::guarded,
    metrics::WriterMetrics,
    node::{count_properties, count_stream, only_child},
    partition::PartitionTask,
};

/// Writes each partition of its input to Kafka with a writer of its own, and yields one row per
/// partition: the number of rows that were acknowledged.
///
/// Nothing is opened before the first row of a partition arrives. A row counts once the broker
/// has acknowledged it; a partition that fails stops the others. Dropping a stream abandons what
/// is not acknowledged yet.
#[derive(Debug)]
pub struct KafkaWriteExec {
    input: Arc<dyn ExecutionPlan>,
    /// How many of the input's columns, from the first, are the query's own.
    columns: usize,
    order: WriteOrder,
    request: WriteRequest,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl KafkaWriteExec {
    pub(super) fn new(input: Arranged, columns: usize, request: WriteRequest) -> Self {
        let Arranged { plan, order } = input;
        Self {
            properties: properties(&plan),
            input: plan,
            columns,
            order,
            request,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// How many writers there are.
    pub fn writers(&self) -> usize {
        self.properties.output_partitioning().partition_count()
    }

    /// True if one writer takes the whole query in its order: where that was asked for, and where
    /// the query is one stream from its source on.
    pub fn is_ordered(&self) -> bool {
        match self.order {
            WriteOrder::PerPartition => is_one_stream(&self.input),
            WriteOrder::OneStream | WriteOrder::Sorted(_) => true,
        }
    }

    /// What is written where, as `name`, `text` pairs. No option of the producer is among them,
    /// so that no secret can be.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let layout = self.request.writer.layout();
        let topic = match layout.topic() {
            TopicRoute::Fixed(topic) => ("topic", topic.to_string()),
            TopicRoute::Column(column) => ("topic_column", self.column_name(*column)),
        };
        let value = layout.value_is_json();
        let value = value.then(|| ("value", "JSON(fused)".to_owned()));
        let always = [
            ("columns", format!("[{}]", layout.used_columns().join(", "))),
            ("ignored", format!("[{}]", self.request.ignored.join(", "))),
            ("writers", self.writers().to_string()),
            ("ordered", self.is_ordered().to_string()),
        ];
        std::iter::once(topic).chain(value).chain(always).collect()
    }

    fn column_name(&self, column: usize) -> String {
        let schema = self.input.schema();
        schema
            .fields()
            .get(column)
            .map_or_else(String::new, |field| field.name().clone())
    }

    /// The rows of one writer, before they are written.
    pub(crate) fn rows(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }

    /// What is written, and how.
    pub(crate) fn request(&self) -> &WriteRequest {
        &self.request
    }

    /// The leading columns of the input that are written; `None` if it has no others.
    pub(crate) fn projection(&self) -> Option<Arc<[usize]>> {
        (self.columns < self.input.schema().fields().len()).then(|| (0..self.columns).collect())
    }
}

fn is_one_stream(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.output_partitioning().partition_count() == 1
        && plan.children().into_iter().all(is_one_stream)
}

fn properties(input: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
    count_properties(input, input.output_partitioning().partition_count())
}

impl DisplayAs for KafkaWriteExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self
            .facts()
            .into_iter()
            .map(|(name, text)| format!("{name}={text}"));
        let facts: Vec<_> = facts.collect();
        match format {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(f, "KafkaWriteExec: {}", facts.join(", "))
            }
            DisplayFormatType::TreeRender => f.write_str(&facts.join("\n")),
        }
    }
}

impl ExecutionPlan for KafkaWriteExec {
    fn name(&self) -> &'static str {
        "KafkaWriteExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![match self.order {
            WriteOrder::Sorted(_) => Distribution::SinglePartition,
            WriteOrder::PerPartition | WriteOrder::OneStream => {
                Distribution::UnspecifiedDistribution
            }
        }])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![match &self.order {
            WriteOrder::Sorted(order) => Some(order.clone().into()),
            WriteOrder::PerPartition | WriteOrder::OneStream => None,
        }]
    }

    /// False: more partitions would be more writers, and rows out of the query's order.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = Arranged {
            plan: only_child(children)?,
            order: self.order.clone(),
        };
        Ok(Arc::new(Self::new(
            input,
            self.columns,
            self.request.clone(),
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
        let task = PartitionTask {
            writer: self.request.writer.clone(),
            partition,
            partitions: self.input.output_partitioning().partition_count(),
            projection: self.projection(),
            collector: Arc::clone(&self.request.collector),
            metrics: WriterMetrics::new(&self.metrics, partition),
        };
        Ok(count_stream(
            task.run(guarded(self.input.execute(partition, context)?)),
        ))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
