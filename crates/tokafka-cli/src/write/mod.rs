//! `tokafka write`: files to records in a topic.
//!
//! ```text
//! plan     what the flags mean, checked before anything is opened
//! inputs   paths, globs and standard input -> files of one format, each checked, or a stream
//! arrow_input  an Arrow stream on standard input as the table `input`, read as it comes
//! footer   whether the end of a Parquet or Arrow file claims what it can have
//! lengths  whether an Arrow file can have what its lengths claim
//! files    those files as one table, `input`, read in the order given
//! rows     --sql: a frame
//! shape    the expressions: its columns as those of a record
//! form     which rows are records already, and which are sent as JSON
//! run      the write itself, its receipt and what is said about it
//! outlook  what a dry run found, in words
//! ```

mod arrow_input;
#[cfg(test)]
mod damaged;
mod embedded;
mod files;
mod footer;
mod form;
mod format;
#[cfg(test)]
#[path = "../../../../fuzz/src/files.rs"]
mod fuzzed;
mod inputs;
mod lengths;
mod outlook;
mod plan;
mod progress;
mod receipt;
mod rows;
mod run;
mod shape;
mod summary;

pub(crate) use embedded::start as start_broker;
pub(crate) use run::run;
pub(crate) use summary::count;
