//! What a batch, or the handing over of one, can fail with.

use std::{sync::Arc, time::Duration};

use super::{
    lane::{Break, Missing, Written},
    refused::{RefusedRecord, told},
};
use crate::batch::{FinishedBatch, RowSpan};
use crate::error::{ConnectError, ReadError, RequestError, ResponseError, TopicError, seconds};

/// A producer that could not be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProducerError {
    /// No broker could be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The cluster gave no producer id, without which `enable.idempotence` cannot work.
    #[error("no producer id: {0}")]
    Identity(#[source] RequestError),
}

impl ProducerError {
    /// True if starting again may succeed later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_retriable(),
            Self::Identity(error) => error.is_retriable(),
        }
    }
}

/// A batch that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The byte budget stayed full for `max.block.ms`.
    #[error(
        "Failed to allocate {bytes} bytes within the configured max blocking time {} ms. Total memory: {total} bytes. \
         The brokers acknowledge too slowly or not at all: raise buffer.memory or max.block.ms, or see why they are slow",
        .waited.as_millis()
    )]
    BudgetExhausted {
        /// Bytes of the batch.
        bytes: usize,
        /// `buffer.memory`.
        total: usize,
        /// `max.block.ms`.
        waited: Duration,
    },
    /// No such partition.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// A batch that this writer handed over before has failed.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// The producer was closed.
    #[error("Cannot perform operation after producer has been closed")]
    Closed,
}

impl SendError {
    /// True if the same rows may be accepted later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::BudgetExhausted { .. } => true,
            Self::Topic(error) => error.is_retriable(),
            Self::Delivery(error) => error.is_retriable(),
            Self::Closed => false,
        }
    }

    /// True if the broker may hold records of this writer that it did not acknowledge.
    pub fn may_be_written(&self) -> bool {
        match self {
            Self::Delivery(error) => error.may_be_written(),
            Self::BudgetExhausted { .. } | Self::Topic(_) | Self::Closed => false,
        }
    }
}

/// A batch that was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("topic {topic} partition {partition}: {cause}{}", written_hint(.written))]
pub struct DeliveryError {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// Why.
    pub cause: DeliveryCause,
    /// Whether the records may be in the log all the same.
    pub written: Written,
}

impl DeliveryError {
    /// True if the same rows may be accepted later.
    pub fn is_retriable(&self) -> bool {
        match &self.cause {
            DeliveryCause::TimedOut { .. } | DeliveryCause::RetriesExhausted { .. } => true,
            DeliveryCause::Refused { code, .. } => code.is_retriable(),
            DeliveryCause::Request(error) => error.is_retriable(),
            DeliveryCause::TooLarge { .. }
            | DeliveryCause::Unsettled(_)
            | DeliveryCause::TopicRecreated
            | DeliveryCause::PartitionGone
            | DeliveryCause::Cancelled
            | DeliveryCause::Corrupt(_) => false,
            DeliveryCause::Unreadable(reason) => reason.is_retriable(),
        }
    }

    /// True if it names a row of the writer's input.
    pub fn names_a_row(&self) -> bool {
        match &self.cause {
            DeliveryCause::Refused { records, .. } => {
                records.iter().any(|record| record.rows.is_some())
            }
            DeliveryCause::TooLarge { rows, .. } => rows.is_some(),
            DeliveryCause::TimedOut { .. }
            | DeliveryCause::RetriesExhausted { .. }
            | DeliveryCause::Request(_)
            | DeliveryCause::Unsettled(_)
            | DeliveryCause::Unreadable(_)
            | DeliveryCause::TopicRecreated
            | DeliveryCause::PartitionGone
            | DeliveryCause::Cancelled
            | DeliveryCause::Corrupt(_) => false,
        }
    }

    /// True if the broker may hold the records despite this error.
    pub fn may_be_written(&self) -> bool {
        match self.written {
            Written::Maybe => true,
            Written::No => false,
        }
    }
}

