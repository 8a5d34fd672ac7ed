//! A query's part of a table to a node.

use std::{collections::BTreeMap, sync::Arc};

use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::Session,
    error::Result,
    logical_expr::{Expr, TableProviderFilterPushDown},
    physical_plan::ExecutionPlan,
};
use tokafka_arrow::{RangeError, ReadOptions};
use tokafka_client::{
    admin::{Admin, OffsetSpec},
    cluster::Cluster,
    error::TopicError,
    settings::FetchSettings,
};

use super::{
    KafkaScanExec, RangeCounts, SourceColumns, TopicSpan,
    exec::{Estimates, Scan},
    pushdown::{Window, claim, window},
    ranges::topics,
    shares::shares,
    span::shared_out,
    stream::Source,
};
use crate::{PlanError, WriteFailure};

/// What a query wants of a table.
#[derive(Debug)]
pub struct ScanRequest<'a> {
    /// The columns of the table, each of which is one of [`stream_schema`](super::stream_schema).
    pub table: SchemaRef,
    /// Those that the query wants, by position.
    pub projection: Option<&'a Vec<usize>>,
    /// What the query does with them.
    pub filters: &'a [Expr],
    /// Rows that are enough.
    pub limit: Option<usize>,
}

/// Bounded offsets of topics, of which a query reads what its filters leave.
#[derive(Debug)]
pub struct KafkaSpans {
    /// Where they are read.
    pub cluster: Cluster,
    /// How.
    pub settings: FetchSettings,
    /// What is read; no two overlap.
    pub spans: Vec<TopicSpan>,
    /// Whether offsets that the log does not have fail the query; else they are passed over.
    pub fail_on_data_loss: bool,
}

impl KafkaSpans {
    /// How much of each filter a scan does by itself.
    pub fn claims(filters: &[&Expr]) -> Vec<TableProviderFilterPushDown> {
        filters.iter().map(|filter| claim(filter)).collect()
    }

    /// A node that reads them, with at most so many partitions. Asks the cluster for offsets of times in filters.
    ///
    /// # Errors
    /// [`PlanError`], and DataFusion's.
    pub async fn scan(
        self,
        session: &dyn Session,
        request: ScanRequest<'_>,
        partitions: usize,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let windows = self.spans.iter();
        let windows = windows.map(|span| window(session, request.filters, span.partition));
        let windows = windows.collect::<Result<Vec<_>>>()?;
        let columns = SourceColumns::of(&request.table).map_err(WriteFailure::Plan)?;
        let topics = topics(&self.spans);
        let spans = narrowed(&self.cluster, self.spans, windows).await;
        let slots = shares(spans.map_err(|error| unreadable(error.into()))?, partitions);
        let schema = match request.projection {
            Some(columns) => Arc::new(request.table.project(columns)?),
            None => request.table,
        };
        let source = Source {
            settings: shared_out(&self.settings, &slots),
            cluster: self.cluster,
            columns: columns.project(request.projection),
            schema,
            fail_on_loss: self.fail_on_data_loss,
            counts: Arc::new(RangeCounts::default()),
        };
        Ok(Arc::new(KafkaScanExec::new(Scan {
            topics,
            source: Arc::new(source),
            slots,
            filters: request.filters.iter().map(ToString::to_string).collect(),
            fetch: request.limit,
            estimates: Estimates::Given,
        })))
    }
}

/// Asks the cluster what the partitions of a topic hold, and plans to read that: what is written later is not
/// read.
///
/// # Errors
/// [`PlanError::Read`] and DataFusion's.
pub(crate) async fn scan(
    session: &dyn Session,
    options: &ReadOptions,
    request: ScanRequest<'_>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let topic: Arc<str> = options.topic().map_err(unreadable)?.into();
    let cluster = Cluster::connect(options.settings().client.clone()).await;
    let cluster = cluster.map_err(|error| unreadable(error.into()))?;
    let spans = options.spans(&cluster).await.map_err(unreadable)?;
    let spans = spans.into_iter();
    let spans = spans.map(|span| TopicSpan::new(&topic, span));
    let spans = KafkaSpans {
        cluster,
        settings: options.settings().clone(),
        spans: spans.collect(),
        fail_on_data_loss: options.fails_on_data_loss(),
    };
    let partitions = session.config().target_partitions();
    spans.scan(session, request, partitions).await
}

fn unreadable(error: RangeError) -> datafusion::error::DataFusionError {
    WriteFailure::Plan(PlanError::Read(error)).into()
}

/// What the filters leave of the spans.
async fn narrowed(
    cluster: &Cluster,
    mut spans: Vec<TopicSpan>,
    windows: Vec<Window>,
) -> Result<Vec<TopicSpan>, TopicError> {
    let mut times = BTreeMap::new();
    for (span, window) in spans.iter_mut().zip(windows) {
        let start = span.offsets.start.max(window.offsets.start);
        let end = span.offsets.end.min(window.offsets.end);
        span.offsets = start..end.max(start);
        // Negative times have other meanings for a broker.
        let since = window.since.filter(|since| *since > 0);
        let Some(since) = since.filter(|_| !span.offsets.is_empty()) else {
            continue;
        };
        // No record before the one that Kafka finds is as late, in whatever order their times are.
        let key = (Arc::clone(&span.topic), since);
        let starts = match times.get(&key) {
            Some(starts) => starts,
            None => {
                let spec = OffsetSpec::AtTime(since);
                let found = Admin::new(cluster).offsets(&span.topic, spec).await?;
                times.entry(key).or_insert(found)
            }
        };
        let index = usize::try_from(span.partition).unwrap_or(usize::MAX);
        if let Some(start) = starts.get(index) {
            span.offsets.start = span.offsets.start.max(*start).min(span.offsets.end);
        }
    }
    Ok(spans)
}
