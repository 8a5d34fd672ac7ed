//! Compares what was reported with what is in the log.

use std::{collections::HashMap, ops::AddAssign};

use crate::{
    evidence::{Evidence, PartitionEvidence, Run},
    log::{Entry, Log},
};

/// What a comparison came to. Everything from `lost` on should be 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Rows in the log.
    pub(crate) stored: u64,
    /// Rows that were reported as possibly written.
    pub(crate) in_doubt: u64,
    /// Rows that were acknowledged and are not in the log.
    pub(crate) lost: u64,
    /// Rows that are in the log once more.
    pub(crate) doubled: u64,
    /// Places in the log where a writer's row follows a later one of the same partition.
    pub(crate) disordered: u64,
    /// Rows of which the report says something else than the log: another offset, another count.
    pub(crate) misreported: u64,
    /// Rows in the log of which the report does not know that they may be there.
    pub(crate) unreported: u64,
}

impl Findings {
    /// True if the log is as it was reported, and as it should be.
    pub(crate) fn is_clean(&self) -> bool {
        let Self {
            stored: _,
            in_doubt: _,
            lost,
            doubled,
            disordered,
            misreported,
            unreported,
        } = self;
        [lost, doubled, disordered, misreported, unreported]
            .iter()
            .all(|count| **count == 0)
    }
}

impl AddAssign for Findings {
    fn add_assign(&mut self, other: Self) {
        self.stored += other.stored;
        self.in_doubt += other.in_doubt;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.disordered += other.disordered;
        self.misreported += other.misreported;
        self.unreported += other.unreported;
    }
}

/// Compares what all writers of a topic were told with the topic.
pub(crate) fn check(evidence: &[Evidence], log: &Log) -> Findings {
    let mut findings = Findings::default();
    for (partition, entries) in log.iter().enumerate() {
        findings.stored += entries.len() as u64;
        let mut by_writer: HashMap<u32, Vec<Entry>> = HashMap::new();
        for entry in entries {
            by_writer.entry(entry.writer).or_default().push(*entry);
        }
        for writer in evidence {
            let Some(told) = writer.partitions.get(partition) else {
                continue;
            };
            let stored = by_writer.remove(&writer.writer).unwrap_or_default();
            findings += check_partition(told, &stored);
            let accounted = told.rows + told.may_be_written + told.not_written;
            let offered = u64::from(told.offered);
            // A write that fails need not have looked at all that it was given.
            findings.misreported += match writer.error {
                None => accounted.abs_diff(offered),
                Some(_) => accounted.saturating_sub(offered),
            };
        }
        let strangers = by_writer.values().map(|stored| stored.len() as u64);
        findings.unreported += strangers.sum::<u64>();
    }
    findings
}

/// Compares what one writer was told of one partition with its rows there.
fn check_partition(told: &PartitionEvidence, stored: &[Entry]) -> Findings {
    let mut findings = Findings {
        in_doubt: told.may_be_written,
        ..Findings::default()
    };
    let seen = seen(told, stored, &mut findings);
    for run in &told.acknowledged {
        check_run(*run, stored, &seen, &mut findings);
    }
    let in_runs: u64 = told
        .acknowledged
        .iter()
        .map(|run| u64::from(run.rows))
        .sum();
    findings.misreported += told.rows.abs_diff(in_runs);
    let distinct = seen.iter().filter(|seen| **seen).count() as u64;
    findings.unreported += distinct.saturating_sub(told.rows + told.may_be_written);
    findings
}

/// Which numbers are in the log.
fn seen(told: &PartitionEvidence, stored: &[Entry], findings: &mut Findings) -> Vec<bool> {
    let mut seen = vec![false; told.offered as usize];
    let mut last = None;
    for entry in stored {
        match seen.get_mut(entry.number as usize) {
            Some(seen) if *seen => findings.doubled += 1,
            Some(seen) => *seen = true,
            // Nobody wrote it: all that can be said is that it is there.
            None => findings.unreported += 1,
        }
        if last.is_some_and(|last| entry.number < last) {
            findings.disordered += 1;
        }
        last = Some(entry.number);
    }
    seen
}

