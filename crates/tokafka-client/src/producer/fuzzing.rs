//! Any answer to a produce request.

use bytes::Bytes;
use uuid::Uuid;

use super::{
    lane::Attempt,
    request::{Part, TopicKey},
    response,
    timers::LaneId,
    verdict::Outcome,
};
use crate::settings::Acks;

/// The answer to a request for two partitions.
pub(crate) fn produced(body: Bytes, version: i16) {
    let topic = TopicKey {
        name: "t".into(),
        id: Uuid::from_u128(1),
    };
    let part = |partition| Part {
        lane: LaneId(0),
        attempt: Attempt::first(),
        topic: topic.clone(),
        partition,
    };
    let parts = [part(0), part(1)];
    let Ok(answer) = response::decode(body, version, &parts) else {
        return;
    };
    assert_eq!(answer.parts.len(), parts.len());
    for answer in answer.parts.into_iter().flatten() {
        drop(Outcome::answered(answer, Acks::All));
    }
}
