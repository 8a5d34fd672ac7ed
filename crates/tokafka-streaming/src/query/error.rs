//! Why a query ended, or cannot be waited for.

use std::{error::Error, sync::Arc};

/// Why a query ended: Spark's `StreamingQueryException`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{text}")]
pub struct StreamingQueryError {
    text: String,
    start_offset: String,
    end_offset: String,
    #[source]
    cause: Arc<dyn Error + Send + Sync>,
}

impl StreamingQueryError {
    /// Where the batch that failed begins, by source: `{KafkaV2[Subscribe[orders]]: {"orders":{"0":120}}}`.
    pub fn start_offset(&self) -> &str {
        &self.start_offset
    }

    /// Where it ends; as the start, if none was planned.
    pub fn end_offset(&self) -> &str {
        &self.end_offset
    }

    /// What went wrong.
    pub fn cause(&self) -> &(dyn Error + Send + Sync + 'static) {
        self.cause.as_ref()
    }
}

/// What was known of a query when it failed.
#[derive(Debug)]
pub(crate) struct Scene {
    /// Its name, if it has one, and its ids.
    pub(crate) identifier: String,
    /// `id = …, runId = …`.
    pub(crate) ids: String,
    pub(crate) start: String,
    pub(crate) end: String,
    /// `ACTIVE`, or `INITIALIZING` if it never got to a trigger.
    pub(crate) state: &'static str,
    pub(crate) plan: String,
}

impl StreamingQueryError {
    /// Spark's text, in its form.
    pub(crate) fn new(cause: Arc<dyn Error + Send + Sync>, scene: Scene) -> Self {
        let Scene {
            identifier,
            ids,
            start,
            end,
            state,
            plan,
        } = scene;
        let text = format!(
            "[STREAM_FAILED] Query [{ids}] terminated with exception: {cause} SQLSTATE: XXKST\n\
             === Streaming Query ===\n\
             Identifier: {identifier}\n\
             Current Committed Offsets: {start}\n\
             Current Available Offsets: {end}\n\
             \n\
             Current State: {state}\n\
             Thread State: RUNNABLE\n\
             \n\
             Logical Plan:\n\
             {plan}"
        );
        Self {
            text,
            start_offset: start,
            end_offset: end,
            cause,
        }
    }
}

/// A query cannot be waited for like this. The texts are Spark's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AwaitError {
    /// By the query itself.
    #[error("Cannot wait for a query state from the same thread that is running the query")]
    OwnTask,
    /// For no time.
    #[error("requirement failed: Timeout has to be positive")]
    NoTime,
}

impl From<AwaitError> for StreamingQueryError {
    fn from(error: AwaitError) -> Self {
        Self {
            text: error.to_string(),
            start_offset: String::new(),
            end_offset: String::new(),
            cause: Arc::new(error),
        }
    }
}
