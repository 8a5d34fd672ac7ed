//! The handle of a connection.

use std::{
    fmt,
    ops::RangeInclusive,
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use kafka_protocol::messages::ApiKey;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    api::Api,
    decode::{decode, encode},
    driver::{Limits, drive},
    handshake::Versions,
    pipeline::Pipeline,
    request::{Outgoing, Reply},
};
use crate::{
    error::{ConnectError, RequestError},
    settings::ClientSettings,
};

/// In `request.timeout.ms`. Quotas do hold connections back for minutes, but not for hours.
const LONGEST_PAUSE: u32 = 10;

/// One connection to one broker. Clones share it. It closes when the last clone is dropped, when it
/// is idle for `connections.max.idle.ms`, when an answer does not come within `request.timeout.ms`,
/// or at the first error; then everything that was asked on it is settled.
///
/// Must be opened, and its requests sent, inside a tokio runtime.
#[derive(Clone)]
pub(crate) struct Connection(Arc<Handle>);

struct Handle {
    pipeline: Arc<Pipeline>,
    longest_pause: Duration,
    versions: OnceLock<Versions>,
}

impl Connection {
    /// Runs the protocol over a stream that is connected.
    pub(super) fn start<S>(stream: S, address: String, settings: &ClientSettings) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let pipeline = Arc::new(Pipeline::new(
            address,
            &settings.client_id,
            settings.request_timeout,
        ));
        let limits = Limits {
            response: settings.max_response_size,
            idle: settings.connections_max_idle,
        };
        tokio::spawn(drive(stream, pipeline.clone(), limits));
        Self(Arc::new(Handle {
            pipeline,
            longest_pause: settings
                .max_block
                .max(settings.request_timeout.saturating_mul(LONGEST_PAUSE)),
            versions: OnceLock::new(),
        }))
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        self.0.pipeline.address()
    }

    /// The highest version of a request that both sides speak.
    pub(crate) fn version(
        &self,
        api: ApiKey,
        name: &'static str,
        ours: RangeInclusive<i16>,
    ) -> Result<i16, ConnectError> {
        let theirs = self.0.versions.get().and_then(|versions| versions.of(api));
        let common = theirs.clone().map(|theirs| {
            (
                *ours.start().max(theirs.start()),
                *ours.end().min(theirs.end()),
            )
        });
        match common {
            Some((lowest, highest)) if lowest <= highest => Ok(highest),
            Some(_) | None => Err(ConnectError::UnsupportedVersion {
                address: self.address().to_owned(),
                api: name,
                broker_range: theirs.map_or_else(
                    || "not at all (is it a broker?)".into(),
                    |range| text(&range),
                ),
                client_range: text(&ours),
            }),
        }
    }

    /// What the broker said of its versions; said once.
    pub(super) fn set_versions(&self, versions: Versions) {
        drop(self.0.versions.set(versions));
    }

    /// Asks and waits for the answer. A pause that the answer asks for is kept (KIP-219).
    pub(crate) async fn call<R: Api>(
        &self,
        version: i16,
        request: &R,
    ) -> Result<R::Response, RequestError> {
        let body = encode(request, version).map_err(|reason| RequestError::Unencodable {
            api: R::NAME,
            reason,
        })?;
        let answer = self
            .submit(R::API, R::NAME, version, vec![body], Reply::Expected)
            .await?;
        let response = self.decode::<R>(answer, version)?;
        self.throttle(R::throttle_time(&response));
        Ok(response)
    }

    /// Decodes an answer; one that makes no sense closes the connection.
    pub(super) fn decode<R: Api>(
        &self,
        answer: Bytes,
        version: i16,
    ) -> Result<R::Response, RequestError> {
        decode(answer, version).map_err(|reason| {
            self.close();
            RequestError::Malformed {
                address: self.address().to_owned(),
                api: R::NAME,
                reason,
            }
        })
    }

    /// Queues a request at once, in the order of calls: the header is made here, the body is written
    /// vectored and never copied. Never waits; callers bound how many they have in flight.
    ///
    /// The future gives the body of the answer without its header, or with [`Reply::None`] no bytes
    /// once the request was written to the socket. Dropping the future does not take the request
    /// back. It may outlive the connection's handles, but the connection does not wait for it.
    #[expect(
        clippy::too_many_arguments,
        reason = "a struct would only name them once more"
    )]
    pub(crate) fn submit(
        &self,
        api: ApiKey,
        name: &'static str,
        version: i16,
        body: Vec<Bytes>,
        reply: Reply,
    ) -> impl Future<Output = Result<Bytes, RequestError>> + Send + 'static + use<> {
        let pipeline = self.0.pipeline.clone();
        let answer = pipeline.queue(Outgoing {
            api,
            name,
            version,
            body,
            reply,
        });
        async move {
            answer.await.unwrap_or_else(|_| {
                let address = pipeline.address().to_owned();
                Err(RequestError::Lost {
                    address,
                    api: name,
                    reason: "it was closed".into(),
                })
            })
        }
    }

    /// Sends nothing more for as long as the broker asked (KIP-219), though at most for ten times
    /// `request.timeout.ms` or for `max.block.ms`: the number may be nonsense. Requests without an
    /// answer are given that much more time, as the broker reads none of them meanwhile.
    /// Returns how long that is.
    pub(crate) fn throttle(&self, pause: Duration) -> Duration {
        let pause = pause.min(self.0.longest_pause);
        if !pause.is_zero() {
            tracing::debug!(address = self.address(), ?pause, "throttled by the broker");
            self.0.pipeline.pause(pause);
        }
        pause
    }

    /// Closes it for all who share it.
    pub(crate) fn close(&self) {
        self.0.pipeline.release();
    }

    /// True once nothing can be sent on it any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.pipeline.is_ended()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.pipeline.release();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.address()).finish()
    }
}

fn text(range: &RangeInclusive<i16>) -> String {
    format!("versions {} to {}", range.start(), range.end())
}
