//! What the events of a query add up to, for whoever looks at it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use serde_json::value::RawValue;
use tokafka_streaming::{
    Outage, SourceProgress, StreamingQuery, StreamingQueryListener, StreamingQueryProgress,
};

/// Counts the events of a query.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Counts>);

/// All that was counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    /// Records that committed batches have read.
    pub(super) input_rows: u64,
    /// Records that they have written.
    pub(super) output_rows: u64,
    /// Batches that were committed.
    pub(super) batches: u64,
    /// Attempts that failed and were made again.
    pub(super) retries: u64,
    /// The last batch that was committed.
    pub(super) last: Option<LastBatch>,
    /// Records that are there and not committed yet.
    pub(super) lag: BTreeMap<Place, u64>,
    /// What is being waited out.
    pub(super) outage: Option<OutageSeen>,
    /// The last thing that went wrong, healed or not.
    pub(super) last_error: Option<ErrorSeen>,
    /// When the query last said anything.
    pub(super) heard: Option<Instant>,
}

/// A partition of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Which source of the query, from 0.
    pub(super) source: usize,
    pub(super) topic: String,
    pub(super) partition: i32,
}

/// A batch that was committed.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastBatch {
    pub(super) id: u64,
    pub(super) took: Duration,
    pub(super) at: SystemTime,
}

/// An outage that is not over.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutageSeen {
    pub(super) since: Instant,
    pub(super) attempts: u32,
    pub(super) pause: Duration,
}

/// Something that went wrong.
#[derive(Debug, Clone)]
pub(super) struct ErrorSeen {
    pub(super) text: String,
    pub(super) at: SystemTime,
}

impl Tally {
    /// What was counted so far.
    pub(super) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StreamingQueryListener for Tally {
    fn on_started(&self, _: &StreamingQuery) {
        self.lock().heard = Some(Instant::now());
    }

    fn on_progress(&self, progress: &StreamingQueryProgress) {
        let mut counts = self.lock();
        counts.well(progress);
        counts.batches += 1;
        counts.input_rows += progress.num_input_rows;
        counts.output_rows += u64::try_from(progress.sink.num_output_rows).unwrap_or_default();
        counts.last = Some(LastBatch {
            id: progress.batch_id,
            took: Duration::from_millis(progress.batch_duration),
            at: SystemTime::now(),
        });
    }

    fn on_idle(&self, progress: &StreamingQueryProgress) {
        self.lock().well(progress);
    }

    fn on_retry(&self, outage: &Outage<'_>) {
        let mut counts = self.lock();
        let now = Instant::now();
        counts.heard = Some(now);
        counts.retries += 1;
        counts.last_error = Some(ErrorSeen {
            text: said(outage.error),
            at: SystemTime::now(),
        });
        counts.outage = Some(OutageSeen {
            since: counts.outage.map_or(now, |known| known.since),
            attempts: outage.attempts,
            pause: outage.pause,
        });
    }

    fn on_terminated(&self, query: &StreamingQuery) {
        let mut counts = self.lock();
        counts.heard = Some(Instant::now());
        if let Some(error) = query.exception() {
            counts.last_error = Some(ErrorSeen {
                text: error.to_string(),
                at: SystemTime::now(),
            });
        }
    }
}

impl Counts {
    /// A trigger has succeeded.
    fn well(&mut self, progress: &StreamingQueryProgress) {
        self.heard = Some(Instant::now());
        self.outage = None;
        for (source, progress) in progress.sources.iter().enumerate() {
            if let Some(lag) = lag(source, progress) {
                self.lag.retain(|place, _| place.source != source);
                self.lag.extend(lag);
            }
        }
    }

    /// The lag of each topic.
    pub(super) fn lag_by_topic(&self) -> BTreeMap<&str, u64> {
        let mut topics = BTreeMap::new();
        for (place, lag) in &self.lag {
            *topics.entry(place.topic.as_str()).or_default() += lag;
        }
        topics
    }
}

/// An error and its causes, without those that an outer one says already.
pub(super) fn said(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let inner = cause.to_string();
        if !text.contains(&inner) {
            text.push_str(": ");
            text.push_str(&inner);
        }
        next = cause.source();
    }
    text
}

type Offsets = BTreeMap<String, BTreeMap<i32, i64>>;

/// How far the end of a batch is behind the ends of the partitions; `None` if these were not asked for.
fn lag(source: usize, progress: &SourceProgress) -> Option<BTreeMap<Place, u64>> {
    let end = offsets(progress.end_offset.as_deref())?;
    let latest = offsets(progress.latest_offset.as_deref())?;
    let of = |topic: &String, partition: i32, latest: i64| {
        let end = end.get(topic)?.get(&partition)?;
        let place = Place {
            source,
            topic: topic.clone(),
            partition,
        };
        Some((place, u64::try_from(latest - end).unwrap_or_default()))
    };
    let partitions = latest.iter().flat_map(|(topic, partitions)| {
        let each = partitions.iter();
        each.filter_map(move |(partition, latest)| of(topic, *partition, *latest))
    });
    Some(partitions.collect())
}

fn offsets(json: Option<&RawValue>) -> Option<Offsets> {
    serde_json::from_str(json?.get()).ok()
}
