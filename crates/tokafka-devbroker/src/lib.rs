//! A small in-memory Kafka broker, for trying out and for tests.
//!
//! [`DevBroker::start`] listens on loopback and speaks enough of the Kafka protocol for standard
//! clients to list topics, describe their settings, create and delete them, produce (idempotently too) and read partitions
//! that they were assigned. It keeps the rules that a producer can get wrong: sequences and
//! epochs, checksums, record counts, batch size, topic ids.
//!
//! # What can go wrong with it
//!
//! [`DevBroker::inject`] makes chosen requests fail in chosen ways: refused, dropped, held, doubled,
//! cut off at a byte, answered late, falsely or never. A cluster of [`DevBrokerConfig::nodes`] can
//! lose nodes and move leaders; a node can restart with or without what it knew. Logs can be cut
//! back, or take batches that no client could write. Nothing is left to chance: what happens follows
//! from what the test asks and from the order in which requests come.
//!
//! [`Profile`] says which version of Kafka it passes for.
//!
//! # What it is not
//!
//! - No replication: the nodes of a cluster share their logs, so a new leader lacks nothing and
//!   every node is in sync. No node takes over by itself when another stops.
//! - No consumer groups: `FindCoordinator` names the node asked, and `OffsetCommit` and `OffsetFetch`
//!   note offsets and tell them again, but no group has members (`JoinGroup` and its like are not
//!   offered). Consumers assign partitions by hand.
//! - No transactions: a transactional id is refused. Only a test can put them into a log.
//! - No persistence: everything is gone when the broker stops. Over
//!   [`DevBrokerConfig::retention_bytes`] the oldest batches go first.
//! - No security: no TLS, no SASL, no ACLs but what [`DevBroker::forbid_writing`] forbids. Malformed requests only close their connection, but
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
// Modules import downwards only: test_cluster, control, broker, server, connection, api, cluster, groups, topics, log;
// config, profile, faults, holds, quota, frame, shape and refusal stand alone.

mod api;
mod broker;
mod cluster;
mod config;
mod connection;
mod control;
mod faults;
mod frame;
mod groups;
mod holds;
mod log;
mod profile;
mod quota;
mod refusal;
mod server;
mod shape;
mod test_cluster;
mod topics;

pub use broker::{DevBroker, Restart};
pub use config::DevBrokerConfig;
pub use faults::{Fault, FaultAction};
pub use log::StoredRecord;
pub use profile::{Profile, UnknownProfile};
pub use test_cluster::TestCluster;
