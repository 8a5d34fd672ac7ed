//! A Kafka cluster: which broker to ask, and the connections to it.
//!
//! [`Cluster`] is the handle. What it knows is a `View`, a snapshot that is replaced whole:
//! `metadata` makes requests of it and views of the answers, `refresh` lets concurrent callers share
//! one request, `topic` decides when waiting for a topic can help. `links` keeps one connection per
//! broker and slot and opens it anew after a back-off; `bootstrap` finds the first broker, and the
//! way back when none of those known answers any more.

mod bootstrap;
mod flight;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod handle;
mod links;
mod metadata;
mod names;
mod refresh;
#[cfg(test)]
mod tests;
mod topic;
mod view;

pub use handle::Cluster;
pub(crate) use handle::Target;
pub use metadata::AutoCreate;
pub use names::broken_name_rule;
pub(crate) use names::check_topic_name;
pub(crate) use view::{LeaderHint, View};
pub use view::{PartitionView, TopicView};
