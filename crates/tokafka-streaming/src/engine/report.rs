//! The progress of a trigger, in Spark's terms.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use tokafka_datafusion::{KafkaRanges, RangeCounts};

use super::{
    batch::{Batch, Place},
    journal::{TriggerTimes, millis},
    outages::Outages,
};
use crate::{
    OwnProgress, SinkProgress, SourceOffsets, SourceProgress, StreamingQueryProgress,
    query::QueryState,
    source::{KafkaSource, NextOffsets},
};

/// What is known of a query for its progress, from trigger to trigger.
#[derive(Debug)]
pub(super) struct Reporter {
    state: Arc<QueryState>,
    sources: Vec<String>,
    sink: String,
    /// What the batch has read, for each source.
    counts: Vec<Arc<RangeCounts>>,
    /// What was there at the last look, for each source.
    next: Vec<NextOffsets>,
    has_run: bool,
}

impl Reporter {
    pub(super) fn new(state: Arc<QueryState>, sources: Vec<String>, sink: String) -> Self {
        Self {
            state,
            sources,
            sink,
            counts: Vec::new(),
            next: Vec::new(),
            has_run: false,
        }
    }

    /// What each source was found to have.
    pub(super) fn looked(&mut self, next: &[NextOffsets]) {
        self.next = next.to_vec();
    }

    /// The ends of each source's partitions when it was last looked at.
    pub(super) fn latest(&self) -> impl Iterator<Item = &SourceOffsets> {
        self.next.iter().map(|next| &next.latest)
    }

    /// A batch begins to be read.
    pub(super) fn count(&mut self, ranges: &[KafkaRanges]) {
        let counts = ranges.iter().map(|ranges| Arc::clone(&ranges.counts));
        self.counts = counts.collect();
    }

    /// Of a batch that is committed.
    pub(super) fn batch(
        &mut self,
        batch: &Batch,
        sources: &[KafkaSource],
        times: TriggerTimes,
        outages: &Outages,
    ) -> StreamingQueryProgress {
        self.has_run = true;
        let written = batch.written.clone().unwrap_or_default();
        let rates = Rates::of(&times);
        let next = batch.next.as_deref();
        let sources = (0..self.sources.len()).map(|index| {
            let start = batch.start.get(index).filter(|_| batch.number > 0);
            let next = next.and_then(|next| next.get(index));
            SourceProgress {
                start_offset: start.and_then(raw),
                end_offset: batch.end.get(index).and_then(raw),
                latest_offset: next.and_then(|next| raw(&next.latest)),
                metrics: metrics(sources.get(index), next),
                ..rates.source(self.name(index), self.rows(index))
            }
        });
        let sources = sources.collect();
        let own = OwnProgress {
            attempts: outages.attempts().saturating_add(1),
            outage_ms: millis(outages.lasted()),
            bytes: written.bytes,
            retries: written.retries,
            data_loss: self.total(|counts| counts.data_loss.load(Ordering::Relaxed)),
            lag: lag(next.unwrap_or_default()),
        };
        let rows = i64::try_from(written.rows).unwrap_or(i64::MAX);
        self.progress(batch.number, times, sources, (rows, own))
    }

    /// Of a trigger that found nothing to do.
    pub(super) fn idle(
        &self,
        place: &Place,
        sources: &[KafkaSource],
        times: TriggerTimes,
    ) -> StreamingQueryProgress {
        let rates = Rates::of(&times);
        let sources = (0..self.sources.len()).map(|index| {
            let at = place.start.get(index).and_then(raw);
            let next = self.next.get(index);
            SourceProgress {
                start_offset: at.clone(),
                end_offset: at,
                latest_offset: next.and_then(|next| raw(&next.latest)),
                metrics: metrics(sources.get(index), next),
                ..rates.source(self.name(index), 0)
            }
        });
        let sources = sources.collect();
        let own = OwnProgress {
            lag: lag(&self.next),
            ..OwnProgress::default()
        };
        let rows = if self.has_run { 0 } else { -1 };
        self.progress(place.number, times, sources, (rows, own))
    }

