//! Which rows of an input a batch was made of.

use std::{fmt, ops::Range};

/// Numbers of the first and the last row that the records of a batch were made of, which keep the order
/// of the rows. Rows between them may lie in other batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowSpan {
    /// Number of the first row.
    pub first: u64,
    /// Number of the last row.
    pub last: u64,
}

impl RowSpan {
    /// The rows that some of the `count` records may have been made of: each of the others takes one. One
    /// row only, if there are no others between.
    pub(crate) fn of_records(self, records: &Range<u32>, count: u32) -> Self {
        let after = u64::from(count.saturating_sub(records.end));
        Self {
            first: self.first.saturating_add(records.start.into()),
            last: self.last.saturating_sub(after),
        }
    }
}

impl fmt::Display for RowSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last } = self;
        if first == last {
            write!(f, "row {first}")
        } else {
            write!(f, "one of the rows {first} to {last}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_of_a_record_is_known_if_all_rows_between_are_in_the_batch() {
        let whole = RowSpan {
            first: 11,
            last: 15,
        };
        for index in 0..5 {
            let row = whole.of_records(&(index..index + 1), 5);
            assert_eq!(row.to_string(), format!("row {}", 11 + index));
        }
    }

    #[test]
    fn else_the_records_before_and_after_it_bound_it() {
        let scattered = RowSpan {
            first: 11,
            last: 25,
        };
        let row = |index| scattered.of_records(&(index..index + 1), 5).to_string();
        assert_eq!(row(0), "one of the rows 11 to 21");
        assert_eq!(row(4), "one of the rows 15 to 25");
        let half = scattered.of_records(&(2..5), 5);
        assert_eq!(
            half.of_records(&(2..3), 3),
            scattered.of_records(&(4..5), 5)
        );
    }
}