/// Why a batch was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryCause {
    /// `delivery.timeout.ms` passed.
    #[error("not acknowledged within {} (delivery.timeout.ms){}", seconds(.after), last_hint(.last))]
    TimedOut {
        /// `delivery.timeout.ms`.
        after: Duration,
        /// What the last attempt came to.
        last: Option<String>,
    },
    /// It was tried `retries` times.
    #[error("not acknowledged after {attempts} attempts (retries){}", last_hint(.last))]
    RetriesExhausted {
        /// Attempts made.
        attempts: u32,
        /// What the last attempt came to.
        last: Option<String>,
    },
    /// The broker refused the records.
    #[error("the broker refused the records: {code}{}", message_hint(*code, .message, .records))]
    Refused {
        /// Kafka's error.
        code: ResponseError,
        /// What the broker said beside it.
        message: Option<String>,
        /// Those at fault, if the broker names them. None of the batch is written.
        records: Vec<RefusedRecord>,
    },
    /// No answer that could be understood.
    #[error(transparent)]
    Request(RequestError),
    /// One record is larger than the broker takes.
    #[error(
        "{}a record of {size} bytes is larger than the broker accepts: \
         raise max.message.bytes of the topic (message.max.bytes of the broker)",
        .rows.map_or_else(String::new, |rows| format!("{rows}: "))
    )]
    TooLarge {
        /// Bytes of the batch that holds only this record.
        size: usize,
        /// The row it was made of, or those it may have been made of.
        rows: Option<RowSpan>,
    },
    /// The broker and this producer disagree on what was written.
    #[error("{}", unsettled(.0))]
    Unsettled(Break),
    /// What became of the records could not be read from the log.
    #[error(
        "the broker may have forgotten what this producer wrote to the partition, and it could not be read from the log: {0}"
    )]
    Unreadable(Box<Unreadable>),
    /// The topic was deleted and created again during the write.
    #[error("the topic was deleted and created again during the write")]
    TopicRecreated,
    /// The partition is no longer there.
    #[error("the partition no longer exists")]
    PartitionGone,
    /// The write was cancelled, or failed elsewhere, before these records were sent.
    #[error("not sent: the write was cancelled")]
    Cancelled,
    /// Our own batch could not be read back to be halved.
    #[error(transparent)]
    Corrupt(#[from] crate::error::BatchError),
}

impl DeliveryCause {
    /// Finds the rows of the records that are at fault.
    pub(super) fn find_in(&mut self, batch: &FinishedBatch) {
        if let Self::Refused { records, .. } = self {
            records.iter_mut().for_each(|record| record.find_in(batch));
        }
    }
}

/// Why the log does not tell what became of batches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// It cannot be read.
    #[error("{}{}", .0, permission_hint(.0))]
    Read(#[from] ReadError),
    /// What the leader has was not shown to readers in time.
    #[error("its end was not replicated before delivery.timeout.ms was over")]
    TooLate,
    /// What was looked for may have been in the log, and be deleted by now.
    #[error("it begins at offset {start} now, so the records may have been deleted again")]
    Trimmed {
        /// The first offset in the log.
        start: i64,
    },
}

impl Unreadable {
    fn is_retriable(&self) -> bool {
        match self {
            Self::Read(error) => error.is_retriable(),
            Self::TooLate => true,
            Self::Trimmed { .. } => false,
        }
    }
}

fn permission_hint(error: &ReadError) -> &'static str {
    match error {
        ReadError::Topic(TopicError::NotAuthorized { .. }) => {
            " (to find out, this user needs the permission to READ it)"
        }
        ReadError::Topic(_)
        | ReadError::Request(_)
        | ReadError::Batch { .. }
        | ReadError::OffsetOutOfRange { .. } => "",
    }
}

fn written_hint(written: &Written) -> &'static str {
    match written {
        Written::No => "",
        Written::Maybe => "; the records may have been written",
    }
}

fn last_hint(last: &Option<String>) -> String {
    last.as_ref()
        .map_or_else(String::new, |text| format!("; last: {text}"))
}

/// What the broker said of single records, or else of all, unless it only repeats the code.
fn message_hint(
    code: ResponseError,
    message: &Option<String>,
    records: &[RefusedRecord],
) -> String {
    if records.iter().any(|record| record.message.is_some()) {
        return format!(": {}", told(records));
    }
    let message = message.as_ref().filter(|text| **text != code.to_string());
    let message = message.map_or_else(String::new, |text| format!(": {text}"));
    if records.is_empty() {
        message
    } else {
        format!("{message}: {}", told(records))
    }
}

fn unsettled(reason: &Break) -> String {
    let text = match reason {
        Break::SequenceRefused => {
            "the broker no longer knows what this producer wrote to the partition (out of order sequence \
             number)"
        }
        Break::Unresolved => {
            "whether an earlier batch of this producer was written to the partition could not be found \
             out"
        }
        Break::AppendedOutOfSequence => {
            "the broker appended a batch although one before it was refused: writing that one now would \
             not keep the order"
        }
        Break::AcknowledgedGone(Missing { rows, first, last }) => {
            return format!(
                "{rows} records that the broker had acknowledged, at offsets {first} to {last}, and perhaps \
                 some before them, are no longer in its log: it lost data (see \
                 unclean.leader.election.enable); write everything again"
            );
        }
        Break::EpochsExhausted => {
            "the epochs of this producer id are used up; to go on, open a new producer"
        }
        Break::Fenced => {
            "another producer with the same producer id has taken over (invalid producer epoch); \
             to go on, open a new producer"
        }
        Break::PartitionLost => {
            "the topic was deleted, or deleted and created again, during the write; open the topic again"
        }
        Break::UnsupportedBroker => {
            "the broker speaks no version of Produce that this client speaks"
        }
        Break::Ended => "the producer was closed before the answer came",
    };
    text.to_owned()
}
