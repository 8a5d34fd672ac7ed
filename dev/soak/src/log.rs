//! A topic as it lies in the log: read by us, and by librdkafka.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
};
use tokafka_client::{
    admin::{Admin, OffsetSpec},
    cluster::Cluster,
    ranges::RangeReader,
    settings::{FetchSettings, Properties},
};

use crate::row::Row;

/// How long librdkafka may show no record.
const SILENCE: Duration = Duration::from_secs(60);

/// One list per partition, in the order of offsets.
pub(crate) type Log = Vec<Vec<Entry>>;

/// Where a row lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) offset: i64,
    pub(crate) writer: u32,
    pub(crate) number: u32,
}

impl Entry {
    fn new(partition: usize, offset: i64, value: Option<&[u8]>) -> anyhow::Result<Self> {
        let row = Row::parse(value)?;
        ensure!(
            row.partition as usize == partition,
            "{row:?} lies in partition {partition}"
        );
        Ok(Self {
            offset,
            writer: row.writer,
            number: row.number,
        })
    }
}

/// Reads a topic with both readers.
///
/// # Errors
/// One sees something else than the other.
pub(crate) async fn read(cluster: &Cluster, servers: &str, topic: &str) -> anyhow::Result<Log> {
    let ends = Admin::new(cluster)
        .offsets(topic, OffsetSpec::Latest)
        .await?;
    let ours = read_with_tokafka(cluster, servers, topic, &ends).await?;
    let (servers, topic) = (servers.to_owned(), topic.to_owned());
    let theirs = tokio::task::spawn_blocking(move || read_with_librdkafka(&servers, &topic, &ends))
        .await??;
    for (partition, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        ensure!(
            ours == theirs,
            "partition {partition}: tokafka reads {} rows and librdkafka {}, the first other one is {:?}",
            ours.len(),
            theirs.len(),
            ours.iter()
                .zip(theirs)
                .find(|(ours, theirs)| ours != theirs),
        );
    }
    Ok(ours)
}

async fn read_with_tokafka(
    cluster: &Cluster,
    servers: &str,
    topic: &str,
    ends: &[i64],
) -> anyhow::Result<Log> {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", servers);
    let settings = FetchSettings::from_properties(&properties)?;
    let mut log = Log::new();
    for (partition, end) in ends.iter().enumerate() {
        let number = i32::try_from(partition)?;
        let mut reader = RangeReader::open(cluster, &settings, topic, number, 0..*end).await?;
        let mut entries = Vec::new();
        while let Some(records) = reader.next().await? {
            for record in records.iter() {
                let record = record?;
                entries.push(Entry::new(partition, record.offset, record.value)?);
            }
        }
        log.push(entries);
    }
    Ok(log)
}

fn read_with_librdkafka(servers: &str, topic: &str, ends: &[i64]) -> anyhow::Result<Log> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("group.id", "soak")
        .set("enable.auto.commit", "false")
        .set("check.crcs", "true")
        .create()?;
    let mut assignment = TopicPartitionList::new();
    for partition in 0..i32::try_from(ends.len())? {
        assignment.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&assignment)?;
    let mut log = vec![Vec::new(); ends.len()];
    let mut open = ends.iter().filter(|end| **end > 0).count();
    while open > 0 {
        let Some(message) = consumer.poll(SILENCE) else {
            bail!("librdkafka reads nothing more, with {open} partitions left");
        };
        let message = message?;
        let partition = usize::try_from(message.partition())?;
        let end = *ends.get(partition).context("an unknown partition")?;
        if message.offset() < end {
            let entries = log.get_mut(partition).context("an unknown partition")?;
            entries.push(Entry::new(partition, message.offset(), message.payload())?);
        }
        open -= usize::from(message.offset() == end - 1);
    }
    Ok(log)
}
