//! What a dry run found, in words.

use std::fmt::Write;

use indicatif::{HumanBytes, HumanCount};
use tokafka_datafusion::{PlanFinding, SampleRecord, TopicPlan, TopicState, WritePlan};

use super::summary::count;
use crate::render::{headers, shown};

/// Partitions of a topic that are listed one by one.
const LISTED: usize = 8;

/// Said of a dry run that has no cluster to ask.
pub(super) const NOBODY_WAS_ASKED: &str = "No cluster was asked, and no row was read: with -b HOST:PORT \
topics, partitions, rights, and the size of each record are checked, too.";

/// All of it, line by line.
pub(super) fn text(plan: &WritePlan) -> String {
    let mut text = format!("{}\n\n{}\n", plan.explain.trim_end(), rows(plan));
    for topic in &plan.topics {
        let _ = writeln!(text, "{}", of_topic(topic));
        let samples = plan.samples.iter();
        for sample in samples.filter(|sample| sample.topic == topic.outlook.name) {
            let _ = writeln!(text, "  {}", of_record(sample));
        }
    }
    for finding in &plan.findings {
        let _ = writeln!(text, "{}", of_finding(finding));
    }
    text.push_str("Nothing was written, nothing was created.\n");
    text
}

fn rows(plan: &WritePlan) -> String {
    let before = if plan.bytes < plan.uncompressed_bytes {
        format!(
            ", {} before compression",
            HumanBytes(plan.uncompressed_bytes)
        )
    } else {
        String::new()
    };
    format!(
        "{} in {} ({}{before}), {}{}",
        count(plan.rows, "row", "rows"),
        count(plan.batches, "batch", "batches"),
        HumanBytes(plan.bytes),
        count(plan.writers as u64, "writer", "writers"),
        if plan.ordered { ", in order" } else { "" },
    )
}

fn of_topic(topic: &TopicPlan) -> String {
    let outlook = &topic.outlook;
    let rows = count(topic.rows, "row", "rows");
    let mut text = format!("{}: {rows}; ", outlook.name);
    text.push_str(match outlook.state {
        TopicState::Exists => "it exists",
        TopicState::WouldBeCreated => "it does not exist and would be created",
        TopicState::Unknown { .. } => "it does not exist, and may or may not be created",
        TopicState::Unusable { .. } => "it cannot be used",
    });
    if let Some(partitions) = outlook.partitions {
        let _ = write!(text, "; partitions: {partitions}");
    }
    if let Some(replicas) = outlook.replicas {
        let _ = write!(text, ", replicas: {replicas}");
    }
    let limit = outlook.configs.as_ref();
    if let Some(limit) = limit.and_then(|configs| configs.number("max.message.bytes")) {
        let limit = u64::try_from(limit).unwrap_or_default();
        let _ = write!(text, "; takes up to {} bytes", HumanCount(limit));
    }
    if !topic.partitions.is_empty() {
        let _ = write!(text, "; rows by partition: {}", by_partition(topic));
    }
    text
}

fn by_partition(topic: &TopicPlan) -> String {
    let listed = topic.partitions.iter().take(LISTED);
    let mut list: Vec<_> = listed
        .map(|(partition, rows)| format!("{partition}: {}", HumanCount(*rows)))
        .collect();
    if topic.partitions.len() > LISTED {
        list.push(format!("and {} more", topic.partitions.len() - LISTED));
    }
    list.join(", ")
}

fn of_record(record: &SampleRecord) -> String {
    let mut text = format!(
        "partition {}, key {}, value {}",
        record.partition,
        shown(record.key.as_deref()),
        shown(record.value.as_deref()),
    );
    let named = record.headers.iter();
    let named = named.map(|(name, value)| (name.as_str(), value.as_deref()));
    if let Some(headers) = headers(named) {
        let _ = write!(text, ", headers {headers}");
    }
    text
}

fn of_finding(finding: &PlanFinding) -> String {
    let mark = if finding.is_failure() {
        "FAILS"
    } else {
        "note"
    };
    format!("{mark}: {finding}")
}
