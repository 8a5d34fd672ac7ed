//! A batch on its way, and the place between two.

use std::time::Instant;

use serde_json::value::RawValue;
use tokafka_datafusion::WriteReport;

use crate::{SourceOffsets, checkpoint::OffsetsEntry, source::NextOffsets};

/// Between two batches.
#[derive(Debug)]
pub(crate) struct Place {
    /// The number of the next batch.
    pub(crate) number: u64,
    /// Where it begins, for each source.
    pub(crate) start: Vec<SourceOffsets>,
    /// Settings of Spark, which are handed on from entry to entry.
    pub(crate) conf: Box<RawValue>,
    /// When the last batch of this run was planned.
    pub(crate) last: Option<Instant>,
}

/// A batch that was planned. It stays the same however often it is tried.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) number: u64,
    /// Where it begins, for each source.
    pub(crate) start: Vec<SourceOffsets>,
    /// Where it ends, for each source.
    pub(crate) end: Vec<SourceOffsets>,
    /// What is or will be in `offsets/N`.
    pub(crate) entry: OffsetsEntry,
    /// What was there when it was planned; `None` if that was in an earlier run.
    pub(crate) next: Option<Vec<NextOffsets>>,
    /// `offsets/N` is written.
    pub(crate) is_noted: bool,
    /// Every row is acknowledged.
    pub(crate) written: Option<WriteReport>,
}

impl Place {
    /// The batch of an earlier run that begins here.
    pub(crate) fn unfinished(&self, entry: OffsetsEntry) -> Batch {
        let ends = entry.sources.iter().zip(&self.start);
        let end = ends.map(|(end, start)| end.clone().unwrap_or_else(|| start.clone()));
        Batch {
            number: self.number,
            start: self.start.clone(),
            end: end.collect(),
            entry,
            next: None,
            is_noted: true,
            written: None,
        }
    }

    /// The batch that begins here; `None` if there is nothing new. The first batch of a query is made in any
    /// case, as by Spark: it notes where the query began.
    pub(crate) fn batch(&mut self, next: Vec<NextOffsets>, now: u64) -> Option<Batch> {
        let end: Vec<_> = next.iter().map(|next| next.end.clone()).collect();
        if end == self.start && self.number > 0 {
            return None;
        }
        self.last = Some(Instant::now());
        let entry = OffsetsEntry {
            watermark_ms: 0,
            timestamp_ms: i64::try_from(now).unwrap_or(i64::MAX),
            conf: self.conf.clone(),
            sources: end.iter().cloned().map(Some).collect(),
        };
        Some(Batch {
            number: self.number,
            start: self.start.clone(),
            end,
            entry,
            next: Some(next),
            is_noted: false,
            written: None,
        })
    }

    /// A batch is done: the next one begins where it ended.
    pub(crate) fn after(&mut self, batch: &Batch) {
        self.number = batch.number.saturating_add(1);
        self.start.clone_from(&batch.end);
        self.conf.clone_from(&batch.entry.conf);
    }
}
