//! `tokafka verify`: whether the records of a receipt are in their topics.
//!
//! ```text
//! run      all partitions of the receipt, and what is said
//! look     one partition: reads what its log can have of the runs
//! missing  which offsets of the runs were not met
//! load     the receipt, checked
//! ```

mod load;
mod look;
mod missing;
mod run;

pub(crate) use run::run;
