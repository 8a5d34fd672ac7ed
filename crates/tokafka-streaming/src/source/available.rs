//! What a query that reads what is available now had found, and whether it is still there.

use super::loss::missing;
use crate::{SourceError, SourceOffsets};

const TRANSIENT: &str = "The error could be transient - restart your query, and report if you still see the same issue.";

/// Takes in where a new query begins: records may have come since the end was fixed.
pub(super) fn reach(fixed: &mut SourceOffsets, start: &SourceOffsets) {
    for (topic, partition, start) in start.iter() {
        let end = fixed.get(topic, partition).unwrap_or(start);
        fixed.set(topic, partition, end.max(start));
    }
}

/// That a batch ends within what was found when the query started.
pub(super) fn check_planned(fixed: &SourceOffsets, end: &SourceOffsets) -> Result<(), SourceError> {
    if !missing(fixed, end).is_empty() || !missing(end, fixed).is_empty() {
        return Err(SourceError::AvailableNow(format!(
            "Kafka data source in Trigger.AvailableNow should provide the same topic partitions in pre-fetched \
             offset to end offset for each microbatch. {TRANSIENT} topic-partitions for pre-fetched offset: {}, \
             topic-partitions for end offset: {}.",
            partitions(fixed),
            partitions(end)
        )));
    }
    if is_behind(fixed, end) {
        return Err(SourceError::AvailableNow(format!(
            "For Kafka data source with Trigger.AvailableNow, end offset should have lower or equal offset per \
             each topic partition than pre-fetched offset. {TRANSIENT} pre-fetched offset: {}, end offset: {}.",
            fixed.to_json(),
            end.to_json()
        )));
    }
    Ok(())
}

/// That the end of a batch is there.
pub(super) fn check_latest(latest: &SourceOffsets, end: &SourceOffsets) -> Result<(), SourceError> {
    if !missing(end, latest).is_empty() {
        return Err(SourceError::AvailableNow(format!(
            "Some of partitions in Kafka topic(s) have been lost during running query with Trigger.AvailableNow. \
             {TRANSIENT} topic-partitions for latest offset: {}, topic-partitions for end offset: {}",
            partitions(latest),
            partitions(end)
        )));
    }
    if is_behind(latest, end) {
        return Err(SourceError::AvailableNow(format!(
            "Some of partitions in Kafka topic(s) report available offset which is less than end offset during \
             running query with Trigger.AvailableNow. {TRANSIENT} latest offset: {}, end offset: {}",
            latest.to_json(),
            end.to_json()
        )));
    }
    Ok(())
}

fn is_behind(has: &SourceOffsets, end: &SourceOffsets) -> bool {
    end.iter()
        .any(|(topic, partition, end)| has.get(topic, partition).is_some_and(|offset| offset < end))
}

fn partitions(offsets: &SourceOffsets) -> String {
    let names = offsets.iter();
    let names = names.map(|(topic, partition, _)| format!("{topic}-{partition}"));
    format!("[{}]", names.collect::<Vec<_>>().join(", "))
}
