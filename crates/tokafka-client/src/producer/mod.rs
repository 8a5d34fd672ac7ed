//! Hands finished batches to Kafka and tells what became of them.

mod deliveries;
mod stub;

pub use deliveries::{DeliveryReport, OffsetRun, PartitionDelivery};
pub use stub::{DeliveryError, Deliveries, Producer, SendError, Topic};
