//! What became of batches, as data.

use std::{sync::Arc, time::Duration};

use crate::batch::RecordsChecksum;

/// What became of the batches of one writer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// One entry per topic-partition that batches were handed over for, by topic and partition.
    pub partitions: Vec<PartitionDelivery>,
    /// Batches that were acknowledged, or handed to a socket with `acks=0`.
    pub batches: u64,
    /// Of these, batches whose answer was lost and which were found in the log, after the broker had
    /// forgotten them.
    pub settled: u64,
    /// Rows of these batches.
    pub settled_rows: u64,
    /// Times that a partition went on at a later producer epoch because of batches of this writer.
    pub epochs_raised: u64,
    /// Produce requests that carried batches of this writer; one request may carry several.
    pub requests: u64,
    /// Batches that were sent again.
    pub retries: u64,
    /// For how long brokers held connections back because of a quota, summed over requests.
    pub throttled: Duration,
    /// For how long batches waited for `tokafka.max.bytes.per.second`.
    pub limited: Duration,
}

/// What became of the rows for one topic-partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDelivery {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// Offsets that are ours, ascending; other writers' records may lie between runs.
    pub runs: Vec<OffsetRun>,
    /// What lies there, ascending: whole batches, joined where they follow each other.
    pub checksums: Vec<RunChecksum>,
    /// Rows that the broker acknowledged.
    pub rows: u64,
    /// Bytes of acknowledged batches as sent, headers included.
    pub bytes: u64,
    /// Rows handed to a socket with `acks=0`: nothing is known of them.
    pub unacknowledged_rows: u64,
    /// Rows of which the broker may hold none, some or all.
    pub may_be_written_rows: u64,
    /// Rows that the broker certainly does not hold.
    pub not_written_rows: u64,
}

impl PartitionDelivery {
    /// Nothing delivered yet.
    pub fn new(topic: Arc<str>, partition: i32) -> Self {
        Self {
            topic,
            partition,
            runs: Vec::new(),
            checksums: Vec::new(),
            rows: 0,
            bytes: 0,
            unacknowledged_rows: 0,
            may_be_written_rows: 0,
            not_written_rows: 0,
        }
    }

    /// Adds what another writer, or the same one later, delivered to this partition.
    pub fn merge(&mut self, other: &Self) {
        for run in &other.runs {
            self.add_run(*run);
        }
        for checksum in &other.checksums {
            self.add_checksum(*checksum);
        }
        self.rows += other.rows;
        self.bytes += other.bytes;
        self.unacknowledged_rows += other.unacknowledged_rows;
        self.may_be_written_rows += other.may_be_written_rows;
        self.not_written_rows += other.not_written_rows;
    }

    /// Adds offsets that are not in any run yet; joins the runs that they touch.
    pub fn add_run(&mut self, run: OffsetRun) {
        let at = self.runs.partition_point(|other| other.first < run.first);
        self.runs.insert(at, run);
        self.join(at);
        if let Some(before) = at.checked_sub(1) {
            self.join(before);
        }
    }

    /// Adds what lies at offsets that no checksum covers yet.
    pub fn add_checksum(&mut self, of: RunChecksum) {
        let pieces = &mut self.checksums;
        let at = pieces.partition_point(|other| other.run.first < of.run.first);
        pieces.insert(at, of);
        for at in [Some(at), at.checked_sub(1)].into_iter().flatten() {
            if let [piece, next, ..] = pieces.get_mut(at..).unwrap_or_default()
                && let Some(joined) = piece.join(*next)
            {
                *piece = joined;
                pieces.remove(at + 1);
            }
        }
    }

    /// Joins the run at `at` with the one after it if no offset lies between them.
    fn join(&mut self, at: usize) {
        if let [run, next, ..] = self.runs.get_mut(at..).unwrap_or_default()
            && run.last.checked_add(1) == Some(next.first)
        {
            run.last = next.last;
            self.runs.remove(at + 1);
        }
    }
}

/// Contiguous offsets, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetRun {
    /// Offset of the first row.
    pub first: i64,
    /// Offset of the last row.
    pub last: i64,
}

/// What lies at contiguous offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunChecksum {
    /// The offsets, which are those of whole batches.
    pub run: OffsetRun,
    /// What the records are recognized by.
    pub records: RecordsChecksum,
}

/// Offsets that one checksum covers, unless one batch has more: where it differs, no more are in doubt.
const COVERED: u64 = 100_000;

impl RunChecksum {
    /// One for both, if `next` follows and both are short.
    fn join(self, next: Self) -> Option<Self> {
        let follows = self.run.last.checked_add(1) == Some(next.run.first);
        let short = next.run.last.abs_diff(self.run.first) < COVERED;
        (follows && short).then(|| Self {
            run: OffsetRun {
                first: self.run.first,
                last: next.run.last,
            },
            records: self.records.then(next.records),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(pieces: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let mut delivery = PartitionDelivery::new("t".into(), 0);
        for &(first, last) in pieces {
            delivery.add_run(OffsetRun { first, last });
        }
        delivery
            .runs
            .iter()
            .map(|run| (run.first, run.last))
            .collect()
    }

    #[test]
    fn runs_that_touch_are_joined_in_whatever_order_they_come() {
        assert_eq!(runs(&[(0, 4), (5, 9)]), [(0, 9)]);
        assert_eq!(runs(&[(5, 9), (0, 4)]), [(0, 9)]);
        assert_eq!(runs(&[(0, 1), (4, 5), (2, 3)]), [(0, 5)]);
    }

    /// A batch of one byte for each of its offsets, which all are `content`.
    fn batch(first: i64, last: i64, content: u32) -> RunChecksum {
        let records = RecordsChecksum {
            bytes: last.abs_diff(first) + 1,
            crc32c: content,
        };
        RunChecksum {
            run: OffsetRun { first, last },
            records,
        }
    }

    #[test]
    fn checksums_are_joined_in_the_order_of_their_offsets_whatever_order_they_come_in() {
        let batches = [batch(0, 4, 1), batch(5, 9, 2), batch(10, 10, 3)];
        let records = |at: usize| batches[at].records;
        let whole = records(0).then(records(1)).then(records(2));
        for order in [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 2, 0]] {
            let mut delivery = PartitionDelivery::new("t".into(), 0);
            order
                .into_iter()
                .for_each(|at| delivery.add_checksum(batches[at]));
            let run = OffsetRun { first: 0, last: 10 };
            let records = whole;
            assert_eq!(delivery.checksums, [RunChecksum { run, records }]);
        }
    }

    #[test]
    fn a_checksum_covers_no_gap_and_not_too_much() {
        let mut delivery = PartitionDelivery::new("t".into(), 0);
        let long = COVERED.cast_signed();
        let batches = [
            batch(0, 1, 1),
            batch(3, 3, 2),
            batch(4, 3 + long, 3),
            batch(4 + long, 4 + 2 * long, 4),
        ];
        for batch in batches {
            delivery.add_checksum(batch);
        }
        assert_eq!(delivery.checksums, batches);
    }

    #[test]
    fn offsets_of_other_writers_stay_gaps() {
        assert_eq!(runs(&[(0, 1), (3, 3), (7, 9)]), [(0, 1), (3, 3), (7, 9)]);
    }
}
