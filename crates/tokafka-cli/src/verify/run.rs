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

use super::{
    findings::{Finding, Findings, Kind},
    load::load,
    look::{Looked, look},
};
use crate::{
    args::VerifyArgs,
    connect::OptionSet,
    notice::Notices,
    read::{Extent, spans},
};

/// Looks for every record of a receipt. Fails if one is missing, or is not the one that was written.
pub(crate) async fn run(args: VerifyArgs, notices: &Notices) -> anyhow::Result<()> {
    let receipt = load(&args.receipt)?;
    let mut options = OptionSet::collect(&args.connect, notices)?;
    options.default_bootstrap();
    options.require_bootstrap("")?;
    let settings = options.fetch_settings()?;
    let cluster = Cluster::connect(settings.client.clone()).await?;
    let findings = look_for(&receipt, &cluster, &settings).await?;
    cluster.shutdown().await;
    if receipt.may_be_written_rows > 0 || receipt.not_written_rows > 0 {
        notices.warn(&format!(
            "the write was not complete: {} rows may or may not be written, and {} were not; neither are \
             looked for",
            receipt.may_be_written_rows, receipt.not_written_rows
        ));
    }
    let shown = args.receipt.display();
    if !findings.is_empty() {
        bail!("{shown}: {}", findings.told(receipt.rows));
    }
    let places = receipt
        .partitions
        .iter()
        .filter(|part| part.rows > 0)
        .count();
    let unchecked = receipt
        .partitions
        .iter()
        .filter(|part| part.checksums.is_empty());
    let what = match unchecked.fold(0, |sum: u64, part| sum.saturating_add(part.rows)) {
        0 => "are there, as they were written".to_owned(),
        rows if rows == receipt.rows => {
            "are there; whether they are as they were written is not known, since the receipt has no \
             checksums"
                .to_owned()
        }
        rows => format!(
            "are there; whether {rows} of them are as they were written is not known, since the receipt \
             has no checksums of them"
        ),
    };
    writeln!(
        stdout(),
        "verified {shown}: all {} rows in {places} topic-partition{} {what}",
        receipt.rows,
        if places == 1 { "" } else { "s" }
    )?;
    Ok(())
}

async fn look_for(
    receipt: &WriteReport,
    cluster: &Cluster,
    settings: &FetchSettings,
) -> anyhow::Result<Findings> {
    let mut topics: BTreeMap<&str, Vec<&PartitionReceipt>> = BTreeMap::new();
    for part in receipt.partitions.iter().filter(|part| part.rows > 0) {
        topics.entry(&part.topic).or_default().push(part);
    }
    let mut findings = Findings::default();
    for (topic, parts) in topics {
        let logs = logs(cluster, settings, topic).await?;
        for part in parts {
            let log = logs.iter().find(|log| log.partition == part.partition);
            let offsets = log.map_or(0..0, |log| log.offsets.clone());
            let Looked { missing, others } = look(cluster, settings, part, &offsets).await?;
            let place = format!("{topic}-{}", part.partition);
            findings.extend(missing.into_iter().map(|missing| Finding {
                place: place.clone(),
                kind: Kind::Missing(match log {
                    Some(_) => reason(&missing, &offsets),
                    None if logs.is_empty() => "there is no such topic".to_owned(),
                    None => format!("the topic has only {} partitions", logs.len()),
                }),
                offsets: missing,
            }));
            findings.extend(others.into_iter().map(|offsets| Finding {
                place: place.clone(),
                kind: Kind::Other,
                offsets,
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
