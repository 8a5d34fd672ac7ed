//! Why something was not carried out, as a client is told.

use kafka_protocol::{ResponseError, protocol::StrBytes};

/// An error code of the protocol and its explanation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {message}")]
pub(crate) struct Refusal {
    pub(crate) error: ResponseError,
    pub(crate) message: String,
    /// The records at fault, by their place in the batch, if only some are.
    pub(crate) records: Vec<(i32, String)>,
}

impl Refusal {
    pub(crate) fn new(error: ResponseError, message: impl Into<String>) -> Self {
        Self {
            error,
            message: message.into(),
            records: Vec::new(),
        }
    }

    pub(crate) fn wire_message(&self) -> Option<StrBytes> {
        Some(StrBytes::from_string(self.message.clone()))
    }
}

impl From<ResponseError> for Refusal {
    fn from(error: ResponseError) -> Self {
        Self::new(error, error.to_string())
    }
}
