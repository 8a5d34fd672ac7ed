//! Reads one partition from one offset to another.
//!
//! ```text
//! RangeReader     records that readers get, batch by batch
//! BatchReader     batches as they lie in the log, in the range
//! cursor          how far a range was read
//! ahead           the answer that is on its way
//! page            the batches of one answer, and which of them readers do not get
//! log             the partition on whichever broker leads it: answers
//! fetch           one request and its answer
//!
//! Arrivals        waits until partitions grow
//! ```
//!
//! One answer is kept at a time, beside the one that was asked for meanwhile. What Kafka's consumer hides
//! is left out of the records: control batches and, with `read_committed`, the records of aborted
//! transactions.

mod aborted;
mod ahead;
mod arrivals;
mod batches;
mod cursor;
mod fetch;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod log;
mod page;
mod reader;

pub use arrivals::{Arrivals, Position};
pub use batches::BatchReader;
pub use cursor::FetchedBatch;
pub use reader::{FetchedRecords, RangeReader};
