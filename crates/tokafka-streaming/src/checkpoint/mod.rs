//! Spark's checkpoint: which offsets a batch takes, written before it runs, and which batches are done.
//!
//! ```text
//! <location>/
//!   metadata          the query's id, written once
//!   offsets/<N>       where batch N ends, written before it runs
//!   commits/<N>       written when batch N is done
//!   sources/<i>/0     where source i began
//!   skips/<n>         offsets that are passed over; Spark does not look at it
//!   .tokafka.lock     who owns it, on a disk; Spark does not look at it
//! ```
//!
//! The files are Spark's to the byte, and either goes on where the other stopped.

mod disk;
mod entry;
mod error;
mod files;
mod location;
mod lock;
mod log;
mod problem;
mod recover;
mod skips;
mod view;

#[cfg(test)]
#[path = "../../../../fuzz/src/checkpoint.rs"]
mod fuzzed;
#[cfg(test)]
mod tests;

pub use entry::OffsetsEntry;
pub use error::CheckpointError;
pub use log::{Checkpoint, Recovered};
pub use problem::FileProblem;
pub use skips::Skip;
pub use view::{CheckpointView, PartitionRange};
