//! What a write would do, without doing it: its rows are read, checked and encoded as the write would,
//! against the topics as they are, and thrown away.
//!
//! ```text
//! run      one write: every partition of its query at once
//! rows     one partition: rows to batches, counted and looked at
//! topics   what each topic would take, asked for once
//! found    what is told in the end
//! ```

mod found;
mod rows;
mod run;
mod topics;

pub use found::{PlanFinding, SampleRecord, TopicPlan, WritePlan};
pub(crate) use run::run;
