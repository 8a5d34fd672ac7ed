//! Where a query goes on: Spark's rules.

use super::{batch::Place, driver::Driver, failure::Failure, step::Step};
use crate::{SourceOffsets, checkpoint::OffsetsEntry};

impl Driver {
    /// Connects the sources, and finds out where the query is by what its checkpoint held when it was opened.
    /// The last batch that was planned and not committed is the next to run, as it was planned; batches before
    /// it are done, whether or not that was noted.
    pub(super) async fn recover(&mut self) -> Result<(), Failure> {
        self.journal.at(Step::OpenSources);
        self.open_sources().await?;
        let recovered = self.checkpoint.recovered().clone();
        let (number, begins_after, unfinished) = match recovered.planned {
            None => (0, None, None),
            Some((last, entry)) if recovered.committed >= Some(last) => {
                (last.saturating_add(1), Some(entry), None)
            }
            Some((last, entry)) => {
                warn_of_gap(last, recovered.committed);
                (last, recovered.before, Some(entry))
            }
        };
        let conf = begins_after.as_ref().or(unfinished.as_ref());
        let place = Place {
            number,
            conf: conf.map_or_else(OffsetsEntry::no_conf, |entry| entry.conf.clone()),
            start: self.start(begins_after).await?,
            last: None,
        };
        self.batch = unfinished.map(|entry| place.unfinished(entry));
        self.place = Some(place);
        Ok(())
    }

    /// Where each source goes on: at the end of the batch before.
    async fn start(&mut self, before: Option<OffsetsEntry>) -> Result<Vec<SourceOffsets>, Failure> {
        let mut known = before
            .map(|entry| entry.sources)
            .unwrap_or_default()
            .into_iter();
        let mut start = Vec::with_capacity(self.sources.len());
        for index in 0..self.sources.len() {
            start.push(match known.next().flatten() {
                Some(offsets) => offsets,
                None => self.initial_offsets(index).await?,
            });
        }
        Ok(start)
    }
}

fn warn_of_gap(last: u64, committed: Option<u64>) {
    let expected = last.checked_sub(1);
    if committed < expected {
        tracing::warn!(
            "Batch completion log latest batch id is {}, which is not trailing batchid {last} by one",
            committed.map_or_else(|| "-1".to_owned(), |batch| batch.to_string())
        );
    }
}
