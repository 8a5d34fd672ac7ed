//! What is wrong with a file of a checkpoint. Also a part of a fuzz target.

/// What is wrong with a file of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// It is of a version that is not known here.
    #[error(
        "[INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION] UnsupportedLogVersion. The maximum supported log version is v1, \
         but encountered v{0}. The log file was produced by a newer version of Spark and cannot be read by this \
         version. You need to upgrade. SQLSTATE: KD002"
    )]
    Newer(i32),
    /// Its first line is not a version.
    #[error(
        "[MALFORMED_LOG_FILE] Log file was malformed: failed to read correct log version from {line}. SQLSTATE: KD002 \
         ({advice})"
    )]
    Version {
        /// The first line.
        line: String,
        /// What to do.
        advice: &'static str,
    },
    /// It is empty, or ends where more must come.
    #[error("Incomplete log file ({advice})")]
    Incomplete {
        /// What to do.
        advice: &'static str,
    },
    /// It is something else.
    #[error("{what} ({advice})")]
    Damaged {
        /// What is found there.
        what: String,
        /// What to do.
        advice: &'static str,
    },
}
