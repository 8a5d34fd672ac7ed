//! A query's part of a table to a node.

use std::{collections::BTreeMap, sync::Arc};

use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::Session,
    error::Result,
    logical_expr::{Expr, TableProviderFilterPushDown},
    physical_plan::ExecutionPlan,
};
use tokafka_arrow::{PartitionSpan, RangeError, ReadOptions};
use tokafka_client::{
    admin::{Admin, OffsetSpec},
    cluster::Cluster,
    error::TopicError,
};

use super::{
    KafkaScanExec, RangeCounts, SourceColumns, TopicSpan,
    exec::{Estimates, Scan},
    pushdown::{Window, claim, window},
    shares::shares,
    span::shared_out,
    stream::Source,
};
use crate::{PlanError, WriteFailure};

/// What a query wants of a table.
#[derive(Debug)]
pub(crate) struct ScanRequest<'a> {
    pub(crate) table: SchemaRef,
    pub(crate) columns: &'a SourceColumns,
    pub(crate) options: &'a ReadOptions,
    pub(crate) projection: Option<&'a Vec<usize>>,
    pub(crate) filters: &'a [Expr],
    pub(crate) limit: Option<usize>,
}

/// How much of each filter a scan does by itself.
pub(crate) fn claims(filters: &[&Expr]) -> Vec<TableProviderFilterPushDown> {
    filters.iter().map(|filter| claim(filter)).collect()
}

/// Asks the cluster what the partitions hold, and plans to read that: what is written later is not read.
///
/// # Errors
/// [`PlanError::Read`] and DataFusion's.
pub(crate) async fn scan(
    session: &dyn Session,
    request: ScanRequest<'_>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let options = request.options;
    let topic: Arc<str> = options.topic().map_err(unreadable)?.into();
    let cluster = Cluster::connect(options.settings().client.clone()).await;
    let cluster = cluster.map_err(|error| unreadable(error.into()))?;
    let spans = options.spans(&cluster).await.map_err(unreadable)?;
    let windows: Result<Vec<_>> = spans
        .iter()
        .map(|span| window(session, request.filters, span.partition))
        .collect();
    let spans = narrowed(&cluster, &topic, spans, windows?).await;
    let spans = spans.map_err(|error| unreadable(error.into()))?;
    let schema = match request.projection {
        Some(columns) => Arc::new(request.table.project(columns)?),
        None => request.table,
    };
    let of_topic = |span: PartitionSpan| TopicSpan {
        topic: Arc::clone(&topic),
        partition: span.partition,
        offsets: span.offsets,
    };
    let spans = spans.into_iter().map(of_topic).collect();
    let slots = shares(spans, session.config().target_partitions());
    let source = Source {
        cluster,
        settings: shared_out(options.settings(), &slots),
        columns: request.columns.project(request.projection),
        schema,
        fail_on_loss: options.fails_on_data_loss(),
        counts: Arc::new(RangeCounts::default()),
    };
    let scan = Scan {
        topics: vec![topic],
        source: Arc::new(source),
        slots,
        filters: request.filters.iter().map(ToString::to_string).collect(),
        fetch: request.limit,
        estimates: Estimates::Given,
    };
    Ok(Arc::new(KafkaScanExec::new(scan)))
}

fn unreadable(error: RangeError) -> datafusion::error::DataFusionError {
    WriteFailure::Plan(PlanError::Read(error)).into()
}

/// What the filters leave of the spans.
async fn narrowed(
    cluster: &Cluster,
    topic: &str,
    mut spans: Vec<PartitionSpan>,
    windows: Vec<Window>,
) -> Result<Vec<PartitionSpan>, TopicError> {
    let mut times = BTreeMap::new();
    for (index, (span, window)) in spans.iter_mut().zip(windows).enumerate() {
        let start = span.offsets.start.max(window.offsets.start);
        let end = span.offsets.end.min(window.offsets.end);
        span.offsets = start..end.max(start);
        // Negative times have other meanings for a broker.
        let since = window.since.filter(|since| *since > 0);
        let Some(since) = since.filter(|_| !span.offsets.is_empty()) else {
            continue;
        };
        // No record before the one that Kafka finds is as late, in whatever order their times are.
        let starts = match times.get(&since) {
            Some(starts) => starts,
            None => {
                let spec = OffsetSpec::AtTime(since);
                let found = Admin::new(cluster).offsets(topic, spec).await?;
                times.entry(since).or_insert(found)
            }
        };
        if let Some(start) = starts.get(index) {
            span.offsets.start = span.offsets.start.max(*start).min(span.offsets.end);
        }
    }
    Ok(spans)
}
