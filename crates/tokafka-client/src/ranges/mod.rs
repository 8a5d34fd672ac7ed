//! Reads the records of one partition from one offset to another.
//!
//! [`RangeReader`] asks the leader for one answer after the other and keeps one at a time. Batches
//! are checked and decompressed one by one as they are asked for; what Kafka's consumer hides is
//! left out: control batches and, with `read_committed`, the records of aborted transactions.

mod aborted;
mod fetch;
mod page;
mod reader;

pub use page::FetchedRecords;
pub use reader::RangeReader;
