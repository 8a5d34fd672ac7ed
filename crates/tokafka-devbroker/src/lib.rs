//! A small in-memory Kafka broker, for trying out and for tests.
//!
//! [`DevBroker::start`] listens on loopback and speaks enough of the Kafka protocol for standard
//! clients to list topics, create and delete them, produce (idempotently too) and read partitions
//! that they were assigned. It keeps the rules that a producer can get wrong: sequences and
//! epochs, checksums, record counts, batch size, topic ids. [`DevBroker::inject`] makes chosen
//! requests fail in chosen ways, in the same order on every run.
//!
//! # What it is not
//!
//! - No replication: one node, id 1, leads every partition at leader epoch 0.
//! - No consumer groups: `FindCoordinator` names this node, so that clients which only ask are
//!   content, but no group API (`JoinGroup`, `OffsetCommit`, `OffsetFetch`, ...) is offered.
//!   Consumers assign partitions by hand.
//! - No transactions: a transactional id is refused.
//! - No persistence: everything is gone when the broker stops. Over
//!   [`DevBrokerConfig::retention_bytes`] the oldest batches go first.
//! - No security: no TLS, no SASL, no ACLs. Malformed requests only close their connection, but
//!   a client that wants to exhaust memory can: decompression has no limit.
//!
//! # Where it differs from Apache Kafka
//!
//! - Stricter: a partition listed twice in one produce request is refused with `INVALID_REQUEST`
//!   (Kafka drops the first batch silently), bytes after the batch are refused with
//!   `INVALID_RECORD`, and a topic configuration that it does not implement is refused with
//!   `INVALID_CONFIG`.
//! - A topic that metadata creates is ready at once.
//! - Fetch sessions (KIP-227) are never granted: every fetch is a full one.
//! - Batches are stored as sent, but for base offset and leader epoch. A wrong `maxTimestamp` is
//!   not corrected in the stored header.
//
// Modules import downwards only: control, broker, server, connection, api, cluster, topics, log;
// config, profile, faults, holds, quota, frame, shape and refusal stand alone.

mod api;
mod broker;
mod cluster;
mod config;
mod connection;
mod control;
mod faults;
mod frame;
mod holds;
mod log;
mod profile;
mod quota;
mod refusal;
mod server;
mod shape;
mod topics;

pub use broker::{DevBroker, Restart};
pub use config::DevBrokerConfig;
pub use faults::{Fault, FaultAction};
pub use log::StoredRecord;
pub use profile::Profile;
