//! One request: its bytes, and who waits for its answer.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{ApiKey, RequestHeader, ResponseHeader},
    protocol::{Decodable, Encodable, StrBytes},
};
use tokio::{sync::oneshot, time::Instant};

use super::pieces::Pieces;
use crate::error::RequestError;

/// Whether the broker answers a request. With `acks=0` it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// There will be an answer.
    Expected,
    /// There will be none.
    None,
}

/// Why a connection ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// The socket, or we, had enough.
    Lost(String),
    /// The next answer is not one.
    Malformed(String),
    /// An answer did not come in time.
    TimedOut,
    /// Nobody used it for `connections.max.idle.ms`.
    Idle,
    /// Its last handle was dropped, or it was closed on purpose.
    Released,
}

/// A request as the caller gives it.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) api: ApiKey,
    pub(super) name: &'static str,
    pub(super) version: i16,
    pub(super) body: Vec<Bytes>,
    pub(super) reply: Reply,
}

/// What a request came to.
pub(super) type Outcome = Result<Bytes, RequestError>;

/// A request whose caller waits.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) api: ApiKey,
    pub(super) name: &'static str,
    pub(super) version: i16,
    pub(super) correlation: i32,
    pub(super) deadline: Instant,
    pub(super) reply: Reply,
    pub(super) outcome: oneshot::Sender<Outcome>,
}

impl Waiter {
    /// Removes the header of the answer to this request, checking that it is one.
    pub(super) fn strip_header(&self, answer: &mut Bytes) -> Result<(), End> {
        let Some(correlation) = answer.first_chunk().copied().map(i32::from_be_bytes) else {
            return Err(End::Malformed("it is too short for a header".into()));
        };
        if correlation != self.correlation {
            return Err(End::Lost(format!(
                "the broker sent an answer with correlation id {correlation} instead of {}",
                self.correlation
            )));
        }
        ResponseHeader::decode(answer, self.api.response_header_version(self.version))
            .map_err(|error| End::Malformed(error.to_string()))?;
        Ok(())
    }

    /// Tells the caller, if there still is one.
    pub(super) fn settle(self, outcome: Outcome) {
        drop(self.outcome.send(outcome));
    }
}

/// Length and header, then the body as it is.
pub(super) fn frame(
    request: &Outgoing,
    correlation: i32,
    client_id: &StrBytes,
) -> Result<Pieces, RequestError> {
    let header = RequestHeader::default()
        .with_request_api_key(request.api as i16)
        .with_request_api_version(request.version)
        .with_correlation_id(correlation)
        .with_client_id(Some(client_id.clone()));
    let refuse = |reason: String| RequestError::Unencodable {
        api: request.name,
        reason,
    };
    let mut start = BytesMut::with_capacity(64);
    start.put_i32(0);
    header
        .encode(
            &mut start,
            request.api.request_header_version(request.version),
        )
        .map_err(|error| refuse(error.to_string()))?;

    let mut frame = Pieces::new(request.body.iter().cloned());
    let length = start.len() - size_of::<i32>() + frame.remaining();
    let length = i32::try_from(length)
        .map_err(|_| refuse(format!("{length} bytes are more than a request can have")))?;
    if let Some(prefix) = start.first_chunk_mut() {
        *prefix = length.to_be_bytes();
    }
    frame.prepend(start.freeze());
    Ok(frame)
}
