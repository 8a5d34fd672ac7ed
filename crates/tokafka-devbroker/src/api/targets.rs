//! What a request acts on, for matching faults.

use kafka_protocol::messages::RequestKind;
use uuid::Uuid;

use super::call::resolve;
use crate::{faults::Target, topics::Topics};

/// The topics and partitions that a request names. Ids of unknown topics are left out.
pub(crate) fn targets(request: &RequestKind, topics: &Topics) -> Vec<Target> {
    named(request)
        .into_iter()
        .filter_map(|(name, id, partition)| {
            Some(Target {
                topic: resolve(topics, name, id).ok()?,
                partition,
            })
        })
        .collect()
}

type Named<'a> = (&'a str, Uuid, Option<i32>);

fn named(request: &RequestKind) -> Vec<Named<'_>> {
    match request {
        RequestKind::Produce(request) => flat(&request.topic_data, |topic| {
            let partitions = topic.partition_data.iter().map(|data| data.index).collect();
            (topic.name.as_str(), topic.topic_id, partitions)
        }),
        RequestKind::Fetch(request) => flat(&request.topics, |topic| {
            let partitions = topic
                .partitions
                .iter()
                .map(|asked| asked.partition)
                .collect();
            (topic.topic.as_str(), topic.topic_id, partitions)
        }),
        RequestKind::ListOffsets(request) => flat(&request.topics, |topic| {
            let partitions = topic
                .partitions
                .iter()
                .map(|asked| asked.partition_index)
                .collect();
            (topic.name.as_str(), Uuid::nil(), partitions)
        }),
        RequestKind::Metadata(request) => whole(request.topics.iter().flatten().map(|topic| {
            (
                topic.name.as_ref().map_or("", |name| name.as_str()),
                topic.topic_id,
            )
        })),
        RequestKind::CreateTopics(request) => whole(
            request
                .topics
                .iter()
                .map(|topic| (topic.name.as_str(), Uuid::nil())),
        ),
        RequestKind::DeleteTopics(request) => {
            let listed = request
                .topic_names
                .iter()
                .map(|name| (name.as_str(), Uuid::nil()));
            whole(listed.chain(request.topics.iter().map(|topic| {
                (
                    topic.name.as_ref().map_or("", |name| name.as_str()),
                    topic.topic_id,
                )
            })))
        }
        RequestKind::DescribeConfigs(request) => whole(
            request
                .resources
                .iter()
                .map(|asked| (asked.resource_name.as_str(), Uuid::nil())),
        ),
        _ => Vec::new(),
    }
}

fn flat<'a, T>(
    topics: &'a [T],
    of_topic: impl Fn(&'a T) -> (&'a str, Uuid, Vec<i32>),
) -> Vec<Named<'a>> {
    let partitions = |(name, id, partitions): (&'a str, Uuid, Vec<i32>)| {
        partitions
            .into_iter()
            .map(move |partition| (name, id, Some(partition)))
    };
    topics.iter().map(of_topic).flat_map(partitions).collect()
}

fn whole<'a>(topics: impl Iterator<Item = (&'a str, Uuid)>) -> Vec<Named<'a>> {
    topics.map(|(name, id)| (name, id, None)).collect()
}
