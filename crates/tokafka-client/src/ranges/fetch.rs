//! Fetch requests for one partition, and what their answers say.

use super::page::Page;
use crate::{
    cluster::LeaderHint,
    error::{RequestError, ResponseError, TopicError},
    settings::{Endpoint, FetchSettings, IsolationLevel},
    wire::Api,
};
use kafka_protocol::{
    messages::{
        FetchRequest, FetchResponse, TopicName,
        fetch_request::{FetchPartition, FetchTopic},
        fetch_response::{NodeEndpoint, PartitionData},
    },
    protocol::StrBytes,
};
use std::{ops::RangeInclusive, sync::Arc, time::Duration};
use uuid::Uuid;

/// From this version on a topic is named by its id.
pub(super) const BY_ID: i16 = 13;

/// The versions of Fetch in which a topic of this id can be named.
pub(super) fn versions(id: Uuid) -> RangeInclusive<i16> {
    let all = FetchRequest::VERSIONS;
    let newest = if id.is_nil() { BY_ID - 1 } else { *all.end() };
    *all.start()..=newest
}

/// A partition, and what is known of its leader.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) topic: Arc<str>,
    pub(super) id: Uuid,
    pub(super) partition: i32,
    pub(super) leader_epoch: i32,
}

/// What an answer is good for.
#[derive(Debug)]
pub(super) enum Answer {
    /// Batches, or none at the moment.
    Page(Page),
    /// The log does not reach to the offset, at either end.
    OutOfRange,
}

/// Asks for the batches from `offset` on. The broker waits for some, but well below
/// `request.timeout.ms`.
pub(super) fn request(
    source: &Source,
    offset: i64,
    settings: &FetchSettings,
    version: i16,
) -> FetchRequest {
    let partition = FetchPartition::default()
        .with_partition(source.partition)
        .with_current_leader_epoch(source.leader_epoch)
        .with_fetch_offset(offset)
        .with_partition_max_bytes(int(settings.partition_max_bytes));
    let topic = FetchTopic::default().with_partitions(vec![partition]);
    let topic = if version >= BY_ID {
        topic.with_topic_id(source.id)
    } else {
        topic.with_topic(TopicName(StrBytes::from_string(source.topic.to_string())))
    };
    FetchRequest::default()
        .with_max_wait_ms(millis(
            settings.max_wait.min(settings.client.request_timeout / 2),
        ))
        .with_min_bytes(settings.min_bytes)
        .with_max_bytes(int(settings.max_bytes))
        .with_isolation_level(isolation_level(settings.isolation))
        .with_topics(vec![topic])
}

/// The protocol's number of it.
pub(super) fn isolation_level(isolation: IsolationLevel) -> i8 {
    match isolation {
        IsolationLevel::ReadUncommitted => 0,
        IsolationLevel::ReadCommitted => 1,
    }
}

/// Reads an answer. Errors are those of the partition; a broker that limits us answers nothing.
pub(super) fn answer(
    response: FetchResponse,
    source: &Source,
    isolation: IsolationLevel,
) -> Result<Answer, TopicError> {
    if let Some(code) = ResponseError::try_from_code(response.error_code) {
        return Err(refused(code, &source.topic, source.partition));
    }
    let throttled = response.throttle_time_ms > 0;
    let Some(partition) = of_partition(response, source.partition) else {
        return if throttled {
            Ok(Answer::Page(Page::nothing()))
        } else {
            Err(unanswered(source))
        };
    };
    match ResponseError::try_from_code(partition.error_code) {
        None => {
            let visible_end = match isolation {
                IsolationLevel::ReadUncommitted => partition.high_watermark,
                IsolationLevel::ReadCommitted => partition.last_stable_offset,
            };
            Ok(Answer::Page(Page::new(partition, visible_end)))
        }
        Some(ResponseError::OffsetOutOfRange) => Ok(Answer::OutOfRange),
        Some(code) => Err(refused(code, &source.topic, source.partition)),
    }
}

/// The leader that an answer names beside its error (KIP-951).
pub(super) fn hint(response: &FetchResponse, source: &Source) -> Option<LeaderHint> {
    let partitions = response
        .responses
        .iter()
        .flat_map(|topic| &topic.partitions);
    let leader = partitions
        .map(|partition| &partition.current_leader)
        .next()?;
    let node = response
        .node_endpoints
        .iter()
        .find(|node| node.node_id == leader.leader_id);
    (leader.leader_id.0 >= 0).then(|| LeaderHint {
        topic: source.topic.clone(),
        partition: source.partition,
        leader: leader.leader_id.0,
        leader_epoch: leader.leader_epoch,
        endpoint: node.and_then(endpoint),
    })
}

fn endpoint(node: &NodeEndpoint) -> Option<Endpoint> {
    Some(Endpoint {
        host: node.host.to_string(),
        port: u16::try_from(node.port).ok()?,
    })
}

fn of_partition(response: FetchResponse, partition: i32) -> Option<PartitionData> {
    let mut partitions = response
        .responses
        .into_iter()
        .flat_map(|topic| topic.partitions);
    partitions.find(|answer| answer.partition_index == partition)
}

/// An error of the partition. A topic that a broker does not know may only have moved: that is for
/// metadata to say.
pub(super) fn refused(code: ResponseError, topic: &str, partition: i32) -> TopicError {
    let api = FetchRequest::NAME;
    if code.is_retriable() {
        let message = Some(format!("topic {topic} partition {partition}"));
        return RequestError::Refused { api, code, message }.into();
    }
    TopicError::refused(api, topic, code, None)
}

