//! Compares a copy with its source.

use std::{collections::BTreeSet, ops::Range};

use super::directory::Batch;
use crate::log::{Entry, Log};

/// What a comparison came to. Everything from `lost` on should be 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Rows of the source.
    pub(crate) rows: u64,
    /// Batches of which at least a row is in the copy once more.
    pub(crate) batches: u64,
    /// Rows that are in the copy once more.
    pub(crate) repeated: u64,
    /// Rows that are not in the copy.
    pub(crate) lost: u64,
    /// Places in the copy where a row follows one that it should not, unless a batch that runs again begins
    /// there.
    pub(crate) disordered: u64,
    /// Rows that are in the copy more often than batches ran again that hold them, and rows that nobody wrote.
    pub(crate) unexplained: u64,
}

impl Findings {
    pub(crate) fn is_clean(&self) -> bool {
        self.lost == 0 && self.disordered == 0 && self.unexplained == 0
    }
}

/// Compares a copy with its source, given the batches that ran again, each as often as it did.
pub(crate) fn check(source: &Log, copy: &Log, again: &[Batch]) -> Findings {
    let mut findings = Findings::default();
    let mut repeated = BTreeSet::new();
    for (partition, (source, copy)) in source.iter().zip(copy).enumerate() {
        let ranges = again.iter().filter_map(|batch| batch.ranges.get(partition));
        let ranges: Vec<_> = ranges.cloned().collect();
        for offset in check_partition(source, copy, &ranges, &mut findings) {
            let holds = |batch: &&Batch| {
                let taken = batch.ranges.get(partition);
                taken.is_some_and(|taken| taken.contains(&offset))
            };
            repeated.extend(again.iter().find(holds).map(|batch| batch.number));
        }
    }
    findings.batches = repeated.len() as u64;
    findings
}

/// Gives the offsets that are in the copy once more.
fn check_partition(
    source: &[Entry],
    copy: &[Entry],
    again: &[Range<i64>],
    findings: &mut Findings,
) -> Vec<i64> {
    findings.rows += source.len() as u64;
    let mut times = vec![0_u32; source.len()];
    let mut next = 0;
    for entry in copy {
        let place = source.binary_search_by_key(&entry.number, |row| row.number);
        let Some((place, count)) = place.ok().and_then(|place| {
            let count = times.get_mut(place)?;
            Some((place, count))
        }) else {
            findings.unexplained += 1;
            continue;
        };
        *count += 1;
        let begins = |taken: &Range<i64>| {
            let start = source.partition_point(|row| row.offset < taken.start);
            let end = source.partition_point(|row| row.offset < taken.end);
            start == place && (start..=end).contains(&next)
        };
        if place != next && !again.iter().any(begins) {
            findings.disordered += 1;
        }
        next = place + 1;
    }
    let mut repeated = Vec::new();
    for (row, times) in source.iter().zip(times) {
        let runs = again.iter().filter(|taken| taken.contains(&row.offset));
        let repeats = times.saturating_sub(1);
        let allowed = u32::try_from(runs.count()).unwrap_or(u32::MAX);
        findings.lost += u64::from(times == 0);
        findings.repeated += u64::from(repeats);
        findings.unexplained += u64::from(repeats.saturating_sub(allowed));
        repeated.extend((repeats > 0).then_some(row.offset));
    }
    repeated
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of one partition that holds these numbers.
    fn log(numbers: &[u32]) -> Log {
        let entries = (0..).zip(numbers).map(|(offset, &number)| Entry {
            offset,
            writer: 0,
            number,
        });
        vec![entries.collect()]
    }

    fn batch(taken: Range<i64>) -> Batch {
        Batch {
            number: 0,
            entry: Vec::new(),
            ranges: vec![taken],
        }
    }

    fn found(copy: &[u32], again: &[(i64, i64)]) -> Findings {
        let again: Vec<_> = again.iter().map(|&(from, to)| batch(from..to)).collect();
        check(&log(&[0, 1, 2, 3, 4, 5]), &log(copy), &again)
    }

    fn clean(repeated: u64) -> Findings {
        Findings {
            rows: 6,
            repeated,
            batches: u64::from(repeated > 0),
            ..Findings::default()
        }
    }

    #[test]
    fn a_batch_that_ran_again_may_be_there_twice_or_in_part() {
        assert_eq!(found(&[0, 1, 2, 3, 4, 5], &[]), clean(0));
        assert_eq!(found(&[0, 1, 2, 3, 2, 3, 4, 5], &[(2, 4)]), clean(2));
        assert_eq!(found(&[0, 1, 2, 2, 3, 4, 5], &[(2, 4)]), clean(1));
        assert_eq!(found(&[0, 1, 2, 3, 4, 5], &[(2, 4)]), clean(0));
        let thrice = [0, 1, 2, 2, 3, 2, 3, 4, 5];
        assert_eq!(found(&thrice, &[(2, 4), (2, 4)]), clean(3));
    }

    #[test]
    fn a_row_that_is_missing_is_lost() {
        let expected = Findings {
            lost: 1,
            disordered: 1,
            ..clean(0)
        };
        assert_eq!(found(&[0, 1, 3, 4, 5], &[]), expected);
    }

    #[test]
    fn a_repeat_without_a_batch_that_ran_again_is_unexplained() {
        let expected = Findings {
            batches: 0,
            disordered: 1,
            unexplained: 2,
            ..clean(2)
        };
        assert_eq!(found(&[0, 1, 2, 3, 2, 3, 4, 5], &[]), expected);
        assert_eq!(found(&[0, 1, 2, 3, 2, 3, 4, 5], &[(4, 6)]), expected);
        let once_too_often = Findings {
            unexplained: 1,
            ..clean(3)
        };
        assert_eq!(
            found(&[0, 1, 2, 2, 3, 2, 3, 4, 5], &[(2, 4)]),
            once_too_often
        );
    }

    #[test]
    fn a_row_behind_a_later_one_breaks_the_order_even_within_a_batch_that_ran_again() {
        let swapped = found(&[0, 1, 3, 2, 2, 3, 4, 5], &[(2, 4)]);
        assert!(swapped.disordered > 0);
    }

    #[test]
    fn a_row_that_nobody_wrote_is_unexplained() {
        let expected = Findings {
            unexplained: 1,
            ..clean(0)
        };
        assert_eq!(found(&[0, 1, 2, 3, 4, 5, 9], &[]), expected);
    }
}
