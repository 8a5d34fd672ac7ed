//! Spark's checkpoint: which offsets a batch takes, written before it runs, and which batches are done.

mod log;

pub use log::{Checkpoint, OffsetsEntry, Recovered};
