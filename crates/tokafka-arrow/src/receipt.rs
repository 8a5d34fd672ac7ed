//! The receipt of a write. Its JSON form is described in `docs/receipt.md`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokafka_client::{
    batch::RecordsChecksum,
    producer::{OffsetRun, PartitionDelivery, RunChecksum},
    settings::Acks,
};

use crate::{report::PartitionReport, writer::KafkaWriter};

/// The receipt of a write: the reports of all its writers, added up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WriteReport {
    /// Version of this form: 1.
    pub version: u32,
    /// True if every row of the input was acknowledged or, with `acks=0`, handed to a socket. False
    /// for a write that failed, was stopped, or is not finished; see [`WriteReport::finish`].
    pub complete: bool,
    /// Rows that were acknowledged; with `acks=0`, rows that were handed to a socket.
    pub rows: u64,
    /// Bytes of the batches that hold these rows, as sent.
    pub bytes: u64,
    /// Batches that hold these rows.
    pub batches: u64,
    /// Produce requests. One that carried batches of several writers is counted for each.
    pub requests: u64,
    /// Batches that were sent again.
    pub retries: u64,
    /// Batches that the broker had forgotten, after a restart for instance, and that were found in the
    /// log.
    #[serde(default)]
    pub settled: u64,
    /// Rows of these batches.
    #[serde(default)]
    pub settled_rows: u64,
    /// Times that a partition went on at a later producer epoch, counted for each writer.
    #[serde(default)]
    pub epochs_raised: u64,
    /// How long brokers held connections back because of a quota, summed over requests.
    #[serde(default)]
    pub throttled_ms: u64,
    /// How long batches waited for `tokafka.max.bytes.per.second`, summed over writers.
    #[serde(default)]
    pub limited_ms: u64,
    /// Null fields that JSON left out of these rows, where the writer made the JSON.
    #[serde(default)]
    pub null_fields_left_out: u64,
    /// True if a time had digits behind its milliseconds, and they were cut off: in a record's
    /// timestamp, or in JSON that the writer made.
    #[serde(default)]
    pub times_cut: bool,
    /// How long the write took; set by whoever ran it.
    pub elapsed_ms: u64,
    /// False with `acks=0`: then no broker has confirmed anything and there are no offsets.
    pub acknowledged: bool,
    /// True without idempotence: a row that was sent again may lie in the log twice.
    pub duplicates_possible: bool,
    /// True if one writer wrote all rows, in the order of its input within each partition.
    pub ordered: bool,
    /// How many writers wrote in parallel.
    pub writers: u32,
    /// Rows of which the brokers may hold none, some or all.
    pub may_be_written_rows: u64,
    /// Rows that were encoded and that no broker holds.
    pub not_written_rows: u64,
    /// One entry per topic-partition, by topic and partition.
    pub partitions: Vec<PartitionReceipt>,
}

/// What a write did to one topic-partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionReceipt {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Rows that were acknowledged; with `acks=0`, rows that were handed to a socket.
    pub rows: u64,
    /// Bytes of the batches that hold these rows, as sent.
    pub bytes: u64,
    /// Inclusive runs `[first, last]`.
    pub offsets: Vec<[i64; 2]>,
    /// What was written there; together they cover the offsets. None in a receipt that was made before there were any.
    #[serde(default)]
    pub checksums: Vec<ContentChecksum>,
    /// Rows of which the broker may hold none, some or all.
    pub may_be_written_rows: u64,
    /// Rows that were encoded and that the broker does not hold.
    pub not_written_rows: u64,
}

/// What was written to contiguous offsets: the records as Kafka stores them, without compression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentChecksum {
    /// Offset of the first record.
    pub first: i64,
    /// Offset of the last record.
    pub last: i64,
    /// Bytes of the records.
    pub bytes: u64,
    /// Their CRC32C.
    pub crc32c: u32,
}

impl WriteReport {
    /// Version of the receipt's form. It changes when a field changes its meaning or goes away.
    pub const VERSION: u32 = 1;

