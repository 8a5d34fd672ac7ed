//! From a request's kind to its module.

use std::time::Duration;

use kafka_protocol::messages::{RequestKind, ResponseKind};

use super::{
    call::Call, configs, coordinator, fetch, groups, metadata, offsets, produce, producer_id,
    topics, versions,
};
use crate::{cluster::Node, faults::Verdict};

/// What a request comes to.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Box<ResponseKind>),
    /// The request asks for no answer.
    Nothing,
    /// The connection is closed instead of an answer.
    Close,
}

/// Carries a request out. Kinds that are not offered close the connection.
pub(crate) async fn carry_out(
    node: &Node,
    version: i16,
    request: &RequestKind,
    verdict: &Verdict,
) -> Reply {
    let call = &Call {
        node,
        version,
        verdict,
    };
    let answer: ResponseKind = match request {
        RequestKind::Produce(request) => return produce::answer(call, request),
        RequestKind::Fetch(request) => fetch::answer(call, request).await.into(),
        RequestKind::ListOffsets(request) => offsets::answer(call, request).into(),
        RequestKind::Metadata(request) => metadata::answer(call, request).into(),
        RequestKind::FindCoordinator(request) => coordinator::answer(call, request).into(),
        RequestKind::ApiVersions(request) => versions::answer(call, request).into(),
        RequestKind::CreateTopics(request) => topics::create(call, request).into(),
        RequestKind::DeleteTopics(request) => topics::delete(call, request).into(),
        RequestKind::DescribeConfigs(request) => configs::answer(call, request).into(),
        RequestKind::InitProducerId(request) => producer_id::answer(call, request).into(),
        RequestKind::OffsetCommit(request) => groups::commit(call, request).into(),
        RequestKind::OffsetFetch(request) => groups::fetch(call, request).into(),
        _ => return Reply::Close,
    };
    Reply::Answer(Box::new(answer))
}

/// Sets an answer's `throttle_time_ms` (KIP-219).
pub(crate) fn throttle(answer: &mut ResponseKind, time: Duration) {
    let ms = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    match answer {
        ResponseKind::Produce(answer) => answer.throttle_time_ms = ms,
        ResponseKind::Fetch(answer) => answer.throttle_time_ms = ms,
        ResponseKind::ListOffsets(answer) => answer.throttle_time_ms = ms,
        ResponseKind::Metadata(answer) => answer.throttle_time_ms = ms,
        ResponseKind::FindCoordinator(answer) => answer.throttle_time_ms = ms,
        ResponseKind::ApiVersions(answer) => answer.throttle_time_ms = ms,
        ResponseKind::CreateTopics(answer) => answer.throttle_time_ms = ms,
        ResponseKind::DeleteTopics(answer) => answer.throttle_time_ms = ms,
        ResponseKind::DescribeConfigs(answer) => answer.throttle_time_ms = ms,
        ResponseKind::InitProducerId(answer) => answer.throttle_time_ms = ms,
        ResponseKind::OffsetCommit(answer) => answer.throttle_time_ms = ms,
        ResponseKind::OffsetFetch(answer) => answer.throttle_time_ms = ms,
        _ => {}
    }
}
