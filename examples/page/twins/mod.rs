//! The code blocks of the page "Writing to Kafka" of Spark's guide, in Rust. A function is a block,
//! named after its heading; `rows` stands for the data frame that the block takes as given.

pub(crate) mod batch_writes;
pub(crate) mod columns;
pub(crate) mod names;
pub(crate) mod performance;
pub(crate) mod producer;
pub(crate) mod routing;
pub(crate) mod rows;
pub(crate) mod streaming;
pub(crate) mod validation;

use tokafka::{StreamingQuery, WriteReport};

/// A write that is acknowledged to its last row, or why it is not.
pub(crate) type Written = Result<WriteReport, Box<dyn std::error::Error + Send + Sync>>;

/// A stream that runs, or why it does not.
pub(crate) type Started = Result<StreamingQuery, Box<dyn std::error::Error + Send + Sync>>;
