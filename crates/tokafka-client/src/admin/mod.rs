//! Topics, their offsets and their settings; offsets that consumer groups are told.
//!
//! Nothing here creates a topic but [`Admin::create_topic`]: every question is asked so that a
//! broker with `auto.create.topics.enable` does not.

mod configs;
mod describe;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod groups;
mod handle;
mod offsets;
mod outlook;
mod requests;

pub use crate::offsets::OffsetSpec;
pub use configs::Configs;
pub use describe::{PartitionDescription, TopicDescription, TopicListing};
pub use groups::GroupOffset;
pub use handle::Admin;
pub use offsets::TopicOffsets;
pub use outlook::{TopicOutlook, TopicState};
pub use requests::NewTopic;
