//! Why a source cannot say what a batch takes.

use tokafka_arrow::RangeError;
use tokafka_client::error::{ConnectError, RequestError, TopicError};

use crate::Heals;

/// Why a source cannot say what a batch takes. The texts hold Spark's own wording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// An option that cannot be. Found before anything is opened.
    #[error("{0}")]
    Option(String),
    /// No broker could be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The cluster could not be asked.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A topic cannot be read.
    #[error(transparent)]
    Topic(#[from] TopicError),
    /// Places to start at that are not those of the topics.
    #[error("{0}")]
    Start(String),
    /// A range that a read that ends cannot have.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// What the batch is to read is gone, and `failOnDataLoss` is on.
    #[error(
        "Some data may have been lost because they are not available in Kafka any more; either the data \
         was aged out by Kafka or the topic may have been deleted before all the data in the topic was \
         processed. If you don't want your streaming query to fail on such cases, set the source option \
         failOnDataLoss to false. Reason: {reason}"
    )]
    DataLoss {
        /// Spark's name of the case: `PARTITIONS_DELETED`.
        condition: &'static str,
        /// What is gone.
        reason: String,
    },
    /// What a query that reads what is available now had found is not there any more.
    #[error("{0}")]
    AvailableNow(String),
}

impl SourceError {
    /// Whether trying again later can succeed.
    pub fn heals(&self) -> Heals {
        let heals = match self {
            Self::Connect(error) => error.is_retriable(),
            Self::Request(error) => error.may_heal(),
            Self::Topic(error) => error.may_heal(),
            Self::Option(_)
            | Self::Start(_)
            | Self::Range(_)
            | Self::DataLoss { .. }
            | Self::AvailableNow(_) => false,
        };
        match heals {
            true => Heals::WithTime,
            false => Heals::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokafka_client::error::ResponseError;

    use super::*;

    #[test]
    fn what_is_gone_for_good_does_not_heal() {
        let name = || "orders".to_owned();
        let refused = |code| RequestError::Refused {
            api: "ListOffsets",
            code,
            message: None,
        };
        let heal = [
            SourceError::from(TopicError::Unknown {
                name: name(),
                reason: None,
            }),
            TopicError::NotAuthorized { name: name() }.into(),
            refused(ResponseError::ClusterAuthorizationFailed).into(),
            refused(ResponseError::NotLeaderOrFollower).into(),
        ];
        for error in heal {
            assert_eq!(error.heals(), Heals::WithTime, "{error}");
        }
        let stay = [
            SourceError::Option(name()),
            SourceError::DataLoss {
                condition: "PARTITIONS_DELETED",
                reason: name(),
            },
            ConnectError::Closed.into(),
            refused(ResponseError::UnsupportedVersion).into(),
        ];
        for error in stay {
            assert_eq!(error.heals(), Heals::Never, "{error}");
        }
    }
}
