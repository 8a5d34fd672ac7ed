//! `tokafka checkpoint`: what the checkpoint of a stream says, and what of its input is passed over.
//!
//! ```text
//! run     which of the two
//! skip    writes that offsets are passed over
//! show    looks, and prints
//! words   a checkpoint in words
//! ```

mod run;
mod show;
mod skip;
mod words;

pub(crate) use run::run;
pub(crate) use words::Words;
