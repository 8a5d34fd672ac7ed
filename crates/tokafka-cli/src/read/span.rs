//! From places to offsets.

use tokafka_arrow::{PartitionSpan, Place, TopicBounds};
use tokafka_client::{cluster::Cluster, error::TopicError, settings::IsolationLevel};

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
    let bounds = TopicBounds::look(cluster, topic, extent.isolation).await?;
    let count = bounds.iter().len();
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
    let starts = within(&bounds, extent.from).await?;
    let ends = within(&bounds, extent.to).await?;
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

async fn within(bounds: &TopicBounds, place: Place) -> Result<Vec<i64>, TopicError> {
    let found = bounds.offsets(place).await?.into_iter().zip(bounds.iter());
    Ok(found
        .map(|(offset, held)| offset.clamp(held.start, held.end))
        .collect())
}
