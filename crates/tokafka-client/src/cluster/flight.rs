//! One at a time, for all who ask.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};

/// Runs a future that whoever asks meanwhile shares. It runs as long as anyone waits for it; when
/// all have given up, it is dropped.
pub(super) struct SingleFlight<T: Clone>(Mutex<Option<WeakShared<BoxFuture<'static, T>>>>);

/// A future that may have more waiters.
pub(super) type Flight<T> = Shared<BoxFuture<'static, T>>;

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What runs now, or else what `start` gives.
    pub(super) fn join(&self, start: impl FnOnce() -> BoxFuture<'static, T>) -> Flight<T> {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let running = current.as_ref().and_then(WeakShared::upgrade);
        if let Some(running) = running.filter(|flight| flight.peek().is_none()) {
            return running;
        }
        let flight = start().shared();
        *current = flight.downgrade();
        flight
    }
}

impl<T: Clone> fmt::Debug for SingleFlight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SingleFlight")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn those_who_ask_while_it_runs_share_it_and_later_ones_do_not() {
        let (flights, runs) = (SingleFlight::new(), Arc::new(AtomicU32::new(0)));
        let go = Arc::new(Notify::new());
        let start = || {
            let (runs, go) = (runs.clone(), go.clone());
            flights.join(move || {
                async move {
                    go.notified().await;
                    runs.fetch_add(1, Ordering::Relaxed)
                }
                .boxed()
            })
        };
        let (first, second) = (start(), start());
        go.notify_one();
        assert_eq!(futures::join!(first, second), (0, 0));
        let third = start();
        go.notify_one();
        assert_eq!(third.await, 1);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_shared() {
        let flights = SingleFlight::new();
        drop(flights.join(|| futures::future::pending().boxed()));
        assert_eq!(flights.join(|| async { 7 }.boxed()).await, 7);
    }
}