    /// The receipt of a write that has written nothing yet.
    pub fn new(writer: &KafkaWriter) -> Self {
        let settings = writer.settings();
        Self {
            version: Self::VERSION,
            acknowledged: match settings.acks {
                Acks::None => false,
                Acks::Leader | Acks::All => true,
            },
            duplicates_possible: !settings.idempotence,
            ordered: true,
            ..Self::default()
        }
    }

    /// Adds what one writer reported. Several reports of one writer, one per flush, are one writer.
    pub fn add(&mut self, report: PartitionReport) {
        self.complete = false;
        let writers = u32::try_from(report.writer)
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        self.writers = self.writers.max(writers);
        self.ordered = self.writers <= 1;
        self.rows += report.rows;
        self.bytes += report.bytes;
        self.batches += report.batches;
        self.requests += report.requests;
        self.retries += report.retries;
        self.settled += report.settled;
        self.settled_rows += report.settled_rows;
        self.epochs_raised += report.epochs_raised;
        self.throttled_ms += millis(report.throttled);
        self.limited_ms += millis(report.limited);
        self.null_fields_left_out += report.omitted.null_fields;
        self.times_cut |= report.omitted.cut_times;
        for delivery in &report.partitions {
            self.may_be_written_rows += delivery.may_be_written_rows;
            self.not_written_rows += delivery.not_written_rows;
            self.partition(delivery).add(delivery);
        }
    }

    /// Says that the input was read to its end and that every writer has finished without an error:
    /// the receipt is complete, unless it has rows that are in doubt or not written.
    pub fn finish(&mut self) {
        self.complete = self.may_be_written_rows == 0 && self.not_written_rows == 0;
    }

    /// The receipt as JSON, indented, with a line break at its end.
    pub fn to_json(&self) -> String {
        // Numbers, strings and lists only: nothing that JSON could not hold.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        json + "\n"
    }

    /// Where the rows of a topic-partition are added up.
    fn partition(&mut self, of: &PartitionDelivery) -> &mut PartitionReceipt {
        let place = |each: &PartitionReceipt| {
            (each.topic.as_str(), each.partition).cmp(&(&*of.topic, of.partition))
        };
        let at = match self.partitions.binary_search_by(place) {
            Ok(at) => at,
            Err(at) => {
                self.partitions.insert(at, PartitionReceipt::new(of));
                at
            }
        };
        #[expect(clippy::indexing_slicing, reason = "it was found or inserted there")]
        &mut self.partitions[at]
    }
}

impl PartitionReceipt {
    fn new(of: &PartitionDelivery) -> Self {
        Self {
            topic: of.topic.to_string(),
            partition: of.partition,
            ..Self::default()
        }
    }

    fn add(&mut self, delivery: &PartitionDelivery) {
        let mut all = PartitionDelivery::new(self.topic.as_str().into(), self.partition);
        all.runs = self.offsets.iter().map(|at| run(at[0], at[1])).collect();
        all.checksums = self.checksums.iter().map(|each| each.as_told()).collect();
        all.merge(delivery);
        self.offsets = all.runs.iter().map(|run| [run.first, run.last]).collect();
        self.checksums = all.checksums.iter().map(ContentChecksum::of).collect();
        self.rows += delivery.rows + delivery.unacknowledged_rows;
        self.bytes += delivery.bytes;
        self.may_be_written_rows += delivery.may_be_written_rows;
        self.not_written_rows += delivery.not_written_rows;
    }
}

impl ContentChecksum {
    fn of(told: &RunChecksum) -> Self {
        Self {
            first: told.run.first,
            last: told.run.last,
            bytes: told.records.bytes,
            crc32c: told.records.crc32c,
        }
    }

    fn as_told(&self) -> RunChecksum {
        RunChecksum {
            run: run(self.first, self.last),
            records: self.records(),
        }
    }

    /// What the records are recognized by.
    pub fn records(&self) -> RecordsChecksum {
        RecordsChecksum {
            bytes: self.bytes,
            crc32c: self.crc32c,
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn run(first: i64, last: i64) -> OffsetRun {
    OffsetRun { first, last }
}

#[cfg(test)]
mod tests;
