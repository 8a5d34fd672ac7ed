//! The words in which a lane is spoken to and answers.

use super::Missing;
use crate::batch::ProducerStamp;

/// Names a batch from its first attempt until it is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::producer) struct Ticket(pub(super) u64);

/// One attempt at sending a batch. A verdict on another attempt than the last one is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::producer) struct Attempt {
    pub(in crate::producer) ticket: Ticket,
    /// Counts from one.
    pub(in crate::producer) number: u32,
}

#[cfg(any(test, feature = "fuzzing"))]
impl Attempt {
    /// The first attempt of the first batch of a lane.
    pub(in crate::producer) fn first() -> Self {
        Self {
            ticket: Ticket(0),
            number: 1,
        }
    }
}

/// What a lane needs to know of a batch.
pub(in crate::producer) trait Payload {
    /// Number of records, at least one.
    fn record_count(&self) -> u32;

    /// True if a broker that is restarted, or cleans up, forgets the producer of this batch altogether
    /// and would append the batch once more.
    fn is_soon_forgotten(&self) -> bool;
}

/// Whose sequences a lane writes.
#[derive(Debug, Clone, Copy)]
pub(in crate::producer) enum Identity {
    /// Not idempotent: no sequences, and duplicates are possible.
    Anonymous,
    /// Idempotent.
    Producer { id: i64, epoch: i16 },
}

impl Identity {
    /// The stamp of a batch with this sequence.
    pub(super) fn stamp(self, sequence: i32) -> ProducerStamp {
        match self {
            Self::Anonymous => ProducerStamp::NONE,
            Self::Producer { id, epoch } => ProducerStamp {
                producer_id: id,
                epoch,
                base_sequence: sequence,
            },
        }
    }
}

/// A batch that may go out now.
#[derive(Debug)]
pub(in crate::producer) struct Transmission<'a, B> {
    pub(in crate::producer) attempt: Attempt,
    pub(in crate::producer) batch: &'a mut B,
    pub(in crate::producer) stamp: ProducerStamp,
}

/// What one attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::producer) enum Verdict {
    /// In the log at this offset.
    Appended { base_offset: i64 },
    /// Handed to the socket, and no answer was asked for.
    HandedOver,
    /// Not appended by this attempt; the same bytes may be accepted later.
    TryAgain,
    /// Nobody knows.
    InDoubt,
    /// Not appended: larger than the broker takes.
    TooLarge,
    /// Not appended: the broker expected another sequence, or knows the producer no more.
    OutOfSequence,
    /// The broker has seen the sequence, but no longer knows where.
    Duplicate,
    /// Not appended: the broker knows a later epoch of the producer.
    Fenced,
    /// Not appended, and never will be.
    Refused,
}

/// How a verdict, or giving up, changed the lane. Whether it broke the lane is told by
/// [`Lane::broken`](super::Lane::broken).
#[derive(Debug, PartialEq, Eq)]
pub(in crate::producer) enum Step<B> {
    /// The batch is in the log.
    Acknowledged { batch: B, base_offset: i64 },
    /// The batch is out of our hands.
    HandedOver { batch: B },
    /// The batch failed.
    Failed(Lost<B>),
    /// The batch will be sent again.
    Again,
    /// The batch is not sent again before [`Lane::inquiry`](super::Lane::inquiry) was answered.
    Refused,
    /// The batch must be halved with [`Lane::replace`](super::Lane::replace), or given up.
    Halve,
    /// Not the last attempt of an unresolved batch: nothing changed.
    Stale,
}

/// A batch that is given up.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::producer) struct Lost<B> {
    pub(in crate::producer) batch: B,
    pub(in crate::producer) written: Written,
}

/// Whether records that were not acknowledged can be in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// They are certainly not there.
    No,
    /// They may be there.
    Maybe,
}

/// Why batches that were sent to a partition can never be resolved or sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The broker refused the sequence of a batch whose predecessors are all resolved.
    SequenceRefused,
    /// A batch was given up while its outcome was in doubt.
    Unresolved,
    /// A batch was appended although one before it was not.
    AppendedOutOfSequence,
    /// Records that were acknowledged are no longer in the log.
    AcknowledgedGone(Missing),
    /// The epochs of the producer id are used up.
    EpochsExhausted,
    /// Another producer took over the producer id.
    Fenced,
    /// The topic, or the partition, is no longer the one that was opened.
    PartitionLost,
    /// The broker speaks no version of Produce that this client speaks.
    UnsupportedBroker,
    /// The producer was closed, or its task ended.
    Ended,
}

impl Break {
    /// True if nothing more can be written to the partition by this producer.
    pub(in crate::producer) fn is_final(self) -> bool {
        match self {
            Self::SequenceRefused
            | Self::Unresolved
            | Self::AppendedOutOfSequence
            | Self::AcknowledgedGone(_) => false,
            Self::EpochsExhausted
            | Self::Fenced
            | Self::PartitionLost
            | Self::UnsupportedBroker
            | Self::Ended => true,
        }
    }
}
