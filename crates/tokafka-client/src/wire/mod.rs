//! One connection to one broker: framing, correlation, pipelining, versions.
//!
//! A [`Connection`] is a handle; the socket belongs to one task (`driver`) that reads, writes and
//! watches the clock at once. Between the two lies the `pipeline`, the ordered list of requests
//! that are waiting, being written or on their way. It alone decides what a request came to when
//! the connection ends, and it tells a request that certainly never left from one that may have
//! been carried out.
//!
//! Nothing here authenticates or encrypts yet: `driver` runs over any stream, so that such a layer
//! fits between `open` and it.

mod api;
mod connection;
mod decode;
mod driver;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod handshake;
mod open;
mod pieces;
mod pipeline;
mod request;
mod resolve;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use api::Api;
pub(crate) use connection::Connection;
pub(crate) use decode::decode;
pub(crate) use open::{open, open_within};
pub(crate) use request::Reply;
