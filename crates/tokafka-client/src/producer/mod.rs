//! Hands finished batches to Kafka and tells what became of each.
//!
//! ```text
//! Producer::send ──budget──> driver: one lane per topic-partition ──> links: connections of a broker
//!                                        ^                                   │ produce requests
//!     Deliveries <──resolved once────────┴──────────── verdicts <────────────┘ answers
//! ```
//!
//! One task, the driver, owns all lanes, so there is no lock on the way of a batch. What may be sent
//! when, and what an answer means, is decided in `lane`, which knows no sockets.

mod budget;
mod deliveries;
mod driver;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod handle;
mod health;
mod identity;
mod inquiry;
mod lane;
mod leaders;
mod link;
mod meter;
mod pace;
mod rate;
mod refused;
mod report;
mod request;
mod response;
mod routes;
mod sending;
mod settle;
mod timers;
mod unsent;
mod verdict;

pub use deliveries::Deliveries;
pub use error::{DeliveryCause, DeliveryError, ProducerError, SendError, Unreadable};
pub use handle::{Producer, Topic};
pub use lane::{Break, Missing, Written};
pub use meter::DeliveryMeter;
pub use refused::RefusedRecord;
pub use report::{DeliveryReport, OffsetRun, PartitionDelivery, RunChecksum};
