//! The node that reads.

use std::{fmt, sync::Arc};

use datafusion::{
    arrow::compute::SortOptions,
    common::{
        ColumnStatistics, Statistics, internal_err, stats::Precision, tree_node::TreeNodeRecursion,
    },
    error::Result,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::{
        EquivalenceProperties, Partitioning, PhysicalExpr, PhysicalSortExpr, expressions::Column,
    },
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
use tokafka_arrow::PartitionSpan;

use super::{
    shares::length,
    stream::{ShareReader, Source},
};

/// Partitions whose offsets are shown.
const SHOWN: usize = 16;

/// Reads offsets of a topic, each of its partitions in the order of offsets. How many partitions the node has
/// was fixed with the offsets, when the query was planned; it runs on the runtime that planned it.
///
/// Rows come as they are fetched: what is kept is one answer of a broker and one batch of rows. Without
/// columns rows are only counted, from the headers of batches. No record is fetched after the limit.
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
    /// What each partition of the node reads.
    pub(super) shares: Vec<Vec<PartitionSpan>>,
    /// Filters that the offsets were narrowed by, as text.
    pub(super) filters: Vec<String>,
    /// Rows that are enough, of each partition of the node.
    pub(super) fetch: Option<usize>,
}

impl KafkaScanExec {
    pub(super) fn new(scan: Scan) -> Self {
        let properties = PlanProperties::new(
            order(&scan),
            Partitioning::UnknownPartitioning(scan.shares.len()),
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
            shares,
            filters,
            fetch,
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
        let mut facts = vec![
            format!("topic={}", source.topic),
            format!("offsets=[{}]", offsets(shares)),
            format!("partitions={}", shares.len()),
            format!("columns={columns}"),
        ];
        if !filters.is_empty() {
            facts.push(format!("filters=[{}]", filters.join(", ")));
        }
        facts.extend(fetch.map(|rows| format!("limit={rows}")));
        facts
    }
}

/// Every share is read in the order of partitions and, within them, of offsets.
fn order(scan: &Scan) -> EquivalenceProperties {
    let schema = &scan.source.schema;
    let ascending = |name: &str| {
        let column = Column::new_with_schema(name, schema).ok()?;
        let options = SortOptions::new(false, false);
        Some(PhysicalSortExpr::new(Arc::new(column), options))
    };
    let partition_first = ascending("partition").zip(ascending("offset"));
    let mut orders: Vec<Vec<_>> = Vec::new();
    orders.extend(partition_first.map(|(partition, offset)| vec![partition, offset]));
    if scan.shares.iter().all(|share| share.len() <= 1) {
        orders.extend(ascending("offset").map(|offset| vec![offset]));
    }
    EquivalenceProperties::new_with_orderings(Arc::clone(schema), orders)
}

fn offsets(shares: &[Vec<PartitionSpan>]) -> String {
    let mut spans: Vec<_> = shares.iter().flatten().collect();
    spans.sort_by_key(|span| span.partition);
    let shown = spans.iter().take(SHOWN).map(|span| {
        let offsets = &span.offsets;
        format!("{}: {}..{}", span.partition, offsets.start, offsets.end)
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
        let Some(spans) = self.scan.shares.get(partition) else {
            return internal_err!("KafkaScanExec has no partition {partition}");
        };
        let reader = ShareReader::new(
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
        let shares = &self.scan.shares;
        let share = args
            .partition()
            .map(|index| shares.get(index).map_or(&[][..], Vec::as_slice));
        let spans: Vec<_> = match share {
            Some(share) => share.iter().collect(),
            None => shares.iter().flatten().collect(),
        };
        let fields = self.scan.source.schema.fields().iter();
        let rows: i64 = spans.iter().map(|span| length(span)).sum();
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
fn bounds(column: &str, spans: &[&PartitionSpan]) -> ColumnStatistics {
    let partition = |span: &&PartitionSpan| i64::from(span.partition);
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
