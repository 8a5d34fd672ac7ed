//! What can go wrong, and whether time can heal it.

use crate::{CheckpointError, SourceError};

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
