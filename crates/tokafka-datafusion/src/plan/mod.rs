//! The physical plan of a write.
//!
//! ```text
//! KafkaCountExec            one row: how many rows were acknowledged
//!   CoalescePartitionsExec
//!     KafkaWriteExec        N partitions, a writer each
//!       query               N partitions
//! ```
//!
//! N is what the optimizer leaves of the query, unless it was fixed: `repartition(n)` and a number
//! of writers are kept by a [`PinnedPartitionsExec`] directly under the writers, since DataFusion
//! removes a repartition that nothing requires. `ORDER BY` at the top means one writer, in that
//! order. Planning opens no connection; a writer connects when its first row arrives.
//!
//! A value column that is `to_json(…)` is left to the writers, which write the JSON straight into
//! records (`value=JSON(fused)`), unless the query needs its text elsewhere.

mod arrange;
mod carry;
mod collector;
mod count;
mod fuse;
mod guarded;
mod metrics;
mod node;
mod partition;
mod pinned;
mod write;

pub(crate) use arrange::{WriteRequest, WriterCount, write_plan};
pub(crate) use collector::{Collector, DEFAULT_GRACE};
pub use count::KafkaCountExec;
pub(crate) use partition::{query_failure, written_columns};
pub use pinned::{Pin, PinnedPartitionsExec};
pub use write::KafkaWriteExec;
