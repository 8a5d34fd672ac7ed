//! What a user reads.
//!
//! ```text
//! options   the options of reading one topic as a table
//! spans     which offsets a range is now
//! range     where a bounded read begins and ends, in Spark's words: checked before anything is opened
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
mod range;
mod spans;

pub use bounds::{PartitionSpan, Place, TopicBounds};
pub use builder::{SourceBatchBuilder, source_schema, source_view_schema};
pub use error::{RangeError, UnreadableRecord};
pub use options::{READ_OPTIONS, ReadOptions};
pub use places::{Places, TopicPlaces, WantedPlaces};
pub use range::RangeOptions;
