//! What is gone, and whether that matters.

use std::collections::BTreeSet;

use crate::{SourceError, SourceOffsets};

/// Records that a query has not read and that are not there any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loss {
    /// Spark's name of the case.
    condition: &'static str,
    reason: String,
}

impl Loss {
    fn new(condition: &'static str, reason: String) -> Self {
        Self { condition, reason }
    }

    /// A partition that appeared, whose first records are gone already.
    pub(super) fn not_from_zero(topic: &str, partition: i32, first: i64) -> Self {
        Self::new(
            "ADDED_PARTITION_DOES_NOT_START_FROM_OFFSET_ZERO",
            format!("Added partition {topic}-{partition} starts from {first} instead of 0."),
        )
    }

    /// Partitions that appeared, and are gone before their first offset was known.
    pub(super) fn no_initial_offset(partitions: &[String]) -> Self {
        Self::new(
            "INITIAL_OFFSET_NOT_FOUND_FOR_PARTITIONS",
            format!(
                "Cannot find initial offsets for partitions {}. They may have been deleted.",
                partitions.join(", ")
            ),
        )
    }

    /// Partitions that were read, and are gone.
    pub(super) fn deleted(partitions: &[String], has_group: bool) -> Self {
        let reason = format!("Partitions {} have been deleted.", partitions.join(", "));
        match has_group {
            false => Self::new("PARTITIONS_DELETED", reason),
            true => Self::new(
                "PARTITIONS_DELETED_AND_GROUP_ID_CONFIG_PRESENT",
                format!(
                    "{reason} Kafka option 'kafka.group.id' has been set on this query, which has no effect \
                     here: no consumer group is joined"
                ),
            ),
        }
    }

    /// A partition that ends before the offset that would be read next.
    pub(super) fn went_back(topic: &str, partition: i32, (from, to): (i64, i64)) -> Self {
        Self::new(
            "PARTITION_OFFSET_CHANGED",
            format!(
                "Partition {topic}-{partition} offset was changed from {from} to {to}. This could either be a \
                 user error that the start offset is set too high and this is the first batch, or the kafka \
                 topic-partition is broken, and some data may have been missed."
            ),
        )
    }

    /// A topic that has another id than before.
    pub(super) fn created_anew(topic: &str) -> Self {
        Self::new(
            "PARTITION_OFFSET_CHANGED",
            format!(
                "Topic {topic} was deleted and created again while the query ran: its offsets mean other \
                 records than those of the checkpoint. To read the new topic from its beginning, start a query \
                 with another checkpoint location."
            ),
        )
    }

    /// A start that the log does not have.
    pub(super) fn reset(topic: &str, partition: i32, (from, to): (i64, i64)) -> Self {
        Self::new(
            "START_OFFSET_RESET",
            format!(
                "Starting offset for {topic}-{partition} was {from} but consumer reset to {to}."
            ),
        )
    }

    /// With `failOnDataLoss` an error, else a warning.
    pub(super) fn report(self, fails: bool) -> Result<(), SourceError> {
        let Self { condition, reason } = self;
        if fails {
            return Err(SourceError::DataLoss { condition, reason });
        }
        tracing::warn!(condition, "Some data may have been lost: {reason}");
        Ok(())
    }
}

/// The partitions that are in the first and not in the second, as `orders-0`.
pub(super) fn missing(of: &SourceOffsets, from: &SourceOffsets) -> Vec<String> {
    let of = of.iter();
    let missing = of.filter(|(topic, partition, _)| from.get(topic, *partition).is_none());
    missing
        .map(|(topic, partition, _)| format!("{topic}-{partition}"))
        .collect()
}

/// The topics that have partitions in the first that are not in the second.
pub(super) fn topics_missing(of: &SourceOffsets, from: &SourceOffsets) -> Vec<String> {
    let of = of.iter();
    let missing = of.filter(|(topic, partition, _)| from.get(topic, *partition).is_none());
    let topics: BTreeSet<_> = missing.map(|(topic, _, _)| topic.to_owned()).collect();
    topics.into_iter().collect()
}
