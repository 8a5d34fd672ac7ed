//! Offsets to read, and what was read of them.

use std::{
    ops::Range,
    sync::{Arc, atomic::AtomicU64},
};

use tokafka_arrow::PartitionSpan;
use tokafka_client::settings::FetchSettings;

/// Offsets of one partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpan {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// Its offsets; some of them may hold no record.
    pub offsets: Range<i64>,
}

impl TopicSpan {
    /// A span of a partition of this topic.
    pub fn new(topic: &Arc<str>, span: PartitionSpan) -> Self {
        Self {
            topic: Arc::clone(topic),
            partition: span.partition,
            offsets: span.offsets,
        }
    }

    /// At least as many as it has records.
    pub(super) fn length(&self) -> i64 {
        self.offsets.end.saturating_sub(self.offsets.start)
    }
}

/// Answers that a slot has at a time: one that is read, one that is on its way, one as rows.
const ANSWERS: usize = 3;
/// Less is not worth a request.
const LEAST_ANSWER: usize = 16 << 10;

/// Settings by which all slots together have about `fetch.max.bytes` of answers at a time, however many they
/// are. A batch of a log that is longer is read all the same.
pub(super) fn shared_out(settings: &FetchSettings, slots: &[Vec<TopicSpan>]) -> FetchSettings {
    let busy = slots.iter().filter(|slot| !slot.is_empty()).count().max(1);
    let each = settings.max_bytes / ANSWERS / busy;
    FetchSettings {
        partition_max_bytes: settings.partition_max_bytes.min(each.max(LEAST_ANSWER)),
        ..settings.clone()
    }
}

/// What was read of ranges.
#[derive(Debug, Default)]
pub struct RangeCounts {
    /// Records.
    pub rows: AtomicU64,
    /// Spans whose offsets were not there any more: Spark's `offsetOutOfRange`.
    pub offset_out_of_range: AtomicU64,
    /// Times that offsets were passed over: Spark's `dataLoss`.
    pub data_loss: AtomicU64,
}

#[cfg(test)]
mod tests {
    use tokafka_client::settings::Properties;

    use super::*;

    #[test]
    fn many_slots_have_no_more_than_few() {
        let properties = [("bootstrap.servers", "h:1"), ("fetch.max.bytes", "6000000")];
        let settings = FetchSettings::from_properties(&Properties::from_iter(properties)).unwrap();
        let span = TopicSpan {
            topic: "t".into(),
            partition: 0,
            offsets: 0..1,
        };
        let answer = |busy: usize| {
            let mut slots = vec![vec![span.clone()]; busy];
            slots.push(Vec::new());
            shared_out(&settings, &slots).partition_max_bytes
        };
        assert_eq!(
            [0, 1, 2, 100].map(answer),
            [1 << 20, 1 << 20, 1_000_000, 20_000]
        );
        assert_eq!(answer(100_000), LEAST_ANSWER);
    }
}
