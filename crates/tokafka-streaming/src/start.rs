//! What is checked before a query starts.

use std::{sync::Arc, time::Duration};

use tokafka_datafusion::KafkaStreamingWrite;

use crate::{
    DataStreamWriter, StartError, StreamingQueryListener, Trigger, batch::StreamPlan,
    engine::StepHook,
};

/// A query that was checked: all that the engine needs.
pub(crate) struct Definition {
    pub(crate) plan: StreamPlan,
    pub(crate) sink: KafkaStreamingWrite,
    /// `KafkaSink[topic=copies, servers=localhost:9092]`.
    pub(crate) sink_description: String,
    pub(crate) checkpoint: String,
    pub(crate) trigger: Trigger,
    pub(crate) name: Option<String>,
    /// For how long an outage is waited out; `None` for ever.
    pub(crate) retry_for: Option<Duration>,
    pub(crate) listeners: Vec<Arc<dyn StreamingQueryListener>>,
    pub(crate) steps: StepHook,
}

/// Checks format, mode, options, columns and plan. Opens nothing.
///
/// # Errors
/// [`StartError::Refused`], in Spark's words where it has any.
pub(crate) fn check(writer: DataStreamWriter) -> Result<Definition, StartError> {
    let _ = writer;
    Err(StartError::Refused(String::new()))
}
