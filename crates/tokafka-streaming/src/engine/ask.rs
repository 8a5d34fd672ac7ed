//! What the driver asks of its sources and of its sink.

use std::time::Duration;

use datafusion::prelude::DataFrame;
use futures::future::try_join_all;
use tokafka_datafusion::{KafkaRanges, WriteReport};

use super::{batch::Batch, driver::Driver, failure::Failure, step::Step};
use crate::{
    SourceOffsets, Trigger,
    source::{KafkaSource, NextOffsets, ReadLimit},
};

/// For how long what is in flight is waited for when a batch is abandoned, so that nothing of it arrives later.
const GRACE: Duration = Duration::from_secs(1);

impl Driver {
    /// The query begins to look for input.
    pub(super) fn look_begins(&mut self) -> u64 {
        self.journal.at(Step::Plan);
        let names = self.query.tables.iter();
        let names: Vec<_> = names.map(|table| table.options().description()).collect();
        self.journal
            .say(&format!("Getting offsets from {}", names.join(", ")));
        self.journal.state().look()
    }

    /// It has found some, or not.
    pub(super) fn look_ends(&mut self, look: u64, found: bool) {
        self.journal.found(found);
        if !found {
            self.journal.state().nothing_at(look);
        }
    }

    /// Where the next batch of each source ends. All are asked at the same time.
    pub(super) async fn next_offsets(&mut self) -> Result<Vec<NextOffsets>, Failure> {
        let Some(place) = &self.place else {
            return Ok(Vec::new());
        };
        let limit = match self.trigger {
            Trigger::Once => ReadLimit::Everything,
            Trigger::ProcessingTime(_) | Trigger::AvailableNow => ReadLimit::Options,
        };
        let asked = self.sources.iter_mut().zip(&place.start);
        let asked = asked.map(|(source, start)| source.next(start, limit, place.last));
        self.journal.until_finish(try_join_all(asked)).await
    }

    /// What a batch reads of each source.
    pub(super) async fn ranges(&mut self, batch: &Batch) -> Result<Vec<KafkaRanges>, Failure> {
        let bounds = batch.start.iter().zip(&batch.end);
        let asked = self.sources.iter_mut().zip(bounds);
        let asked = asked.map(|(source, (start, end))| source.ranges(start, end));
        self.journal.until_abandoned(try_join_all(asked)).await
    }

    /// Writes the rows of a batch. Every row is acknowledged when this returns.
    pub(super) async fn write_rows(
        &mut self,
        batch: u64,
        rows: DataFrame,
    ) -> Result<WriteReport, Failure> {
        let state = self.journal.state();
        let abandon = &state.abandon;
        let epoch = self.sink.begin(batch).progress(state.count_anew());
        let written = epoch.cancel_with(abandon.clone(), GRACE).write(rows).await;
        state.count_anew();
        match written {
            Ok(written) => Ok(written.commit().await?),
            Err(_) if abandon.is_cancelled() => Err(Failure::Stopped),
            Err(error) => Err(error.into()),
        }
    }

    /// Connects the sources that are not connected yet.
    pub(super) async fn open_sources(&mut self) -> Result<(), Failure> {
        for table in self.query.tables.iter().skip(self.sources.len()) {
            let open = KafkaSource::open(table.options().clone());
            let mut source = self.journal.until_finish(open).await?;
            if self.trigger == Trigger::AvailableNow {
                let prepared = source.prepare_available_now();
                self.journal.until_finish(prepared).await?;
            }
            self.sources.push(source);
        }
        Ok(())
    }

    /// Where a source begins: what the checkpoint says or else, written there, what its options say.
    pub(super) async fn initial_offsets(&mut self, index: usize) -> Result<SourceOffsets, Failure> {
        if let Some(known) = self.checkpoint.initial_offsets(index).await? {
            return Ok(known);
        }
        let Some(source) = self.sources.get_mut(index) else {
            return Ok(SourceOffsets::default());
        };
        let resolved = source.initial_offsets();
        let offsets = self.journal.until_finish(resolved).await?;
        self.journal.at(Step::PutInitialOffsets);
        self.checkpoint.put_initial_offsets(index, &offsets).await?;
        Ok(offsets)
    }
}
