//! Queries that run, on the embedded broker: what arrives, what the checkpoint says, what is told.

mod bench;
mod errors;
mod kills;
mod outages;
mod poison;
mod restarts;
mod skips;
mod sources;
mod waiting;

use std::time::Duration;

pub(super) use bench::Bench;

/// No condition is waited for longer.
const DEADLINE: Duration = Duration::from_secs(30);

/// Waits until it is true.
async fn until(condition: impl Fn() -> bool) {
    let polling = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(DEADLINE, polling).await;
    waited.expect("the condition should come true");
}

/// Waits for what should not take long.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(DEADLINE, work).await;
    done.expect("it should not take so long")
}
