//! From places to offsets.

use std::ops::Range;

use tokafka_client::{
    admin::{Admin, OffsetSpec},
    cluster::Cluster,
    error::TopicError,
};

use super::Place;

/// Offsets of one partition that are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionSpan {
    pub(crate) partition: i32,
    pub(crate) offsets: Range<i64>,
}

/// The offsets between two places, as they are now, within what each log holds; for every partition, or
/// for those that are named. The topic is not created.
pub(crate) async fn spans(
    cluster: &Cluster,
    topic: &str,
    partitions: &[i32],
    (from, to): (Place, Place),
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
    let earliest = admin.offsets(topic, OffsetSpec::Earliest).await?;
    let latest = admin.offsets(topic, OffsetSpec::Latest).await?;
    let starts = offsets(&admin, topic, from, (&earliest, &latest)).await?;
    let ends = offsets(&admin, topic, to, (&earliest, &latest)).await?;
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
    Ok(match place {
        Place::Earliest => earliest.to_vec(),
        Place::Latest => latest.to_vec(),
        Place::Offset(offset) => earliest
            .iter()
            .zip(latest)
            .map(|(first, end)| offset.min(*end).max(*first))
            .collect(),
        Place::Time(millis) => admin.offsets(topic, OffsetSpec::AtTime(millis)).await?,
    })
}
