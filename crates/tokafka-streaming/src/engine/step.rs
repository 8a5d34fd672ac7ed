//! The steps of the driver, by name.

use std::{fmt, sync::Arc};

/// Is called before each step.
#[derive(Clone, Default)]
pub(crate) struct StepHook(Option<Arc<dyn Fn(&'static str) + Send + Sync>>);

impl StepHook {
    pub(crate) fn new(hook: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    pub(crate) fn at(&self, step: &'static str) {
        if let Some(hook) = &self.0 {
            hook(step);
        }
    }
}

impl fmt::Debug for StepHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StepHook").field(&self.0.is_some()).finish()
    }
}
