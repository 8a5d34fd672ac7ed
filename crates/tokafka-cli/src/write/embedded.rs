//! `write --embedded`: a broker in this process, and what it holds in the end.

use std::{collections::BTreeSet, io::Write, io::stdout};

use futures::StreamExt;
use tokafka_client::{
    cluster::Cluster,
    settings::{FetchSettings, Properties},
};
use tokafka_datafusion::WriteReport;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use crate::{
    args::ReadOutput,
    connect::BOOTSTRAP,
    read::{Arrival, PartitionSpan, Place, records, spans},
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
    let spans = spans(cluster, topic, &[], (Place::Earliest, Place::Latest)).await?;
    let held: i64 = spans
        .iter()
        .map(|span| span.offsets.end - span.offsets.start)
        .sum();
    writeln!(
        stdout(),
        "{topic}: {held} records in {} partitions",
        spans.len()
    )?;
    let mut output = Output::new(ReadOutput::Table, topic)?;
    let mut shown: i64 = 0;
    let mut arriving = records(cluster, settings, topic, (samples(spans), Arrival::InTurn));
    while let Some(fetched) = arriving.next().await {
        let (partition, fetched) = fetched?;
        for record in fetched.iter() {
            output.push(partition, &record?)?;
            shown += 1;
        }
    }
    output.finish()?;
    if held > shown {
        writeln!(stdout(), "… and {} more", held - shown)?;
    }
    Ok(())
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
