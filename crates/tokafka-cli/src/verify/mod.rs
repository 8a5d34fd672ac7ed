//! `tokafka verify`: whether the records of a receipt are in their topics, as they were written.
//!
//! ```text
//! run       all partitions of the receipt
//! findings  what is said of those that differ
//! look      one partition: reads what its log can have of the runs
//! missing   which offsets of the runs were not met
//! contents  which checksums were not met
//! load      the receipt from its file
//! parse     the receipt from its text, checked
//! ```

mod contents;
mod findings;
mod load;
mod look;
mod missing;
mod parse;
mod run;

pub(crate) use run::run;
