//! Those who are told of a query's events.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::StreamingQueryListener;

/// Those who are told. Clones share them.
#[derive(Clone)]
pub(super) struct Listeners(Arc<[Arc<dyn StreamingQueryListener>]>);

impl Listeners {
    pub(super) fn new(listeners: Vec<Arc<dyn StreamingQueryListener>>) -> Self {
        Self(listeners.into())
    }

    /// Tells every one. One that panics does not end the query.
    pub(super) fn notify(&self, tell: impl Fn(&dyn StreamingQueryListener)) {
        for listener in self.0.iter() {
            if catch_unwind(AssertUnwindSafe(|| tell(listener.as_ref()))).is_err() {
                tracing::error!("a listener of streaming queries panicked");
            }
        }
    }
}
