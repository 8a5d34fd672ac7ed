//! What a writer shows in `EXPLAIN ANALYZE`.

use datafusion::physical_plan::metrics::{
    Count, ExecutionPlanMetricsSet, MetricBuilder, MetricCategory, Time,
};
use tokafka_arrow::PartitionReport;

/// Counters of one writer.
#[derive(Debug)]
pub(super) struct WriterMetrics {
    rows: Count,
    bytes: Count,
    batches: Count,
    requests: Count,
    retries: Count,
    encoding: Time,
    waiting: Time,
}

impl WriterMetrics {
    pub(super) fn new(metrics: &ExecutionPlanMetricsSet, partition: usize) -> Self {
        let count = |name, category| {
            MetricBuilder::new(metrics)
                .with_category(category)
                .counter(name, partition)
        };
        let time = |name| MetricBuilder::new(metrics).subset_time(name, partition);
        Self {
            rows: count("rows_written", MetricCategory::Rows),
            bytes: count("bytes_written", MetricCategory::Bytes),
            batches: count("record_batches", MetricCategory::Rows),
            requests: count("requests", MetricCategory::Rows),
            retries: count("retries", MetricCategory::Rows),
            encoding: time("time_encoding"),
            waiting: time("time_waiting"),
        }
    }

    pub(super) fn add(&self, report: &PartitionReport) {
        let add = |counter: &Count, value: u64| {
            counter.add(usize::try_from(value).unwrap_or(usize::MAX));
        };
        add(&self.rows, report.rows);
        add(&self.bytes, report.bytes);
        add(&self.batches, report.batches);
        add(&self.requests, report.requests);
        add(&self.retries, report.retries);
        self.encoding.add_duration(report.encoding);
        self.waiting.add_duration(report.waiting);
    }
}
