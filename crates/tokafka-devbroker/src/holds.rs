//! Requests and answers that wait until a test lets them go.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// What is held, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Holds(Mutex<Vec<oneshot::Sender<()>>>);

impl Holds {
    /// Waits for its release.
    pub(crate) async fn wait(&self) {
        let (release, released) = oneshot::channel();
        self.waiting().push(release);
        // An error means that the holds are gone, with the broker.
        let _ = released.await;
    }

    /// How many wait. Those whose node has stopped do not count.
    pub(crate) fn count(&self) -> usize {
        self.waiting().len()
    }

    /// Lets one go, of those that wait; false if there is no such one.
    pub(crate) fn release(&self, index: usize) -> bool {
        let mut waiting = self.waiting();
        index < waiting.len() && waiting.remove(index).send(()).is_ok()
    }

    pub(crate) fn release_all(&self) {
        for release in mem::take(&mut *self.waiting()) {
            // One that has just gone needs no release.
            let _ = release.send(());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<oneshot::Sender<()>>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|release| !release.is_closed());
        waiting
    }
}
