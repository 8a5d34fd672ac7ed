//! What became of the rows of one writer.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokafka_client::producer::{DeliveryReport, PartitionDelivery};

use crate::value::Omissions;

/// What became of the rows of one [`PartitionWriter`](crate::PartitionWriter) since its last flush.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionReport {
    /// The writer's number, from 0.
    pub writer: usize,
    /// One entry per topic-partition, by topic and partition.
    pub partitions: Vec<PartitionDelivery>,
    /// Rows that were acknowledged; with `acks=0`, rows that were handed to a socket.
    pub rows: u64,
    /// Bytes of the batches that hold these rows, as sent.
    pub bytes: u64,
    /// Batches that were acknowledged; with `acks=0`, batches that were handed to a socket.
    pub batches: u64,
    /// Produce requests that carried batches of this writer.
    pub requests: u64,
    /// Batches that were sent again.
    pub retries: u64,
    /// Batches that the broker had forgotten and that were found in the log.
    pub settled: u64,
    /// Rows of these batches.
    pub settled_rows: u64,
    /// Times that a partition went on at a later producer epoch because of this writer.
    pub epochs_raised: u64,
    /// How long brokers held connections back because of a quota, summed over requests.
    pub throttled: Duration,
    /// How long batches waited for `tokafka.max.bytes.per.second`.
    pub limited: Duration,
    /// What the rows that were encoded hold and their records do not. JSON that a query made is not looked at.
    pub omitted: Omissions,
    /// Time spent on encoding and compressing.
    pub encoding: Duration,
    /// Time spent on waiting for the producer to take batches, and for brokers to acknowledge them.
    pub waiting: Duration,
}

/// Keeps account of rows between their encoding and their outcome.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: BTreeMap<(Arc<str>, i32), Entry>,
    omitted: Omissions,
    encoding: Duration,
    waiting: Duration,
}

#[derive(Debug, Default)]
struct Entry {
    /// Rows that the producer did not take.
    unsent: u64,
    /// Rows that it took, and whose outcome was not reported yet.
    handed: u64,
}

/// A topic-partition and a number of rows.
pub(crate) type RowCount = (Arc<str>, i32, u64);

impl Ledger {
    /// Rows are about to be handed over. If that is cancelled they count as not written.
    pub(crate) fn offer(&mut self, (topic, partition, rows): RowCount) {
        self.entries.entry((topic, partition)).or_default().unsent += rows;
    }

    /// The producer took the rows that were offered.
    pub(crate) fn taken(&mut self, (topic, partition, rows): RowCount) {
        let entry = self.entries.entry((topic, partition)).or_default();
        entry.unsent = entry.unsent.saturating_sub(rows);
        entry.handed += rows;
    }

    /// Adds what rows hold and their records do not.
    pub(crate) fn omitted(&mut self) -> &mut Omissions {
        &mut self.omitted
    }

    /// Adds time spent on encoding.
    pub(crate) fn encoded(&mut self, time: Duration) {
        self.encoding += time;
    }

    /// Adds time spent on waiting.
    pub(crate) fn waited(&mut self, time: Duration) {
        self.waiting += time;
    }

    /// Closes the account: what was delivered, what was not, and what is not known.
    pub(crate) fn close(&mut self, writer: usize, delivered: DeliveryReport) -> PartitionReport {
        let open = std::mem::take(self);
        let mut partitions: BTreeMap<_, _> = delivered
            .partitions
            .into_iter()
            .map(|partition| {
                (
                    (Arc::clone(&partition.topic), partition.partition),
                    partition,
                )
            })
            .collect();
        for ((topic, partition), entry) in open.entries {
            let new = || PartitionDelivery::new(Arc::clone(&topic), partition);
            let found = partitions
                .entry((Arc::clone(&topic), partition))
                .or_insert_with(new);
            found.may_be_written_rows += entry.handed.saturating_sub(resolved(found));
            found.not_written_rows += entry.unsent;
        }
        let partitions: Vec<_> = partitions.into_values().collect();
        PartitionReport {
            writer,
            rows: partitions
                .iter()
                .map(|each| each.rows + each.unacknowledged_rows)
                .sum(),
            bytes: partitions.iter().map(|each| each.bytes).sum(),
            batches: delivered.batches,
            requests: delivered.requests,
            retries: delivered.retries,
            settled: delivered.settled,
            settled_rows: delivered.settled_rows,
            epochs_raised: delivered.epochs_raised,
            throttled: delivered.throttled,
            limited: delivered.limited,
            omitted: open.omitted,
            encoding: open.encoding,
            waiting: open.waiting,
            partitions,
        }
    }
}

fn resolved(delivery: &PartitionDelivery) -> u64 {
    delivery.rows
        + delivery.unacknowledged_rows
        + delivery.may_be_written_rows
        + delivery.not_written_rows
}

#[cfg(test)]
mod tests {
    use tokafka_client::producer::OffsetRun;

    use super::*;

    fn rows(partition: i32, rows: u64) -> RowCount {
        ("t".into(), partition, rows)
    }

    fn delivered(partition: i32, rows: u64) -> PartitionDelivery {
        let mut delivery = PartitionDelivery::new("t".into(), partition);
        delivery.rows = rows;
        delivery.add_run(OffsetRun {
            first: 0,
            last: i64::try_from(rows).unwrap() - 1,
        });
        delivery
    }

    #[test]
    fn every_row_that_was_encoded_is_acknowledged_not_written_or_in_doubt() {
        let mut ledger = Ledger::default();
        for count in [rows(0, 10), rows(1, 7)] {
            ledger.offer(count.clone());
            ledger.taken(count);
        }
        ledger.offer(rows(2, 3));
        let report = DeliveryReport {
            partitions: vec![delivered(0, 10)],
            ..Default::default()
        };
        let report = ledger.close(4, report);
        let counts: Vec<_> = report
            .partitions
            .iter()
            .map(|each| (each.rows, each.may_be_written_rows, each.not_written_rows))
            .collect();
        assert_eq!(counts, [(10, 0, 0), (0, 7, 0), (0, 0, 3)]);
        assert_eq!((report.writer, report.rows), (4, 10));
    }

    #[test]
    fn an_account_that_was_closed_starts_anew() {
        let mut ledger = Ledger::default();
        ledger.offer(rows(0, 5));
        let _first = ledger.close(0, DeliveryReport::default());
        assert_eq!(
            ledger.close(0, DeliveryReport::default()),
            PartitionReport::default()
        );
    }
}
