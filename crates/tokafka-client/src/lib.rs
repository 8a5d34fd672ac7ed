//! An Apache Kafka client whose unit is the record batch.
//!
//! Callers fill an [`OpenBatch`](batch::OpenBatch) with records, hand the finished batch to a
//! [`Producer`](producer::Producer) and learn from [`Deliveries`](producer::Deliveries) which
//! offsets it got. There is no object, lock, queue or callback per record. Names, defaults and
//! meanings of settings are those of Kafka's Java client 4.x.
//!
//! Modules import downwards only, in this order:
//!
//! ```text
//!          healing               which failures can go away by themselves
//! producer   ranges   admin      what a caller wants of Kafka
//!          offsets               where partitions begin and end
//!          cluster               which broker to ask: leaders, topics, refresh, connections
//!           wire                 one connection: correlation, pipelining, versions
//!           retry                for how long to try again
//!          backoff               how long to wait before that
//!         settings               property names to typed settings
//!           batch                record batch v2
//!           error                what can go wrong, and who must act
//! ```

pub mod admin;
pub mod backoff;
pub mod batch;
pub mod cluster;
pub mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod healing;
mod offsets;
pub mod producer;
pub mod ranges;
mod retry;
pub mod settings;
mod wire;
