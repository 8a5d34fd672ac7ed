//! What a stream shows over HTTP.
//!
//! ```text
//! server   requests and answers
//! page     the live page, and the JSON that it is made of
//! text     Prometheus' text
//! health   /livez and /readyz
//! ```

mod health;
mod page;
mod server;
mod text;

pub(super) use server::MetricsServer;
