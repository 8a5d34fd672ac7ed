//! Why a trigger did not come to its end.

use std::{error::Error, sync::Arc};

use datafusion::error::DataFusionError;
use tokafka_datafusion::KafkaWriteError;

use super::heal;
use crate::{CheckpointError, Heals, SourceError, poison::PoisonRecord};

/// What ended a trigger before its time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The query was stopped.
    #[error("the query was stopped")]
    Stopped,
    /// The checkpoint cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The source cannot say what there is.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The batch cannot be planned.
    #[error(transparent)]
    Plan(Box<DataFusionError>),
    /// The batch could not be read, computed or written.
    #[error(transparent)]
    Batch(Box<KafkaWriteError>),
    /// The batch fails at this record whenever it runs.
    #[error(transparent)]
    Poison(Box<PoisonRecord>),
    /// Something panicked: a function of the query, or a listener's hook.
    #[error("the query panicked: {0}")]
    Panicked(String),
}

impl Failure {
    /// Whether running the same batch again later can succeed.
    pub(crate) fn heals(&self) -> Heals {
        match self {
            Self::Stopped | Self::Poison(_) | Self::Panicked(_) => Heals::Never,
            Self::Checkpoint(error) => error.heals(),
            Self::Source(error) => error.heals(),
            Self::Plan(error) => heal::query(error),
            Self::Batch(error) => heal::write(error),
        }
    }

    /// The error itself.
    pub(crate) fn cause(&self) -> &(dyn Error + Send + Sync + 'static) {
        match self {
            Self::Checkpoint(error) => error,
            Self::Source(error) => error,
            Self::Plan(error) => error.as_ref(),
            Self::Batch(error) => error.as_ref(),
            Self::Poison(error) => error.as_ref(),
            Self::Stopped | Self::Panicked(_) => self,
        }
    }

    /// The error itself, for those who look for it in the chain of causes.
    pub(crate) fn into_cause(self) -> Arc<dyn Error + Send + Sync> {
        match self {
            Self::Checkpoint(error) => Arc::new(error),
            Self::Source(error) => Arc::new(error),
            Self::Plan(error) => Arc::from(error as Box<dyn Error + Send + Sync>),
            Self::Batch(error) => Arc::from(error as Box<dyn Error + Send + Sync>),
            Self::Poison(error) => Arc::from(error as Box<dyn Error + Send + Sync>),
            stopped @ (Self::Stopped | Self::Panicked(_)) => Arc::new(stopped),
        }
    }

    /// Of what unwound from a task.
    pub(crate) fn of_panic(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Self::Panicked(text.unwrap_or("no message").to_owned())
    }
}

impl From<DataFusionError> for Failure {
    fn from(error: DataFusionError) -> Self {
        Self::Plan(Box::new(error))
    }
}

impl From<KafkaWriteError> for Failure {
    fn from(error: KafkaWriteError) -> Self {
        Self::Batch(Box::new(error))
    }
}
