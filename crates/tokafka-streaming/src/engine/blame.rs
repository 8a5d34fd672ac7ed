//! Which record a batch fails at.

use tokafka_datafusion::KafkaRanges;

use super::{batch::Batch, driver::Driver, failure::Failure, heal};
use crate::poison::Trial;

impl Driver {
    /// The failure of a batch with the record that is at fault, if there is one: found by running parts of the
    /// batch again, without writing.
    pub(super) async fn blame(
        &self,
        failure: Failure,
        batch: &Batch,
        ranges: &[KafkaRanges],
    ) -> Failure {
        let Failure::Batch(error) = failure else {
            return failure;
        };
        let trial = Trial {
            query: &self.query,
            sink: &self.sink,
            ranges,
            timestamp_ms: batch.entry.timestamp_ms,
            stop: &self.journal.state().abandon,
            heals: heal::write,
        };
        match trial.blame(*error).await {
            Ok(poison) => Failure::Poison(Box::new(poison)),
            Err(error) => error.into(),
        }
    }
}
