//! The node that reads.

use std::{fmt, sync::Arc};

use datafusion::{
    common::{
        ColumnStatistics, Statistics, internal_err, stats::Precision, tree_node::TreeNodeRecursion,
    },
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{Partitioning, PhysicalExpr},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
        coop::cooperative,
        execution_plan::{Boundedness, EmissionType, SchedulingType},
        metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet},
        statistics::StatisticsArgs,
        stream::RecordBatchStreamAdapter,
    },
    scalar::ScalarValue,
};
use futures::StreamExt;

use super::{
    TopicSpan,
    order::order,
    stream::{SlotReader, Source},
};

/// Partitions whose offsets are shown.
const SHOWN: usize = 16;

/// Reads offsets of topics, each of their partitions in the order of offsets. How many partitions the node has
/// was fixed with the offsets, when the query was planned; it runs on the runtime that planned it.
///
/// Rows come as they are fetched. For each partition of the node an answer of a broker is kept, one that was
/// asked for meanwhile, and one batch of rows, whose long keys and values lie in the answers; together they have
/// about `fetch.max.bytes`, however many partitions there are. Without columns rows are only counted, from the
/// headers of batches. Nothing is asked for after the limit but that one answer.
#[derive(Debug)]
pub struct KafkaScanExec {
    scan: Scan,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

/// What is read.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) source: Arc<Source>,
    /// Each once.
    pub(super) topics: Vec<Arc<str>>,
    /// What each partition of the node reads.
    pub(super) slots: Vec<Vec<TopicSpan>>,
    /// Filters that the offsets were narrowed by, as text.
    pub(super) filters: Vec<String>,
    /// Rows that are enough, of each partition of the node.
    pub(super) fetch: Option<usize>,
    pub(super) estimates: Estimates,
}

/// Whether the planner is told how many rows there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Estimates {
    Given,
    /// A planner that knows a side of a join to be small has it collected. The rows of a batch of a stream are
    /// few, but have to pass one by one, in their order: without a size the sides stay as they are written.
    Withheld,
}

impl KafkaScanExec {
    pub(super) fn new(scan: Scan) -> Self {
        let properties = PlanProperties::new(
            order(&scan.slots, &scan.source.schema),
            Partitioning::UnknownPartitioning(scan.slots.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            scan,
            properties: Arc::new(properties.with_scheduling_type(SchedulingType::Cooperative)),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// What is read, as `name=text`. No setting is among them, so that no secret can be.
    fn facts(&self) -> Vec<String> {
        let Scan {
            source,
            topics,
            slots,
            filters,
            fetch,
            estimates: _,
        } = &self.scan;
        let columns: Vec<_> = source
            .schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let columns = match columns.is_empty() {
            true => "none (counted by batch headers)".to_owned(),
            false => format!("[{}]", columns.join(", ")),
        };
        let topic = match topics.as_slice() {
            [topic] => format!("topic={topic}"),
            topics => format!("topics=[{}]", topics.join(", ")),
        };
        let mut facts = vec![
            topic,
            format!("offsets=[{}]", offsets(slots, topics.len() > 1)),
            format!("partitions={}", slots.len()),
            format!("columns={columns}"),
        ];
        if !filters.is_empty() {
            facts.push(format!("filters=[{}]", filters.join(", ")));
        }
        facts.extend(fetch.map(|rows| format!("limit={rows}")));
        facts
    }
}

fn offsets(slots: &[Vec<TopicSpan>], with_topics: bool) -> String {
    let mut spans: Vec<_> = slots.iter().flatten().collect();
    spans.sort_by_key(|span| (&span.topic, span.partition, span.offsets.start));
    let shown = spans.iter().take(SHOWN).map(|span| {
        let topic = match with_topics {
            true => format!("{} ", span.topic),
            false => String::new(),
        };
        let offsets = &span.offsets;
        format!(
            "{topic}{}: {}..{}",
            span.partition, offsets.start, offsets.end
        )
    });
    let mut shown: Vec<_> = shown.collect();
    if let more @ 1.. = spans.len().saturating_sub(SHOWN) {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}

impl DisplayAs for KafkaScanExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.facts();
        match format {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(f, "KafkaScanExec: {}", facts.join(", "))
            }
            DisplayFormatType::TreeRender => f.write_str(&facts.join("\n")),
        }
    }
}

impl ExecutionPlan for KafkaScanExec {
    fn name(&self) -> &'static str {
        "KafkaScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.is_empty() {
            true => Ok(self),
            false => internal_err!("a node that reads Kafka has no input"),
        }
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
        let Some(spans) = self.scan.slots.get(partition) else {
            return internal_err!("KafkaScanExec has no partition {partition}");
        };
        let reader = SlotReader::new(
            Arc::clone(&self.scan.source),
            spans.clone(),
            self.scan.fetch,
            context.session_config().batch_size(),
        );
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let rows = Box::pin(reader.into_stream()).inspect(move |batch| {
            if let Ok(batch) = batch {
                metrics.record_output(batch.num_rows());
            }
        });
        let schema = Arc::clone(&self.scan.source.schema);
        let rows = RecordBatchStreamAdapter::new(schema, rows);
        Ok(Box::pin(cooperative(rows)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    /// Estimates: offsets may have gaps.
    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let schema = &self.scan.source.schema;
        if self.scan.estimates == Estimates::Withheld {
            return Ok(Arc::new(Statistics::new_unknown(schema)));
        }
        let slots = &self.scan.slots;
        let slot = args
            .partition()
            .map(|index| slots.get(index).map_or(&[][..], Vec::as_slice));
        let spans: Vec<_> = match slot {
            Some(slot) => slot.iter().collect(),
            None => slots.iter().flatten().collect(),
        };
        let fields = schema.fields().iter();
        let rows: i64 = spans.iter().map(|span| span.length()).sum();
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        Ok(Arc::new(Statistics {
            num_rows: Precision::Inexact(self.scan.fetch.map_or(rows, |fetch| fetch.min(rows))),
            total_byte_size: Precision::Absent,
            column_statistics: fields.map(|field| bounds(field.name(), &spans)).collect(),
        }))
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        let scan = Scan {
            fetch: limit,
            ..self.scan.clone()
        };
        Some(Arc::new(Self::new(scan)))
    }

    fn fetch(&self) -> Option<usize> {
        self.scan.fetch
    }
}

/// The least and the greatest value that a column can have.
fn bounds(column: &str, spans: &[&TopicSpan]) -> ColumnStatistics {
    let partition = |span: &&TopicSpan| i64::from(span.partition);
    let ends = match column {
        "partition" => between(spans.iter().map(partition), spans.iter().map(partition)),
        "offset" => between(
            spans.iter().map(|span| span.offsets.start),
            spans.iter().map(|span| span.offsets.end.saturating_sub(1)),
        ),
        _ => None,
    };
    let value = |number: i64| match column {
        "partition" => ScalarValue::Int32(i32::try_from(number).ok()),
        _ => ScalarValue::Int64(Some(number)),
    };
    let unknown = ColumnStatistics::new_unknown();
    match ends {
        None => unknown,
        Some((least, greatest)) => ColumnStatistics {
            min_value: Precision::Inexact(value(least)),
            max_value: Precision::Inexact(value(greatest)),
            ..unknown
        },
    }
}

fn between(
    firsts: impl Iterator<Item = i64>,
    lasts: impl Iterator<Item = i64>,
) -> Option<(i64, i64)> {
    firsts.min().zip(lasts.max())
}
