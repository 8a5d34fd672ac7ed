//! From places to offsets.

use std::ops::Range;

use tokafka_client::{
    admin::{Admin, OffsetSpec},
    cluster::Cluster,
    error::TopicError,
    settings::IsolationLevel,
};

use super::Place;

/// Offsets of one partition that are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionSpan {
    pub(crate) partition: i32,
    pub(crate) offsets: Range<i64>,
}

/// What is wanted of every partition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) from: Place,
    pub(crate) to: Place,
    pub(crate) isolation: IsolationLevel,
}

/// The offsets between two places, as they are now, within what each log shows; for every partition, or
/// for those that are named. The topic is not created.
pub(crate) async fn spans(
    cluster: &Cluster,
    topic: &str,
    partitions: &[i32],
    extent: Extent,
) -> Result<Vec<PartitionSpan>, TopicError> {
    let view = cluster.fresh_topic(topic).await?;
    let count = view.partitions.len();
    if let Some(partition) = partitions
        .iter()
        .find(|partition| !(0..count).contains(&index(**partition)))
    {
        return Err(TopicError::NoSuchPartition {
            name: topic.to_owned(),
            partition: *partition,
            count: u32::try_from(count).unwrap_or(u32::MAX),
        });
    }
    let admin = Admin::new(cluster);
    let end = match extent.isolation {
        IsolationLevel::ReadUncommitted => OffsetSpec::Latest,
        IsolationLevel::ReadCommitted => OffsetSpec::LastStable,
    };
    let earliest = admin.offsets(topic, OffsetSpec::Earliest).await?;
    let latest = admin.offsets(topic, end).await?;
    let starts = offsets(&admin, topic, extent.from, (&earliest, &latest)).await?;
    let ends = offsets(&admin, topic, extent.to, (&earliest, &latest)).await?;
    let all = (0..).zip(starts.into_iter().zip(ends));
    Ok(all
        .filter(|(partition, _)| partitions.is_empty() || partitions.contains(partition))
        .map(|(partition, (start, end))| PartitionSpan {
            partition,
            offsets: start..end.max(start),
        })
        .collect())
}

fn index(partition: i32) -> usize {
    usize::try_from(partition).unwrap_or(usize::MAX)
}

async fn offsets(
    admin: &Admin,
    topic: &str,
    place: Place,
    (earliest, latest): (&[i64], &[i64]),
) -> Result<Vec<i64>, TopicError> {
    let found = match place {
        Place::Earliest => return Ok(earliest.to_vec()),
        Place::Latest => return Ok(latest.to_vec()),
        Place::Offset(offset) => vec![offset; latest.len()],
        Place::Time(millis) => admin.offsets(topic, OffsetSpec::AtTime(millis)).await?,
    };
    let bounds = earliest.iter().zip(latest);
    let within = |(offset, (first, end)): (i64, (&i64, &i64))| offset.min(*end).max(*first);
    Ok(found.into_iter().zip(bounds).map(within).collect())
}
