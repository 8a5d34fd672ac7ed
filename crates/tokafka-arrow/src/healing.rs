//! Which failures of a write can go away without a change of its options, columns and rows.

use crate::error::WriteError;

impl WriteError {
    /// True if the same write may succeed some time: brokers, topics and permissions may come back. Wider than
    /// [`is_retriable`](Self::is_retriable), which asks whether the very next attempt may.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::Schema(_) | Self::Options(_) | Self::Data(_) | Self::Encode(_) => false,
            Self::Interrupted => true,
            Self::Connect(error) => error.may_heal(),
            Self::Topic { error, .. } => error.may_heal(),
            Self::Send(error) => error.may_heal(),
            Self::Delivery(error) => error.may_heal(),
            Self::InPartition { error, .. } => error.may_heal(),
        }
    }
}
