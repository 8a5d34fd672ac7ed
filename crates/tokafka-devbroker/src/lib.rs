//! A small in-memory Kafka broker, for trying out and for tests.
//!
//! [`DevBroker::start`] listens on loopback and speaks enough of the Kafka protocol for standard
//! clients to list topics, create and delete them, produce (idempotently too) and read partitions
//! that they were assigned. It keeps the rules that a producer can get wrong: sequences and
//! epochs, checksums, record counts, batch size, topic ids.
//!
//! It fails on demand, the same way on every run: [`DevBroker::inject`] makes chosen requests fail in
//! chosen ways, [`DevBroker::cut_after`] cuts a connection at a given byte, [`DevBroker::restart`]
//! forgets what a restarted Kafka forgets, [`DevBroker::truncate`] loses what was acknowledged.
//! [`DevBrokerConfig::version`] has it offer what an older Kafka offers.
//!
//! # What it is not
//!
//! - No replication: [`DevBrokerConfig::nodes`] listen on ports of their own, lead partitions and can
//!   lose them to each other ([`DevBroker::move_leader`]), but they share one log.
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
// Modules import downwards only: broker, connection, api, node, topics, log; faults, frame, quota,
// refusal, severance, shape and version stand alone.

mod api;
mod broker;
mod config;
mod connection;
mod faults;
mod frame;
mod log;
mod node;
mod quota;
mod refusal;
mod severance;
mod shape;
mod topics;
mod version;

pub use broker::DevBroker;
pub use config::DevBrokerConfig;
pub use faults::{Fault, FaultAction};
pub use log::StoredRecord;
pub use severance::Direction;
pub use version::KafkaVersion;
