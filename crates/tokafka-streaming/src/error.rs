//! What can go wrong, and whether time can heal it.

use std::sync::Arc;

use crate::CheckpointError;

/// Whether trying the same again later can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heals {
    /// An outage: a broker, a store, a permission or a topic may come back.
    WithTime,
    /// It stays as it is until somebody changes the query, its options or its data.
    Never,
}

/// Why a query did not start. Nothing was read or written, and the checkpoint is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Options, columns, modes or plans that cannot be.
    #[error("{0}")]
    Refused(String),
    /// The checkpoint cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The source cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Why a source cannot say what a batch takes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// An option that cannot be.
    #[error("{0}")]
    Option(String),
}

impl SourceError {
    /// Whether trying again later can succeed.
    pub fn heals(&self) -> Heals {
        match self {
            Self::Option(_) => Heals::Never,
        }
    }
}

/// Why a query ended: Spark's `StreamingQueryException`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{text}")]
pub struct StreamingQueryError {
    /// The whole of it, as Spark words it.
    pub(crate) text: String,
    /// What went wrong.
    #[source]
    pub(crate) cause: Arc<dyn std::error::Error + Send + Sync>,
}
