//! What is sent: rows that are numbers.

use super::super::{Attempt, Payload};

/// Consecutive rows; each row is its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) first: u32,
    pub(super) count: u32,
    /// A broker that is restarted forgets their producer.
    pub(super) old: bool,
}

impl Rows {
    pub(super) fn all(&self) -> impl Iterator<Item = u32> + use<> {
        self.first..self.first + self.count
    }

    pub(super) fn halves(&self) -> (Self, Self) {
        let count = self.count / 2;
        let second = Self {
            first: self.first + count,
            count: self.count - count,
            ..*self
        };
        (Self { count, ..*self }, second)
    }
}

impl Payload for Rows {
    fn record_count(&self) -> u32 {
        self.count
    }

    fn is_soon_forgotten(&self) -> bool {
        self.old
    }
}

#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) attempt: Attempt,
    pub(super) epoch: i16,
    pub(super) sequence: i32,
    pub(super) rows: Rows,
}
