//! Why a checkpoint cannot be read or written.

use std::{io, path::PathBuf, sync::Arc};

use super::problem::FileProblem;
use crate::Heals;

/// Why a checkpoint cannot be read or written, in Spark's words where it has any.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The store does not answer as it should.
    #[error("checkpoint {location}: {source}")]
    Store {
        /// Where it is.
        location: String,
        /// What the store says.
        source: Arc<object_store::Error>,
    },
    /// The disk does not take or give what it should.
    #[error("checkpoint: {}: {source}", path.display())]
    Disk {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// A location where no checkpoint can be.
    #[error("checkpoint location {location}: {problem}")]
    Location {
        /// As it was given.
        location: String,
        /// What is wrong with it, and what to write instead.
        problem: String,
    },
    /// There is none.
    #[error(
        "checkpoint {location}: there is no checkpoint: neither metadata nor offsets/, commits/ or sources/"
    )]
    Missing {
        /// Where it should be.
        location: String,
    },
    /// Offsets that cannot be skipped.
    #[error("checkpoint {location}: {problem}")]
    Skip {
        /// Where it is.
        location: String,
        /// Why not.
        problem: String,
    },
    /// Another query runs on it.
    #[error(
        "Cannot start query with id {id} as another query with same id is already active. Perhaps you are attempting \
         to restart a query from checkpoint that is already active. {holder} holds {}; stop it, or give this query \
         another checkpoint location. The lock is gone when that process ends, however it ends.",
        path.display()
    )]
    Owned {
        /// The query's id, if it is known.
        id: String,
        /// The process that holds it.
        holder: String,
        /// The lock.
        path: PathBuf,
    },
    /// A file of the checkpoint is not what it should be.
    #[error("Failed to read log file {path}. {problem}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: FileProblem,
    },
    /// The query has not as many sources as the one that wrote it.
    #[error(
        "assertion failed: There are [{checkpoint}] sources in the checkpoint offsets and now there are [{query}] \
         sources requested by the query. Cannot continue. ({path}: give the query the sources that it had, in the same \
         order, or another checkpoint location.)"
    )]
    Sources {
        /// The entry that says so.
        path: String,
        /// How many sources it has.
        checkpoint: usize,
        /// How many sources the query has.
        query: usize,
    },
    /// The batch before the last one is not there.
    #[error(
        "batch {missing} doesn't exist: {location} has offsets/{planned}, which begins where offsets/{missing} ends. \
         Bring that file back from a copy; without one, move offsets/{planned} away, and the last batch that is \
         there goes on."
    )]
    Gap {
        /// Where it is.
        location: String,
        /// The batch that is missing.
        missing: u64,
        /// The last batch.
        planned: u64,
    },
    /// Batches are noted as done that were not planned.
    #[error(
        "checkpoint {location}: commits/{committed} is there, but {planned}: batch {committed} was done, and nobody \
         knows where it ended. Bring the files in offsets/ back from a copy, or remove commits/ to run again what was \
         done, or give the query another checkpoint location. Nothing was written."
    )]
    Unplanned {
        /// Where it is.
        location: String,
        /// The last batch that is noted as done.
        committed: u64,
        /// The last batch that was planned, in words.
        planned: String,
    },
    /// It belongs to a query with state.
    #[error(
        "checkpoint {location} has a directory state/: it belongs to a query with aggregates, joins of streams or \
         other state, which only Spark can continue. Give this query another checkpoint location. Nothing was written."
    )]
    Stateful {
        /// Where it is.
        location: String,
    },
    /// Another query has written what this one was about to write.
    #[error(
        "[CONCURRENT_STREAM_LOG_UPDATE] Concurrent update to the log. Multiple streaming jobs detected for {batch}.\n\
         Please make sure only one streaming job runs on a specific checkpoint location at a time. SQLSTATE: 40000 \
         ({path} is there already, with other content)"
    )]
    Concurrent {
        /// The batch.
        batch: u64,
        /// The entry.
        path: String,
    },
    /// The store overwrites where it should refuse to.
    #[error(
        "checkpoint {location}: this store takes a second object of the same name although it is told not to, so two \
         queries on this checkpoint would not notice each other. Use a store with conditional writes (S3, Google \
         Cloud Storage, Azure Blob Storage, MinIO of 2024 or later) or a local disk."
    )]
    Unconditional {
        /// Where it is.
        location: String,
    },
}

impl CheckpointError {
    /// Whether trying again later can succeed.
    pub fn heals(&self) -> Heals {
        match self {
            Self::Store { source, .. } => store_heals(source),
            Self::Disk { source, .. } => disk_heals(source),
            Self::Location { .. }
            | Self::Missing { .. }
            | Self::Skip { .. }
            | Self::Owned { .. }
            | Self::File { .. }
            | Self::Sources { .. }
            | Self::Gap { .. }
            | Self::Unplanned { .. }
            | Self::Stateful { .. }
            | Self::Concurrent { .. }
            | Self::Unconditional { .. } => Heals::Never,
        }
    }
}

/// A full disk, a lost permission, a store that is away: all but what the store will never do.
fn store_heals(error: &object_store::Error) -> Heals {
    use object_store::Error as E;
    match error {
        E::InvalidPath { .. }
        | E::NotSupported { .. }
        | E::NotImplemented { .. }
        | E::UnknownConfigurationKey { .. } => Heals::Never,
        _ => Heals::WithTime,
    }
}

fn disk_heals(error: &io::Error) -> Heals {
    use io::ErrorKind as K;
    match error.kind() {
        K::NotADirectory | K::IsADirectory | K::InvalidFilename | K::Unsupported => Heals::Never,
        _ => Heals::WithTime,
    }
}
