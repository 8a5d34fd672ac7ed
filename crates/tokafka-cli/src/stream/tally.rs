//! What the events of a query add up to, for whoever looks at it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use tokafka_streaming::{Outage, StreamingQuery, StreamingQueryListener, StreamingQueryProgress};

/// Counts the events of a query.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: Mutex<Counts>,
    query: OnceLock<StreamingQuery>,
}

/// All that was counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    /// Records that committed batches have read.
    pub(super) input_rows: u64,
    /// Records that they have written.
    pub(super) output_rows: u64,
    /// Bytes of these, as sent.
    pub(super) output_bytes: u64,
    /// Record batches that were sent again.
    pub(super) resends: u64,
    /// Times that offsets were gone, and were passed over.
    pub(super) data_loss: u64,
    /// How long batches took that were committed.
    pub(super) durations: Durations,
    /// Attempts that failed and were made again.
    pub(super) retries: u64,
    /// Attempts that failed, the last one too.
    pub(super) errors: u64,
    /// The last batch that was committed.
    pub(super) last: Option<LastBatch>,
    /// Offsets behind the end of each partition, by topic, at the last trigger that asked for it.
    pub(super) lag: BTreeMap<String, BTreeMap<i32, u64>>,
    /// What is being waited out.
    pub(super) outage: Option<OutageSeen>,
    /// The last thing that went wrong, healed or not.
    pub(super) last_error: Option<ErrorSeen>,
    /// A trigger has succeeded, with a batch or without.
    pub(super) has_triggered: bool,
    /// When the query last said anything.
    pub(super) heard: Option<Instant>,
}

/// A histogram of durations.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Durations {
    /// How many were at most as long as each of [`BOUNDS_MS`].
    pub(super) within: [u64; BOUNDS_MS.len()],
    pub(super) count: u64,
    pub(super) sum_ms: u64,
}

/// Milliseconds by which durations are told apart.
pub(super) const BOUNDS_MS: [u64; 14] = [
    5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000,
];

impl Durations {
    fn add(&mut self, millis: u64) {
        self.count += 1;
        self.sum_ms += millis;
        for (within, bound) in self.within.iter_mut().zip(BOUNDS_MS) {
            *within += u64::from(millis <= bound);
        }
    }
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

    /// The query, once it has started.
    pub(super) fn query(&self) -> Option<&StreamingQuery> {
        self.query.get()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StreamingQueryListener for Tally {
    fn on_started(&self, query: &StreamingQuery) {
        let _first = self.query.set(query.clone());
        self.lock().heard = Some(Instant::now());
    }

    fn on_progress(&self, progress: &StreamingQueryProgress) {
        let mut counts = self.lock();
        counts.well(progress);
        counts.durations.add(progress.batch_duration);
        counts.input_rows += progress.num_input_rows;
        counts.output_rows += u64::try_from(progress.sink.num_output_rows).unwrap_or_default();
        counts.output_bytes += progress.tokafka.bytes;
        counts.resends += progress.tokafka.retries;
        counts.data_loss += progress.tokafka.data_loss;
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
        counts.errors += 1;
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
            counts.errors += 1;
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
        self.has_triggered = true;
        if !progress.tokafka.lag.is_empty() {
            self.lag.clone_from(&progress.tokafka.lag);
        }
    }

    /// The lag of each partition.
    pub(super) fn lag(&self) -> impl Iterator<Item = (&str, i32, u64)> {
        self.lag.iter().flat_map(|(topic, partitions)| {
            let each = partitions.iter();
            each.map(|(partition, lag)| (topic.as_str(), *partition, *lag))
        })
    }

    /// The lag of each topic.
    pub(super) fn lag_by_topic(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        let topics = self.lag.iter();
        topics.map(|(topic, partitions)| (topic.as_str(), partitions.values().sum()))
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
