//! Records that a topic does not take, with the texts of Kafka's `LogValidator`.

use kafka_protocol::ResponseError;

use super::{
    record::Record,
    validate::{Arrival, Rules},
};
use crate::refusal::Refusal;

/// The records of one batch that were refused.
#[derive(Debug, Default)]
pub(super) struct Refused {
    records: Vec<(i32, String)>,
    bad_timestamps: usize,
}

impl Refused {
    /// Checks a record's key, then its timestamp.
    pub(super) fn check(
        &mut self,
        rules: &Rules,
        arrival: Arrival<'_>,
        record: &Record,
        timestamp: i64,
    ) {
        let index = record.offset_delta;
        let latest = arrival.now.saturating_add(rules.timestamp_after_max_ms);
        if rules.compacted && record.key.is_none() {
            let Arrival {
                topic, partition, ..
            } = arrival;
            let text = format!(
                "Compacted topic cannot accept message without key in topic partition \
                 {topic}-{partition}"
            );
            self.records.push((index, text));
        } else if timestamp > latest && !rules.log_append_time {
            let text = format!(
                "Timestamp {timestamp} of message with offset {index} is out of range. The \
                 timestamp should be within [{}, {latest}]",
                earliest(arrival.now)
            );
            self.records.push((index, text));
            self.bad_timestamps += 1;
        }
    }

    pub(super) fn outcome(self) -> Result<(), Refusal> {
        if self.records.is_empty() {
            return Ok(());
        }
        let refusal = if self.bad_timestamps > 0 {
            Refusal::new(
                ResponseError::InvalidTimestamp,
                "One or more records have been rejected due to invalid timestamp",
            )
        } else {
            Refusal::new(ResponseError::InvalidRecord, self.in_total())
        };
        Err(Refusal {
            records: self.records,
            ..refusal
        })
    }

    fn in_total(&self) -> String {
        let shown: Vec<_> = self.records.iter().take(3).map(shown).collect();
        format!(
            "One or more records have been rejected due to {} record errors in total, and only \
             showing the first three errors at most: [{}]",
            self.records.len(),
            shown.join(", ")
        )
    }
}

/// As Kafka prints a `RecordError`.
fn shown((index, text): &(i32, String)) -> String {
    format!("RecordError(batchIndex={index}, message='{text}')")
}

/// `message.timestamp.before.max.ms` has no limit, so Kafka reckons with the smallest number.
fn earliest(now: i64) -> i64 {
    now.wrapping_sub(i64::MAX)
}