    fn progress(
        &self,
        batch_id: u64,
        times: TriggerTimes,
        sources: Vec<SourceProgress>,
        (num_output_rows, tokafka): (i64, OwnProgress),
    ) -> StreamingQueryProgress {
        let rates = Rates::of(&times);
        let rows = sources.iter().map(|source| source.num_input_rows).sum();
        StreamingQueryProgress {
            id: self.state.id,
            run_id: self.state.run_id,
            name: self.state.name.clone(),
            timestamp: timestamp(times.began),
            batch_id,
            batch_duration: rates.spent,
            num_input_rows: rows,
            input_rows_per_second: rates.input(rows),
            processed_rows_per_second: rates.processed(rows),
            duration_ms: times.durations,
            state_operators: [],
            sources,
            sink: SinkProgress {
                description: self.sink.clone(),
                num_output_rows,
            },
            tokafka,
        }
    }

    fn name(&self, index: usize) -> String {
        self.sources.get(index).cloned().unwrap_or_default()
    }

    fn rows(&self, index: usize) -> u64 {
        let counts = self.counts.get(index);
        counts.map_or(0, |counts| counts.rows.load(Ordering::Relaxed))
    }

    fn total(&self, count: impl Fn(&RangeCounts) -> u64) -> u64 {
        self.counts.iter().map(|counts| count(counts)).sum()
    }
}

/// By what rows are divided.
struct Rates {
    /// Milliseconds since the trigger before began; none for the first.
    since_previous: Option<u64>,
    /// Milliseconds of the trigger.
    spent: u64,
}

impl Rates {
    fn of(times: &TriggerTimes) -> Self {
        let previous = times.previous;
        Self {
            since_previous: previous.map(|previous| times.began.saturating_sub(previous)),
            spent: millis(times.start.elapsed()),
        }
    }

    fn input(&self, rows: u64) -> Option<f64> {
        match self.since_previous {
            None => Some(0.0),
            Some(millis) => per_second(rows, millis),
        }
    }

    fn processed(&self, rows: u64) -> Option<f64> {
        per_second(rows, self.spent.max(1))
    }

    fn source(&self, description: String, rows: u64) -> SourceProgress {
        SourceProgress {
            description,
            start_offset: None,
            end_offset: None,
            latest_offset: None,
            num_input_rows: rows,
            input_rows_per_second: self.input(rows),
            processed_rows_per_second: self.processed(rows),
            metrics: BTreeMap::new(),
        }
    }
}

/// None if it is no number.
fn per_second(rows: u64, millis: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = rows as f64 * 1000.0 / millis as f64;
    rate.is_finite().then_some(rate)
}

fn metrics(source: Option<&KafkaSource>, next: Option<&NextOffsets>) -> BTreeMap<String, String> {
    let both = source.zip(next);
    both.map_or_else(BTreeMap::new, |(source, next)| source.metrics(next))
}

fn lag(next: &[NextOffsets]) -> BTreeMap<String, BTreeMap<i32, u64>> {
    let mut lag: BTreeMap<String, BTreeMap<i32, u64>> = BTreeMap::new();
    for source in next {
        for (topic, partition, latest) in source.latest.iter() {
            let end = source.end.get(topic, partition).unwrap_or(latest);
            let behind = u64::try_from(latest.saturating_sub(end)).unwrap_or(0);
            let of_topic = lag.entry(topic.to_owned()).or_default();
            of_topic.insert(partition, behind);
        }
    }
    lag
}

/// `2026-11-22T07:50:04.001Z`
fn timestamp(millis: u64) -> String {
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    let time = DateTime::<Utc>::from_timestamp_millis(millis).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn raw(offsets: &SourceOffsets) -> Option<Box<RawValue>> {
    RawValue::from_string(offsets.to_json()).ok()
}