fn unanswered(source: &Source) -> TopicError {
    TopicError::Request(RequestError::Malformed {
        address: "the leader".to_owned(),
        api: FetchRequest::NAME,
        reason: format!(
            "it lacks topic {} partition {}",
            source.topic, source.partition
        ),
    })
}

fn int(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Properties;
    use bytes::BytesMut;
    use kafka_protocol::{
        messages::{
            BrokerId,
            fetch_response::{FetchableTopicResponse, LeaderIdAndEpoch},
        },
        protocol::Encodable,
    };

    fn source() -> Source {
        Source {
            topic: "t".into(),
            id: Uuid::from_u128(1),
            partition: 3,
            leader_epoch: 5,
        }
    }

    fn settings(pairs: &[(&str, &str)]) -> FetchSettings {
        let servers = ("bootstrap.servers", "h:1");
        let properties: Properties = pairs.iter().copied().chain([servers]).collect();
        FetchSettings::from_properties(&properties).unwrap()
    }

    fn response(partition: PartitionData) -> FetchResponse {
        let topic = FetchableTopicResponse::default().with_partitions(vec![partition]);
        FetchResponse::default().with_responses(vec![topic])
    }

    fn read(response: FetchResponse) -> Result<Answer, TopicError> {
        answer(response, &source(), IsolationLevel::ReadUncommitted)
    }

    #[test]
    fn a_topic_is_named_by_its_id_as_soon_as_the_version_can() {
        for version in 10..=17 {
            let request = request(&source(), 7, &settings(&[]), version);
            let topic = &request.topics[0];
            assert_eq!(topic.topic.is_empty(), version >= 13, "{version}");
            assert_eq!(topic.topic_id.is_nil(), version < 13, "{version}");
            request.encode(&mut BytesMut::new(), version).unwrap();
        }
    }

    #[test]
    fn a_topic_without_an_id_is_asked_for_by_its_name() {
        assert_eq!(versions(Uuid::nil()), 10..=12);
        assert_eq!(versions(Uuid::from_u128(1)), 10..=17);
    }

    #[test]
    fn the_broker_waits_for_less_than_the_request_may_take() {
        let settings = settings(&[
            ("fetch.max.wait.ms", "60000"),
            ("request.timeout.ms", "1000"),
        ]);
        assert_eq!(request(&source(), 0, &settings, 12).max_wait_ms, 500);
    }

    #[test]
    fn an_error_that_another_leader_may_not_have_is_retriable() {
        let cases = [
            (ResponseError::NotLeaderOrFollower, true),
            (ResponseError::FencedLeaderEpoch, true),
            (ResponseError::UnknownTopicOrPartition, true),
            (ResponseError::UnknownTopicId, true),
            (ResponseError::TopicAuthorizationFailed, false),
            (ResponseError::UnknownServerError, false),
        ];
        for (code, retriable) in cases {
            let partition = PartitionData::default()
                .with_partition_index(3)
                .with_error_code(code.code());
            let error = read(response(partition)).unwrap_err();
            assert_eq!(error.is_retriable(), retriable, "{error}");
        }
    }

    #[test]
    fn an_offset_out_of_range_is_told_from_other_errors() {
        let code = ResponseError::OffsetOutOfRange.code();
        let partition = PartitionData::default()
            .with_partition_index(3)
            .with_error_code(code);
        assert!(matches!(read(response(partition)), Ok(Answer::OutOfRange)));
    }

    #[test]
    fn an_answer_without_the_partition_is_empty_only_if_the_broker_limits_us() {
        let limited = FetchResponse::default().with_throttle_time_ms(10);
        assert!(matches!(read(limited), Ok(Answer::Page(_))));
        let error = read(FetchResponse::default()).unwrap_err();
        assert!(
            error.to_string().contains("it lacks topic t partition 3"),
            "{error}"
        );
    }

    #[test]
    fn records_are_visible_up_to_the_high_watermark_or_the_first_open_transaction() {
        let partition = PartitionData::default()
            .with_partition_index(3)
            .with_high_watermark(9)
            .with_last_stable_offset(4);
        for (isolation, visible) in [
            (IsolationLevel::ReadUncommitted, 9),
            (IsolationLevel::ReadCommitted, 4),
        ] {
            let answer = answer(response(partition.clone()), &source(), isolation).unwrap();
            let Answer::Page(page) = answer else {
                panic!("{answer:?}")
            };
            assert!(page.shows_nothing_before(visible));
            assert!(!page.shows_nothing_before(visible + 1));
        }
    }

    #[test]
    fn the_leader_that_an_answer_names_is_learnt_with_its_address() {
        let leader = LeaderIdAndEpoch::default()
            .with_leader_id(BrokerId(2))
            .with_leader_epoch(6);
        let node = NodeEndpoint::default()
            .with_node_id(BrokerId(2))
            .with_host("h2".into())
            .with_port(9092);
        let partition = PartitionData::default()
            .with_partition_index(3)
            .with_current_leader(leader);
        let response = response(partition).with_node_endpoints(vec![node]);
        let hint = hint(&response, &source()).unwrap();
        assert_eq!((hint.leader, hint.leader_epoch), (2, 6));
        assert_eq!(
            hint.endpoint,
            Some(Endpoint {
                host: "h2".to_owned(),
                port: 9092
            })
        );
    }

    #[test]
    fn an_answer_that_names_no_leader_teaches_none() {
        assert!(hint(&response(PartitionData::default()), &source()).is_none());
    }
}
