//! What an answer, or the lack of one, means for a batch.

use kafka_protocol::ResponseError;

use super::{DeliveryCause, lane::Verdict, response::PartitionAnswer};
use crate::{error::RequestError, settings::Acks};

/// What an attempt came to, and what to see to before the next one.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    pub(super) remedy: Remedy,
    /// What to tell if this was the last attempt.
    pub(super) cause: Option<DeliveryCause>,
}

/// What the driver must see to before the batch can be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Nothing.
    None,
    /// Wait a little.
    Wait,
    /// Wait a little and find the leader.
    FindLeader,
}

impl Outcome {
    /// A batch of a request that was answered.
    pub(super) fn answered(answer: PartitionAnswer, acks: Acks) -> Self {
        match answer.code {
            None if answer.base_offset < 0 => Self {
                verdict: Verdict::Duplicate,
                remedy: Remedy::None,
                cause: None,
            },
            None => {
                let verdict = Verdict::Appended {
                    base_offset: answer.base_offset,
                };
                Self {
                    verdict,
                    remedy: Remedy::None,
                    cause: None,
                }
            }
            Some(code) => {
                let (verdict, remedy) = of(code, acks);
                let cause = DeliveryCause::Refused {
                    code,
                    message: answer.message,
                    records: answer.records,
                };
                Self {
                    verdict,
                    remedy,
                    cause: Some(cause),
                }
            }
        }
    }

    /// A batch of a request that was not sent, or got no answer that could be understood.
    pub(super) fn unanswered(error: &RequestError) -> Self {
        let verdict = match (error.may_be_written(), error.is_retriable()) {
            (true, _) => Verdict::InDoubt,
            (false, true) => Verdict::TryAgain,
            (false, false) => Verdict::Refused,
        };
        let cause = Some(DeliveryCause::Request(error.clone()));
        Self {
            verdict,
            remedy: Remedy::FindLeader,
            cause,
        }
    }

    /// A batch of a request that was written to the socket and has no answer.
    pub(super) fn handed_over() -> Self {
        Self {
            verdict: Verdict::HandedOver,
            remedy: Remedy::None,
            cause: None,
        }
    }
}

/// The verdict on a batch that was answered with an error, and what to do about it. What is not known
/// to be a refusal before the append leaves the outcome open.
///
/// Follows Kafka's `ReplicaManager`, `ProducerStateManager` and `DelayedProduce`.
fn of(code: ResponseError, acks: Acks) -> (Verdict, Remedy) {
    use ResponseError as E;
    match code {
        E::NotLeaderOrFollower
        | E::LeaderNotAvailable
        | E::UnknownTopicOrPartition
        | E::UnknownTopicId
        | E::InconsistentTopicId
        | E::FencedLeaderEpoch
        | E::UnknownLeaderEpoch
        | E::ReplicaNotAvailable => (moved(acks), Remedy::FindLeader),
        E::KafkaStorageError => (Verdict::InDoubt, Remedy::FindLeader),
        E::NotEnoughReplicas | E::CorruptMessage | E::ThrottlingQuotaExceeded => {
            (Verdict::TryAgain, Remedy::Wait)
        }
        E::MessageTooLarge | E::RecordListTooLarge => (Verdict::TooLarge, Remedy::None),
        E::OutOfOrderSequenceNumber | E::UnknownProducerId => {
            (Verdict::OutOfSequence, Remedy::None)
        }
        E::DuplicateSequenceNumber => (Verdict::Duplicate, Remedy::None),
        E::InvalidProducerEpoch | E::ProducerFenced => (Verdict::Fenced, Remedy::None),
        // The leader appended the records, but not all replicas confirmed them; or it failed at
        // whatever point.
        E::RequestTimedOut | E::NotEnoughReplicasAfterAppend | E::UnknownServerError => {
            (Verdict::InDoubt, Remedy::Wait)
        }
        other if other.is_retriable() => (Verdict::InDoubt, Remedy::Wait),
        _ => (Verdict::Refused, Remedy::None),
    }
}

/// With `acks=all` a leader that loses its office while it waits for its replicas says so after it
/// has appended, and the new leader may have the records (`DelayedProduce.tryComplete`).
fn moved(acks: Acks) -> Verdict {
    match acks {
        Acks::All => Verdict::InDoubt,
        Acks::Leader | Acks::None => Verdict::TryAgain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_leaves_the_append_open_never_counts_as_a_refusal() {
        for code in [
            ResponseError::RequestTimedOut,
            ResponseError::NotEnoughReplicasAfterAppend,
            ResponseError::UnknownServerError,
            ResponseError::KafkaStorageError,
            ResponseError::NetworkException,
        ] {
            assert_eq!(of(code, Acks::Leader).0, Verdict::InDoubt, "{code}");
        }
    }

    #[test]
    fn a_moved_leader_leaves_the_append_open_only_if_it_waited_for_replicas() {
        for code in [
            ResponseError::NotLeaderOrFollower,
            ResponseError::UnknownTopicOrPartition,
        ] {
            assert_eq!(
                of(code, Acks::All),
                (Verdict::InDoubt, Remedy::FindLeader),
                "{code}"
            );
            assert_eq!(
                of(code, Acks::Leader),
                (Verdict::TryAgain, Remedy::FindLeader),
                "{code}"
            );
        }
    }

    #[test]
    fn too_few_replicas_before_the_append_is_a_definite_refusal_for_now() {
        let verdict = of(ResponseError::NotEnoughReplicas, Acks::All);
        assert_eq!(verdict, (Verdict::TryAgain, Remedy::Wait));
    }

    #[test]
    fn what_no_retry_can_heal_is_refused_at_once() {
        for code in [
            ResponseError::InvalidRecord,
            ResponseError::InvalidTimestamp,
            ResponseError::TopicAuthorizationFailed,
            ResponseError::UnsupportedCompressionType,
            ResponseError::InvalidRequiredAcks,
        ] {
            assert_eq!(
                of(code, Acks::All),
                (Verdict::Refused, Remedy::None),
                "{code}"
            );
        }
    }

    #[test]
    fn success_without_an_offset_is_a_duplicate_of_unknown_place() {
        let answer = PartitionAnswer {
            code: None,
            base_offset: -1,
            message: None,
            records: Vec::new(),
            names_leader: false,
        };
        assert_eq!(
            Outcome::answered(answer, Acks::All).verdict,
            Verdict::Duplicate
        );
    }

    #[test]
    fn a_request_that_never_left_leaves_no_doubt_and_a_lost_answer_does() {
        let address = || "b:9092".to_owned();
        let lost = RequestError::Lost {
            address: address(),
            api: "Produce",
            reason: "reset".to_owned(),
        };
        assert_eq!(Outcome::unanswered(&lost).verdict, Verdict::InDoubt);
        let unsent = RequestError::Connect(crate::error::ConnectError::Unreachable {
            attempts: vec![address()],
            after: std::time::Duration::from_secs(1),
        });
        assert_eq!(Outcome::unanswered(&unsent).verdict, Verdict::TryAgain);
    }
}
