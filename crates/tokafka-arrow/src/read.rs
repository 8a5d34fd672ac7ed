//! What a user reads.
//!
//! ```text
//! options   which offsets are asked for, in Spark's words: checked before anything is opened
//! spans     which ones that are now
//! places    what their texts mean
//! bounds    what the partitions hold, and which offset a place is
//! builder   records as record batches with Spark's source schema
//! error
//! ```

mod bounds;
mod builder;
mod error;
mod options;
mod places;
mod spans;

pub use bounds::{PartitionSpan, Place, TopicBounds};
pub use builder::{SourceBatchBuilder, source_schema, source_view_schema};
pub use error::{RangeError, UnreadableRecord};
pub use options::{READ_OPTIONS, ReadOptions};
