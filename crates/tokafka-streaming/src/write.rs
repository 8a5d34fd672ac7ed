//! What a caller types to write a stream.

use std::{sync::Arc, time::Duration};

use datafusion::prelude::DataFrame;
use tokafka_datafusion::WriteOptions;

use crate::{
    StartError, StreamingQuery, StreamingQueryListener, Trigger, engine, engine::StepHook, start,
};

/// What a query reads and writes, as its progress calls them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryDescription {
    /// `KafkaV2[Subscribe[orders]]`, for each source.
    pub sources: Vec<String>,
    /// `KafkaSink[topic=copies, servers=localhost:9092]`.
    pub sink: String,
}

/// Says how a stream is written, then starts the query.
#[must_use = "nothing runs before `start`"]
pub struct DataStreamWriter {
    pub(crate) frame: DataFrame,
    pub(crate) format: String,
    pub(crate) output_mode: String,
    pub(crate) options: WriteOptions,
    /// `checkpointLocation`.
    pub(crate) checkpoint: Option<String>,
    pub(crate) trigger: Trigger,
    pub(crate) name: Option<String>,
    /// For how long an outage is waited out; `None` for ever.
    pub(crate) retry_for: Option<Duration>,
    pub(crate) listeners: Vec<Arc<dyn StreamingQueryListener>>,
    pub(crate) steps: StepHook,
}

impl DataStreamWriter {
    pub(crate) fn new(frame: DataFrame) -> Self {
        Self {
            frame,
            format: "kafka".to_owned(),
            output_mode: "append".to_owned(),
            options: WriteOptions::new(),
            checkpoint: None,
            trigger: Trigger::default(),
            name: None,
            retry_for: Some(Duration::ZERO),
            listeners: Vec::new(),
            steps: StepHook::default(),
        }
    }

    /// The format: `kafka`, which is also what it is if this is left out.
    pub fn format(self, format: impl Into<String>) -> Self {
        Self {
            format: format.into(),
            ..self
        }
    }

    /// An option under Spark's name: `checkpointLocation`, `topic`, or a producer setting with the prefix
    /// `kafka.`.
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        match name.eq_ignore_ascii_case("checkpointLocation") {
            true => self.checkpoint = Some(value),
            false => self.options = self.options.option(name, value),
        }
        self
    }

    /// Several options, as by [`option`](Self::option).
    pub fn options<K: Into<String>, V: Into<String>>(
        self,
        options: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let options = options.into_iter();
        options.fold(self, |writer, (name, value)| writer.option(name, value))
    }

    /// `append`, which is the default, or `update`, which is the same without aggregations.
    pub fn output_mode(self, mode: impl Into<String>) -> Self {
        Self {
            output_mode: mode.into(),
            ..self
        }
    }

    /// When batches start.
    pub fn trigger(self, trigger: Trigger) -> Self {
        Self { trigger, ..self }
    }

    /// A name, which only one active query can have.
    pub fn query_name(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// For how long an outage is waited out before the query fails; `None` is for ever. The default is not
    /// at all: a batch that fails ends the query.
    pub fn retry_for(self, outage: Option<Duration>) -> Self {
        Self {
            retry_for: outage,
            ..self
        }
    }

    /// Is told of the query's events.
    pub fn listener(mut self, listener: Arc<dyn StreamingQueryListener>) -> Self {
        self.listeners.push(listener);
        self
    }

    /// Is called before each step of the driver, on the driver's task: for tests that stop there.
    #[doc(hidden)]
    pub fn on_step(self, hook: impl Fn(&'static str) + Send + Sync + 'static) -> Self {
        Self {
            steps: StepHook::new(hook),
            ..self
        }
    }

    /// Where the query keeps its place, if that is said.
    pub fn checkpoint_location(&self) -> Option<&str> {
        self.checkpoint.as_deref()
    }

    /// Checks all that is checked at the start before anything is opened.
    ///
    /// # Errors
    /// [`StartError::Refused`].
    pub fn check(self) -> Result<QueryDescription, StartError> {
        let definition = start::check(self)?;
        let tables = definition.plan.tables.iter();
        Ok(QueryDescription {
            sources: tables.map(|table| table.options().description()).collect(),
            sink: definition.sink_description,
        })
    }

    /// Checks everything that can be checked, opens the checkpoint, and starts the query.
    ///
    /// # Errors
    /// [`StartError`]: nothing was read or written.
    pub async fn start(self) -> Result<StreamingQuery, StartError> {
        let definition = start::check(self)?;
        engine::start(definition).await
    }
}

impl std::fmt::Debug for DataStreamWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("DataStreamWriter");
        shown.field("options", &self.options);
        shown
            .field("trigger", &self.trigger)
            .finish_non_exhaustive()
    }
}
