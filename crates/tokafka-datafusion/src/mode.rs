//! What a write does with what is in the topic already.

use std::fmt;

/// Spark's save modes. Records can only be added to a topic, so two of them cannot be had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SaveMode {
    /// Adds the rows to what is there.
    #[default]
    Append,
    /// As [`SaveMode::Append`]: an existing topic is no error, as in Spark.
    ErrorIfExists,
    /// Refused.
    Overwrite,
    /// Refused.
    Ignore,
}

impl SaveMode {
    /// True for the modes that a write may have.
    pub fn is_allowed(self) -> bool {
        match self {
            Self::Append | Self::ErrorIfExists => true,
            Self::Overwrite | Self::Ignore => false,
        }
    }
}

impl fmt::Display for SaveMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Append => "Append",
            Self::ErrorIfExists => "ErrorIfExists",
            Self::Overwrite => "Overwrite",
            Self::Ignore => "Ignore",
        })
    }
}
