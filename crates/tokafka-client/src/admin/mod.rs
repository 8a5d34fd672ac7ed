//! Topics and their offsets.
//!
//! Nothing here creates a topic but [`Admin::create_topic`]: every question is asked so that a
//! broker with `auto.create.topics.enable` does not.

mod describe;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod handle;
mod requests;

pub use crate::offsets::OffsetSpec;
pub use describe::{PartitionDescription, TopicDescription, TopicListing};
pub use handle::Admin;
pub use requests::NewTopic;
