//! OffsetCommit and OffsetFetch, for clients that are no members of their group.

use kafka_protocol::{
    ResponseError,
    messages::{
        OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse,
        TopicName,
        offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic},
        offset_fetch_response::{OffsetFetchResponsePartition, OffsetFetchResponseTopic},
    },
    protocol::StrBytes,
};

use super::call::{Call, code};
use crate::groups::GroupOffsets;

/// Of a client that is no member.
const NO_GENERATION: i32 = -1;
/// The answer for a partition of which nothing was noted.
const NONE_NOTED: i64 = -1;

/// Notes offsets of partitions that there are.
pub(crate) fn commit(call: &Call<'_>, request: &OffsetCommitRequest) -> OffsetCommitResponse {
    let refused = call.verdict.spoils_request().or_else(|| not_alone(request));
    let group = request.group_id.as_str();
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|asked| {
            let (name, index) = (topic.name.as_str(), asked.partition_index);
            let is_known = call.cluster().topics().partition(name, index).is_some();
            let unknown = ResponseError::UnknownTopicOrPartition;
            let error = refused.or_else(|| (!is_known).then_some(unknown));
            if error.is_none() {
                let mut groups = call.cluster().groups();
                groups.commit(group, name, index, asked.committed_offset);
            }
            OffsetCommitResponsePartition::default()
                .with_partition_index(index)
                .with_error_code(code(error))
        });
        OffsetCommitResponseTopic::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions.collect())
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

/// No group has members, so nobody can be one.
fn not_alone(request: &OffsetCommitRequest) -> Option<ResponseError> {
    if !request.member_id.is_empty() {
        return Some(ResponseError::UnknownMemberId);
    }
    let is_alone = request.generation_id_or_member_epoch == NO_GENERATION;
    (!is_alone).then_some(ResponseError::IllegalGeneration)
}

/// What was noted, of the partitions asked for or of all.
pub(crate) fn fetch(call: &Call<'_>, request: &OffsetFetchRequest) -> OffsetFetchResponse {
    if let Some(error) = call.verdict.spoils_request() {
        return OffsetFetchResponse::default().with_error_code(error.code());
    }
    let noted = call.cluster().groups().offsets(request.group_id.as_str());
    let topics = match &request.topics {
        None => all(&noted),
        Some(asked) => asked
            .iter()
            .map(|topic| {
                let partitions = topic.partition_indexes.iter().map(|index| {
                    let key = (topic.name.to_string(), *index);
                    partition(*index, noted.get(&key).copied())
                });
                of_topic(topic.name.clone(), partitions.collect())
            })
            .collect(),
    };
    OffsetFetchResponse::default().with_topics(topics)
}

fn all(noted: &GroupOffsets) -> Vec<OffsetFetchResponseTopic> {
    let topics = noted.iter().map(|((topic, index), offset)| {
        let name = TopicName(StrBytes::from_string(topic.clone()));
        of_topic(name, vec![partition(*index, Some(*offset))])
    });
    topics.collect()
}

fn of_topic(
    name: TopicName,
    partitions: Vec<OffsetFetchResponsePartition>,
) -> OffsetFetchResponseTopic {
    OffsetFetchResponseTopic::default()
        .with_name(name)
        .with_partitions(partitions)
}

fn partition(index: i32, offset: Option<i64>) -> OffsetFetchResponsePartition {
    OffsetFetchResponsePartition::default()
        .with_partition_index(index)
        .with_committed_offset(offset.unwrap_or(NONE_NOTED))
        .with_metadata(Some(StrBytes::default()))
}
