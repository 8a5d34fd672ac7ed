//! The APIs that are offered, one module each, and the dispatch to them.

mod call;
mod configs;
mod coordinator;
mod dispatch;
mod fetch;
mod groups;
mod metadata;
mod offsets;
mod produce;
mod producer_id;
mod targets;
mod topics;
mod versions;

pub(crate) use dispatch::{Reply, carry_out, throttle};
pub(crate) use produce::produced_bytes;
pub(crate) use targets::targets;
pub(crate) use versions::unsupported_version;
