//! What the driver tells of a trigger.

use super::{batch::Batch, driver::Driver};
use crate::query::{QueryState, Scene};

impl Driver {
    /// Tells of a batch that is committed.
    pub(super) fn report(&mut self, batch: &Batch) {
        let times = self.journal.times();
        let progress = self
            .reporter
            .batch(batch, &self.sources, times, &self.outages);
        self.journal.progress(progress);
    }

    /// Tells that a trigger found nothing to do, if that was not told lately.
    pub(super) fn found_nothing(&mut self) {
        self.outages.over();
        let times = self.journal.times();
        if let Some(place) = &self.place
            && self.journal.is_idle_for_long()
        {
            let progress = self.reporter.idle(place, &self.sources, times);
            self.journal.idle(progress);
        }
    }

    /// What is known of the query, for the error that it ends with.
    pub(super) fn scene(&self) -> Scene {
        let state = self.journal.state();
        let start = self.place.iter().flat_map(|place| &place.start);
        let start: Vec<_> = start.map(|offsets| offsets.to_json()).collect();
        let end = self.batch.iter().flat_map(|batch| &batch.end);
        let end: Vec<_> = end.map(|offsets| offsets.to_json()).collect();
        let ids = format!("id = {}, runId = {}", state.id, state.run_id);
        Scene {
            identifier: identifier(state, &ids),
            start: self.by_source(&start),
            end: self.by_source(if end.is_empty() { &start } else { &end }),
            ids,
            state: match self.place {
                Some(_) => "ACTIVE",
                None => "INITIALIZING",
            },
            plan: self.query.plan.display_indent().to_string(),
        }
    }

    /// `{KafkaV2[Subscribe[orders]]: {"orders":{"0":120}}}`
    fn by_source(&self, offsets: &[String]) -> String {
        let tables = self.query.tables.iter().zip(offsets);
        let each =
            tables.map(|(table, offsets)| format!("{}: {offsets}", table.options().description()));
        format!("{{{}}}", each.collect::<Vec<_>>().join(","))
    }
}

fn identifier(state: &QueryState, ids: &str) -> String {
    match &state.name {
        Some(name) => format!("{name} [{ids}]"),
        None => format!("[{ids}]"),
    }
}
