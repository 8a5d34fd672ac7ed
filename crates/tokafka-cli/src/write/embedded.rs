//! `write --embedded`: a broker in this process, and what it holds in the end.

use std::{collections::BTreeSet, io::Write, io::stdout};

use futures::StreamExt;
use tokafka_arrow::{PartitionSpan, Place};
use tokafka_client::{
    cluster::Cluster,
    settings::{FetchSettings, Properties},
};
use tokafka_datafusion::WriteReport;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use crate::{
    args::ReadOutput,
    connect::BOOTSTRAP,
    read::{Arrival, Extent, records, spans},
    render::Output,
};

/// Records of each topic that are shown.
const SHOWN: usize = 10;

/// Partitions of a topic, so that it shows how keys spread.
const PARTITIONS: i32 = 3;

/// Starts a broker on a free port.
pub(super) async fn start() -> anyhow::Result<DevBroker> {
    let any_port = ([127, 0, 0, 1], 0).into();
    let config = DevBrokerConfig {
        listen: any_port,
        default_partitions: PARTITIONS,
        ..DevBrokerConfig::default()
    };
    Ok(DevBroker::start(config).await?)
}

/// Reads back, as any client would, what was written, and prints the first records of each topic.
pub(super) async fn show(broker: &DevBroker, report: &WriteReport) -> anyhow::Result<()> {
    let mut properties = Properties::new();
    properties.set(BOOTSTRAP, &broker.bootstrap());
    let settings = FetchSettings::from_properties(&properties)?;
    let cluster = Cluster::connect(settings.client.clone()).await?;
    let topics: BTreeSet<&str> = report
        .partitions
        .iter()
        .map(|part| part.topic.as_str())
        .collect();
    for topic in topics {
        show_topic(&cluster, &settings, topic).await?;
    }
    cluster.shutdown().await;
    Ok(())
}

async fn show_topic(
    cluster: &Cluster,
    settings: &FetchSettings,
    topic: &str,
) -> anyhow::Result<()> {
    let all = Extent {
        from: Place::Earliest,
        to: Place::Latest,
        isolation: settings.isolation,
    };
    let spans = spans(cluster, topic, &[], all).await?;
    writeln!(stdout(), "{topic}: {}", holdings(&spans))?;
    let held: i64 = spans.iter().map(held).sum();
    let shown = show_samples(cluster, settings, topic, samples(spans)).await?;
    if held > shown {
        writeln!(stdout(), "… and {} more", held - shown)?;
    }
    Ok(())
}

async fn show_samples(
    cluster: &Cluster,
    settings: &FetchSettings,
    topic: &str,
    spans: Vec<PartitionSpan>,
) -> anyhow::Result<i64> {
    let mut output = Output::new(ReadOutput::Table, topic)?;
    let mut shown = 0;
    let mut arriving = records(cluster, settings, topic, (spans, Arrival::InTurn));
    while let Some(fetched) = arriving.next().await {
        let (partition, fetched) = fetched?;
        for record in fetched.iter() {
            output.push(partition, &record?)?;
            shown += 1;
        }
    }
    output.finish()?;
    Ok(shown)
}

fn held(span: &PartitionSpan) -> i64 {
    span.offsets.end - span.offsets.start
}

/// How much there is; also how much was there, since the broker's memory is bounded.
fn holdings(spans: &[PartitionSpan]) -> String {
    let records: i64 = spans.iter().map(held).sum();
    let dropped: i64 = spans.iter().map(|span| span.offsets.start).sum();
    let mut text = format!("{records} records in {} partitions", spans.len());
    if dropped > 0 {
        text.push_str(&format!(
            "; the oldest {dropped} had to make room, for this broker holds only what fits its memory"
        ));
    }
    text
}

/// The first records of every partition that has any.
fn samples(mut spans: Vec<PartitionSpan>) -> Vec<PartitionSpan> {
    spans.retain(|span| !span.offsets.is_empty());
    let each = (SHOWN / spans.len().max(1)).max(1);
    for span in &mut spans {
        span.offsets.end = span.offsets.end.min(span.offsets.start + each as i64);
    }
    spans.truncate(SHOWN);
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(partition: i32, offsets: std::ops::Range<i64>) -> PartitionSpan {
        PartitionSpan { partition, offsets }
    }

    #[test]
    fn records_that_the_broker_dropped_are_not_passed_over_in_silence() {
        assert_eq!(
            holdings(&[span(0, 0..4), span(1, 0..0)]),
            "4 records in 2 partitions"
        );
        let text = holdings(&[span(0, 3..4), span(1, 2..5)]);
        assert!(
            text.starts_with("4 records in 2 partitions; the oldest 5 "),
            "{text}"
        );
    }

    #[test]
    fn every_partition_that_has_records_is_shown_from() {
        let shown = samples(vec![span(0, 7..100), span(1, 0..0), span(2, 0..1)]);
        assert_eq!(shown, [span(0, 7..12), span(2, 0..1)]);
    }
}
