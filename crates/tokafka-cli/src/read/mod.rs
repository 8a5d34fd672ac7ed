//! `tokafka read`: what lies in a topic.
//!
//! ```text
//! plan    what the flags mean
//! span    which offsets of which partitions that is
//! stream  their records: partition after partition, or, when following, as they come
//! run     to standard output
//! ```

mod plan;
mod run;
mod span;
mod stream;

pub(crate) use plan::Place;
pub(crate) use run::run;
pub(crate) use span::{PartitionSpan, spans};
pub(crate) use stream::{Arrival, records};
