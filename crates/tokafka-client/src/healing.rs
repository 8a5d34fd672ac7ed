//! What can go away without a change of what was asked: outages, and what somebody at the cluster mends.
//!
//! Wider than `is_retriable`, which asks whether the very next attempt may succeed: a topic that is missing
//! can be created, and a permission can be given back. Who runs the same work again and again, for as long as
//! it takes, goes by this.

use crate::{
    error::{ConnectError, ReadError, RequestError, ResponseError, TopicError},
    producer::{Break, DeliveryCause, DeliveryError, ProducerError, SendError, Unreadable},
};

impl ConnectError {
    /// True if the same may succeed some time, with nothing changed on this side.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::AdvertisedUnreachable { .. } | Self::Closed => true,
            Self::UnsupportedVersion { .. } => false,
        }
    }
}

impl RequestError {
    /// True if the same may succeed some time, with nothing changed on this side.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::Connect(error) => error.may_heal(),
            Self::NotSent { .. } | Self::Lost { .. } | Self::TimedOut { .. } => true,
            Self::Malformed { .. } | Self::Unencodable { .. } => false,
            Self::Refused { code, .. } => code_may_heal(*code),
        }
    }
}

impl TopicError {
    /// True if the same may succeed some time, with nothing changed on this side.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::Unknown { .. } | Self::NotAuthorized { .. } => true,
            Self::InvalidName { .. } | Self::NoSuchPartition { .. } => false,
            Self::Request(error) => error.may_heal(),
        }
    }
}

impl ReadError {
    /// True if the same may succeed some time, with nothing changed on this side.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::Topic(error) => error.may_heal(),
            Self::Request(error) => error.may_heal(),
            Self::Batch { .. } | Self::OffsetOutOfRange { .. } => false,
        }
    }
}

impl ProducerError {
    /// True if the same may succeed some time, with nothing changed on this side.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::Connect(error) => error.may_heal(),
            Self::Identity(error) => error.may_heal(),
        }
    }
}

impl SendError {
    /// True if the same may succeed some time, with nothing changed on this side: perhaps by another producer.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::BudgetExhausted { .. } | Self::Closed => true,
            Self::Topic(error) => error.may_heal(),
            Self::Delivery(error) => error.may_heal(),
        }
    }
}

impl DeliveryError {
    /// True if the same may succeed some time, with nothing changed on this side: perhaps by another producer,
    /// and with the records that are in the log already there twice.
    pub fn may_heal(&self) -> bool {
        match &self.cause {
            DeliveryCause::TimedOut { .. }
            | DeliveryCause::RetriesExhausted { .. }
            | DeliveryCause::TopicRecreated
            | DeliveryCause::PartitionGone
            | DeliveryCause::Cancelled => true,
            DeliveryCause::Refused { code, .. } => code_may_heal(*code),
            DeliveryCause::Request(error) => error.may_heal(),
            DeliveryCause::TooLarge { .. } | DeliveryCause::Corrupt(_) => false,
            DeliveryCause::Unsettled(reason) => reason.may_heal(),
            DeliveryCause::Unreadable(reason) => reason.may_heal(),
        }
    }
}

impl Break {
    fn may_heal(&self) -> bool {
        match self {
            Self::SequenceRefused
            | Self::Unresolved
            | Self::AppendedOutOfSequence
            | Self::EpochsExhausted
            | Self::Fenced
            | Self::PartitionLost
            | Self::Ended => true,
            // What earlier work wrote may be gone too: somebody has to look.
            Self::AcknowledgedGone(_) | Self::UnsupportedBroker => false,
        }
    }
}

impl Unreadable {
    fn may_heal(&self) -> bool {
        match self {
            Self::Read(error) => error.may_heal(),
            Self::TooLate | Self::Trimmed { .. } => true,
        }
    }
}

/// Permissions come back; the rest is as Kafka says.
fn code_may_heal(code: ResponseError) -> bool {
    let permission = matches!(
        code,
        ResponseError::TopicAuthorizationFailed
            | ResponseError::GroupAuthorizationFailed
            | ResponseError::ClusterAuthorizationFailed
            | ResponseError::TransactionalIdAuthorizationFailed
    );
    permission || code.is_retriable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_can_mend_at_the_cluster_heals_and_a_wrong_record_does_not() {
        let topic = |code| TopicError::refused("Produce", "orders", code, None);
        let cases = [
            (ResponseError::UnknownTopicOrPartition, true),
            (ResponseError::TopicAuthorizationFailed, true),
            (ResponseError::ClusterAuthorizationFailed, true),
            (ResponseError::NotEnoughReplicas, true),
            (ResponseError::KafkaStorageError, true),
            (ResponseError::InvalidTopicException, false),
            (ResponseError::MessageTooLarge, false),
            (ResponseError::InvalidRecord, false),
            (ResponseError::UnsupportedForMessageFormat, false),
        ];
        for (code, expected) in cases {
            assert_eq!(topic(code).may_heal(), expected, "{code}");
        }
    }
}
