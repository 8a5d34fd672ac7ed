//! Waiting for what has no signal.

use std::time::Duration;

/// How often a condition is looked at.
pub(crate) const POLL: Duration = Duration::from_millis(10);

/// Waits until a condition holds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(POLL).await;
    }
}

/// How long anything may take that is not a fault.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);
