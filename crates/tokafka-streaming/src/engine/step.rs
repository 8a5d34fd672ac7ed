//! The steps of the driver, by name.

use std::{fmt, sync::Arc};

/// What the driver does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Connects the sources, and resolves where they begin.
    OpenSources,
    /// Writes where a source begins, for a new query.
    PutInitialOffsets,
    /// Looks for input, and fixes where the batch ends.
    Plan,
    /// Writes `offsets/N`.
    PutOffsets,
    /// Asks the sources what the batch reads.
    GetRanges,
    /// Puts that into the plan.
    BuildPlan,
    /// Runs the query, and waits until its rows are acknowledged.
    WriteRows,
    /// Writes `commits/N`.
    PutCommit,
    /// Tells the sources.
    TellSources,
    /// Removes entries that are not needed any more.
    Purge,
    /// Publishes the progress.
    Report,
}

impl Step {
    /// All, in their order.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 11] = [
        Self::OpenSources,
        Self::PutInitialOffsets,
        Self::Plan,
        Self::PutOffsets,
        Self::GetRanges,
        Self::BuildPlan,
        Self::WriteRows,
        Self::PutCommit,
        Self::TellSources,
        Self::Purge,
        Self::Report,
    ];

    /// The driver's name of it, for those who stop there.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OpenSources => "open_sources",
            Self::PutInitialOffsets => "put_initial_offsets",
            Self::Plan => "plan",
            Self::PutOffsets => "put_offsets",
            Self::GetRanges => "get_ranges",
            Self::BuildPlan => "build_plan",
            Self::WriteRows => "write_rows",
            Self::PutCommit => "put_commit",
            Self::TellSources => "tell_sources",
            Self::Purge => "purge",
            Self::Report => "report",
        }
    }

    /// Spark's name of its duration.
    pub(crate) const fn duration(self) -> Option<&'static str> {
        match self {
            Self::Plan => Some("latestOffset"),
            Self::PutOffsets => Some("walCommit"),
            Self::GetRanges => Some("getBatch"),
            Self::BuildPlan => Some("queryPlanning"),
            Self::WriteRows => Some("addBatch"),
            Self::PutCommit => Some("commitOffsets"),
            Self::OpenSources
            | Self::PutInitialOffsets
            | Self::TellSources
            | Self::Purge
            | Self::Report => None,
        }
    }

    /// Spark's words for what a query does then, if they change with it.
    pub(crate) const fn status(self) -> Option<&'static str> {
        match self {
            Self::OpenSources => Some("Initializing sources"),
            Self::PutOffsets => Some("Writing offsets to log"),
            Self::GetRanges => Some("Processing new data"),
            Self::Plan
            | Self::PutInitialOffsets
            | Self::BuildPlan
            | Self::WriteRows
            | Self::PutCommit
            | Self::TellSources
            | Self::Purge
            | Self::Report => None,
        }
    }
}

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