/// Looks for acknowledged rows at the offsets that were reported, and then anywhere.
fn check_run(run: Run, stored: &[Entry], seen: &[bool], findings: &mut Findings) {
    let from = stored.partition_point(|entry| entry.offset < run.offset);
    let mut at_offset = stored.iter().skip(from).peekable();
    for index in 0..run.rows {
        let offset = run.offset + i64::from(index);
        let entry = at_offset.next_if(|entry| entry.offset == offset);
        let Some(first) = run.number else {
            findings.lost += u64::from(entry.is_none());
            continue;
        };
        let number = first + index;
        if !seen.get(number as usize).copied().unwrap_or(false) {
            findings.lost += 1;
        } else if entry.is_none_or(|entry| entry.number != number) {
            findings.misreported += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of one partition that holds these numbers of writer 1.
    fn log(numbers: &[u32]) -> Log {
        let entries = (0..).zip(numbers).map(|(offset, &number)| Entry {
            offset,
            writer: 1,
            number,
        });
        vec![entries.collect()]
    }

    fn told(offered: u32, runs: &[(i64, u32, Option<u32>)], may_be_written: u64) -> Evidence {
        let runs = runs.iter().map(|&(offset, rows, number)| Run {
            offset,
            rows,
            number,
        });
        let acknowledged: Vec<_> = runs.collect();
        let partition = PartitionEvidence {
            offered,
            rows: acknowledged.iter().map(|run| u64::from(run.rows)).sum(),
            acknowledged,
            may_be_written,
            not_written: 0,
        };
        Evidence {
            writer: 1,
            partitions: vec![partition],
            error: (may_be_written > 0).then(|| "failed".into()),
            ..Evidence::default()
        }
    }

    fn clean(stored: u64) -> Findings {
        Findings {
            stored,
            ..Findings::default()
        }
    }

    #[test]
    fn a_log_that_holds_what_was_acknowledged_is_clean() {
        let all = told(4, &[(0, 4, Some(0))], 0);
        assert_eq!(check(&[all], &log(&[0, 1, 2, 3])), clean(4));
    }

    #[test]
    fn a_row_that_is_missing_is_lost_whether_its_number_is_known_or_not() {
        let expected = Findings {
            lost: 1,
            ..clean(3)
        };
        let unknown = told(4, &[(0, 4, None)], 0);
        assert_eq!(check(&[unknown], &log(&[0, 1, 2])), expected);
        let known = told(4, &[(0, 4, Some(0))], 0);
        assert_eq!(check(&[known], &log(&[0, 1, 2])), expected);
    }

    #[test]
    fn a_row_at_another_offset_is_misreported() {
        let shifted = told(3, &[(1, 3, Some(0))], 0);
        let expected = Findings {
            misreported: 3,
            ..clean(3)
        };
        assert_eq!(check(&[shifted], &log(&[0, 1, 2])), expected);
    }

    #[test]
    fn a_batch_that_is_there_twice_is_doubled_and_breaks_the_order() {
        let all = told(4, &[(0, 4, Some(0))], 0);
        let expected = Findings {
            doubled: 2,
            disordered: 1,
            ..clean(6)
        };
        assert_eq!(check(&[all], &log(&[0, 1, 2, 3, 2, 3])), expected);
    }

    #[test]
    fn a_row_behind_a_later_one_breaks_the_order() {
        let swapped = told(3, &[(0, 1, Some(0)), (1, 1, Some(2)), (2, 1, Some(1))], 0);
        let expected = Findings {
            disordered: 1,
            ..clean(3)
        };
        assert_eq!(check(&[swapped], &log(&[0, 2, 1])), expected);
    }

    #[test]
    fn rows_in_doubt_may_be_there_or_not_but_no_others() {
        let in_doubt = |offered, count| told(offered, &[(0, 2, None)], count);
        let expected = |stored| Findings {
            in_doubt: 2,
            ..clean(stored)
        };
        assert_eq!(check(&[in_doubt(4, 2)], &log(&[0, 1])), expected(2));
        assert_eq!(check(&[in_doubt(4, 2)], &log(&[0, 1, 2, 3])), expected(4));
        let one_more = Findings {
            unreported: 1,
            ..expected(5)
        };
        assert_eq!(check(&[in_doubt(5, 2)], &log(&[0, 1, 2, 3, 4])), one_more);
    }

    #[test]
    fn a_count_that_its_offsets_do_not_bear_out_is_misreported() {
        let mut evidence = told(4, &[(0, 3, Some(0))], 0);
        evidence.partitions[0].rows = 4;
        let expected = Findings {
            misreported: 1,
            ..clean(3)
        };
        assert_eq!(check(&[evidence], &log(&[0, 1, 2])), expected);
    }

    #[test]
    fn a_write_that_succeeds_accounts_for_all_rows_and_one_that_fails_for_no_more_than_all() {
        let mut evidence = told(4, &[(0, 3, Some(0))], 0);
        let short = Findings {
            misreported: 1,
            ..clean(3)
        };
        assert_eq!(check(&[evidence.clone()], &log(&[0, 1, 2])), short);
        evidence.error = Some("failed".into());
        assert_eq!(check(&[evidence.clone()], &log(&[0, 1, 2])), clean(3));
        evidence.partitions[0].not_written = 2;
        assert_eq!(check(&[evidence], &log(&[0, 1, 2])), short);
    }

    #[test]
    fn a_writer_that_nobody_started_is_unreported() {
        let expected = Findings {
            unreported: 2,
            ..clean(2)
        };
        assert_eq!(check(&[], &log(&[0, 1])), expected);
    }
}
