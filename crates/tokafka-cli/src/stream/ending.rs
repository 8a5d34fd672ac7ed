//! What becomes of the batch that runs when the query is told to stop.

use std::time::Duration;

use tokafka_streaming::StreamingQuery;

use super::tally::Tally;

/// Said at once, before it is known.
pub(super) fn stopping(grace: Duration) -> String {
    let grace = grace.as_secs_f64();
    format!(
        "stopping: a batch that runs may finish within {grace} s; once more ends at once, and it runs \
         again at the next start"
    )
}

/// How a stream ended that did not fail.
#[derive(Debug)]
pub(super) enum Ending {
    /// There is nothing to repeat.
    Clean(String),
    /// A batch runs again at the next start.
    Abandoned(String),
}

/// Stops the query, and says what became of its batch.
pub(super) async fn stop(query: &StreamingQuery, grace: Duration, tally: &Tally) -> Ending {
    let before = tally.counts().last.map(|last| last.id);
    let ended_well = query.stop_within(grace).await;
    let after = tally.counts().last.map(|last| last.id);
    if !ended_well {
        let said = "stopped: the batch that ran was abandoned. It runs again, with the same records, at the \
                    next start with this checkpoint; those that it has written are then there twice";
        return Ending::Abandoned(said.to_owned());
    }
    Ending::Clean(match after.filter(|_| after != before) {
        Some(batch) => format!("stopped: batch {batch} was finished"),
        None => "stopped: no batch was running".to_owned(),
    })
}
