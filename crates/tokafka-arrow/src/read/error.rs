//! Why a topic cannot be read as asked.

use tokafka_client::error::{BatchError, ConnectError, TopicError};

use crate::error::OptionsError;

/// A record that cannot be read, and so none behind it in its batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("offset {offset}: {error}")]
pub struct UnreadableRecord {
    /// The least offset that it can have.
    pub offset: i64,
    /// What is wrong with it.
    pub error: BatchError,
}

/// A range of a topic that cannot be read. The texts hold Spark's own wording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// Options that cannot be used. Found before anything is opened.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// A text that is no place to read from or to. Found before anything is opened.
    #[error("{reason} (option {option})")]
    Place {
        /// The option.
        option: &'static str,
        /// What is wrong with it, and what to write instead.
        reason: String,
    },
    /// No topic is named. Found before anything is opened.
    #[error(
        "no topic to read: each row names its own. Make a table whose LOCATION \
         'kafka://host:9092/topic', or option topic, names it"
    )]
    NoTopic,
    /// A start behind the end.
    #[error(
        "The {how} start offset {start} is greater than the {how} end offset {end} for topic {topic} \
         partition {partition}."
    )]
    Backwards {
        /// `specified`, or `resolved` if a time or a word had to be looked up.
        how: &'static str,
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Where reading would begin.
        start: i64,
        /// Where it would end.
        end: i64,
    },
    /// No broker could be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The topic cannot be read.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// Places for other partitions than the topic has.
    #[error(
        "If {option} contains specific offsets, you must specify all TopicPartitions. \
         Specified: {specified:?} Assigned: {assigned:?} of topic {topic}"
    )]
    Partitions {
        /// The option.
        option: &'static str,
        /// The topic.
        topic: String,
        /// The partitions that the option names.
        specified: Vec<i32>,
        /// The partitions that there are.
        assigned: Vec<i32>,
    },
    /// A partition without a record that is so late.
    #[error(
        "No offset matched from request of topic-partition {topic}-{partition} and timestamp {millis}. \
         With 'startingOffsetsByTimestampStrategy' 'latest' reading begins at the end of such a partition"
    )]
    NoMatch {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Milliseconds since the epoch.
        millis: i64,
    },
    /// An offset that the log does not have, or no longer.
    #[error(
        "topic {topic} partition {partition} has no offset {offset} (option {option}): it holds {start} to {end} \
         (end exclusive). With 'failOnDataLoss' 'false' what is there is read"
    )]
    Missing {
        /// The option.
        option: &'static str,
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset asked for.
        offset: i64,
        /// First offset in the log.
        start: i64,
        /// One past the last offset that readers see.
        end: i64,
    },
}

impl RangeError {
    pub(super) fn backwards(
        how: &'static str,
        topic: String,
        (partition, start, end): (i32, i64, i64),
    ) -> Self {
        Self::Backwards {
            how,
            topic,
            partition,
            start,
            end,
        }
    }
}
