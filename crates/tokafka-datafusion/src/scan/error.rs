//! Why offsets could not be read.

use std::error::Error;

use datafusion::error::DataFusionError;
use tokafka_client::error::{ReadError, TopicError};

/// Offsets that could not be read while a query ran. It fails with this as an external error of DataFusion:
/// see [`find_in`](Self::find_in).
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KafkaReadError {
    /// A cluster that cannot be asked, a topic that cannot be read, or bytes that are no records.
    #[error("{0}")]
    Read(#[source] ReadError),
    /// Offsets that were there when the query was planned.
    #[error("{0}. With 'failOnDataLoss' 'false' what is still there is read")]
    Lost(ReadError),
    /// A record that is not what the table declares.
    #[error(
        "topic {topic} partition {partition} offset {offset}: column {column} is no text (UTF-8). \
         Declare it as BYTEA, or leave the columns of the table out"
    )]
    NotText {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset.
        offset: i64,
        /// The column.
        column: String,
    },
}

impl KafkaReadError {
    /// That of a query that failed because of it.
    pub fn find_in<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }

    /// True if reading again may succeed later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Read(error) => error.is_retriable(),
            Self::Lost(_) | Self::NotText { .. } => false,
        }
    }

    /// True if the same may be read some time, with nothing changed on this side: also after an outage, or
    /// once somebody gives a permission.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::Read(error) => error.may_heal(),
            Self::Lost(_) | Self::NotText { .. } => false,
        }
    }

    /// Of what a reader says: some offsets may be lost.
    pub(super) fn of(error: ReadError) -> Self {
        let is_lost = matches!(
            error,
            ReadError::OffsetOutOfRange { .. }
                | ReadError::Topic(TopicError::Unknown { .. } | TopicError::NoSuchPartition { .. })
        );
        match is_lost {
            true => Self::Lost(error),
            false => Self::Read(error),
        }
    }
}

impl From<KafkaReadError> for DataFusionError {
    fn from(error: KafkaReadError) -> Self {
        Self::External(Box::new(error))
    }
}
