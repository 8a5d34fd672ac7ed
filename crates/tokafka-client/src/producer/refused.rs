//! Records that a broker refused.

use std::fmt;

use crate::batch::{FinishedBatch, RowSpan};

/// Records that are told of one by one.
const TOLD: usize = 3;

/// A record that a broker refused, and with it the batch it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRecord {
    /// Its place in the batch, from 0.
    pub index: u32,
    /// The row it was made of, or those it may have been made of, as far as they were
    /// [told](FinishedBatch::with_rows).
    pub rows: Option<RowSpan>,
    /// What the broker said.
    pub message: Option<String>,
}

impl RefusedRecord {
    pub(super) fn new(index: u32, message: Option<String>) -> Self {
        Self {
            index,
            rows: None,
            message,
        }
    }

    /// Finds its row.
    pub(super) fn find_in(&mut self, batch: &FinishedBatch) {
        let (index, count) = (self.index, batch.record_count());
        let rows = batch.rows().filter(|_| index < count);
        self.rows = rows.map(|rows| rows.of_records(&(index..index.saturating_add(1)), count));
    }
}

impl fmt::Display for RefusedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows {
            Some(rows) => write!(f, "{rows}")?,
            None => write!(f, "record {} of the batch", self.index)?,
        }
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

/// The first of the records, and how many more there are.
pub(super) fn told(records: &[RefusedRecord]) -> String {
    let first = records.iter().take(TOLD).map(RefusedRecord::to_string);
    let mut text = first.collect::<Vec<_>>().join("; ");
    match records.len().saturating_sub(TOLD) {
        0 => {}
        1 => text.push_str("; and one more"),
        more => text.push_str(&format!("; and {more} more")),
    }
    text
}
