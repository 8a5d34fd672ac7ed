//! Hands finished batches to Kafka and tells what became of them.

mod error;
mod lane;
mod report;
mod stub;

pub use error::{DeliveryCause, DeliveryError, ProducerError, SendError};
pub use lane::{Break, Written};
pub use report::{DeliveryReport, OffsetRun, PartitionDelivery};
pub use stub::{Deliveries, Producer, Topic};
