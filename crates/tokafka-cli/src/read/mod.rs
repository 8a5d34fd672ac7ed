//! `tokafka read`: what lies in a topic.
//!
//! ```text
//! plan    what the flags mean
//! span    which offsets of which partitions that is
//! stream  their records: partition after partition, or, when following, as they come
//! remarks what to say of a span that is not what was asked for
//! run     to standard output
//! ```

mod plan;
mod remarks;
mod run;
mod span;
mod stream;

pub(crate) use run::run;
pub(crate) use span::{Extent, spans};
pub(crate) use stream::{Arrival, records};
