//! All partitions of a receipt.

use std::{
    collections::BTreeMap,
    io::{Write, stdout},
    ops::{Range, RangeInclusive},
};

use anyhow::bail;
use tokafka_arrow::{PartitionReceipt, PartitionSpan, Place};
use tokafka_client::{cluster::Cluster, error::TopicError, settings::FetchSettings};
use tokafka_datafusion::WriteReport;

use super::{load::load, look::missing};
use crate::{
    args::VerifyArgs,
    connect::OptionSet,
    notice::Notices,
    read::{Extent, spans},
};

/// Runs of offsets that are listed one by one.
const LISTED: usize = 20;

/// Offsets that have no record, and why.
struct Finding {
    place: String,
    offsets: RangeInclusive<i64>,
    reason: String,
}

/// Looks for every record of a receipt. Fails if one is missing.
pub(crate) async fn run(args: VerifyArgs, notices: &Notices) -> anyhow::Result<()> {
    let receipt = load(&args.receipt)?;
    let mut options = OptionSet::collect(&args.connect, notices)?;
    options.default_bootstrap();
    options.require_bootstrap("")?;
    let settings = options.fetch_settings()?;
    let cluster = Cluster::connect(settings.client.clone()).await?;
    let findings = look_for(&receipt, &cluster, &settings).await?;
    cluster.shutdown().await;
    if receipt.may_be_written_rows + receipt.not_written_rows > 0 {
        notices.warn(&format!(
            "the write was not complete: {} rows may or may not be written, and {} were not; neither are \
             looked for",
            receipt.may_be_written_rows, receipt.not_written_rows
        ));
    }
    let shown = args.receipt.display();
    if !findings.is_empty() {
        bail!("{shown}: {}", told(&findings, receipt.rows));
    }
    let places = receipt
        .partitions
        .iter()
        .filter(|part| part.rows > 0)
        .count();
    writeln!(
        stdout(),
        "verified {shown}: all {} rows in {places} topic-partitions are there",
        receipt.rows
    )?;
    Ok(())
}

async fn look_for(
    receipt: &WriteReport,
    cluster: &Cluster,
    settings: &FetchSettings,
) -> anyhow::Result<Vec<Finding>> {
    let mut topics: BTreeMap<&str, Vec<&PartitionReceipt>> = BTreeMap::new();
    for part in receipt.partitions.iter().filter(|part| part.rows > 0) {
        topics.entry(&part.topic).or_default().push(part);
    }
    let mut findings = Vec::new();
    for (topic, parts) in topics {
        let logs = logs(cluster, settings, topic).await?;
        for part in parts {
            let log = logs.iter().find(|log| log.partition == part.partition);
            let offsets = log.map_or(0..0, |log| log.offsets.clone());
            let missing = missing(cluster, settings, part, &offsets).await?;
            findings.extend(missing.into_iter().map(|missing| Finding {
                place: format!("{topic}-{}", part.partition),
                reason: match log {
                    Some(_) => reason(&missing, &offsets),
                    None if logs.is_empty() => "there is no such topic".to_owned(),
                    None => format!("the topic has only {} partitions", logs.len()),
                },
                offsets: missing,
            }));
        }
    }
    Ok(findings)
}

/// What the partitions of a topic hold; none if there is no such topic.
async fn logs(
    cluster: &Cluster,
    settings: &FetchSettings,
    topic: &str,
) -> Result<Vec<PartitionSpan>, TopicError> {
    let all = Extent {
        from: Place::Earliest,
        to: Place::Latest,
        isolation: settings.isolation,
    };
    match spans(cluster, topic, &[], all).await {
        Err(TopicError::Unknown { .. }) => Ok(vec![]),
        outcome => outcome,
    }
}

fn reason(missing: &RangeInclusive<i64>, log: &Range<i64>) -> String {
    if *missing.start() >= log.end {
        return format!(
            "the log ends at {}: it was cut, or the topic was created anew",
            log.end
        );
    }
    if *missing.end() < log.start {
        return format!(
            "the log begins at {}: they aged out or were deleted",
            log.start
        );
    }
    "compacted, or deleted".to_owned()
}

fn told(findings: &[Finding], rows: u64) -> String {
    let missing: u64 = findings.iter().map(|each| count(&each.offsets)).sum();
    let mut text = format!("{missing} of {rows} rows are not there");
    for finding in findings.iter().take(LISTED) {
        let Finding {
            place,
            offsets,
            reason,
        } = finding;
        let (first, last) = offsets.clone().into_inner();
        let offsets = if first == last {
            format!("offset {first}")
        } else {
            format!("offsets {first} to {last}")
        };
        text.push_str(&format!("\n  {place} {offsets}: {reason}"));
    }
    if let Some(more) = findings.len().checked_sub(LISTED).filter(|more| *more > 0) {
        text.push_str(&format!("\n  and {more} more runs of offsets"));
    }
    text
}

fn count(offsets: &RangeInclusive<i64>) -> u64 {
    offsets.end().abs_diff(*offsets.start()).saturating_add(1)
}
