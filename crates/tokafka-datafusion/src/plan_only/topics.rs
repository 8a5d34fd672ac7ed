//! What each topic would take, asked for once, whoever asks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokafka_arrow::WriteError;
use tokafka_client::{
    admin::{Admin, TopicOutlook},
    cluster::Cluster,
    error::TopicError,
    producer::ProducerError,
    settings::ClientSettings,
};
use tokio::sync::OnceCell;

use crate::WriteFailure;

type Cell = Arc<OnceCell<Arc<TopicOutlook>>>;

/// The topics of one write.
#[derive(Debug)]
pub(super) struct Topics {
    cluster: Cluster,
    seen: Mutex<HashMap<Arc<str>, Cell>>,
}

impl Topics {
    pub(super) async fn connect(settings: &ClientSettings) -> Result<Self, WriteFailure> {
        let connected = Cluster::connect(settings.clone()).await;
        let failed = |error| WriteFailure::Write(WriteError::Connect(ProducerError::from(error)));
        Ok(Self {
            cluster: connected.map_err(failed)?,
            seen: Mutex::default(),
        })
    }

    /// What a topic would take.
    pub(super) async fn outlook(&self, name: &str) -> Result<Arc<TopicOutlook>, WriteFailure> {
        let cell = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(seen.entry(name.into()).or_default())
        };
        let ask = async || {
            let outlook = Admin::new(&self.cluster).outlook(name).await;
            outlook.map(Arc::new)
        };
        let outlook = cell.get_or_try_init(ask).await.map_err(|error| {
            let error = TopicError::Request(error);
            WriteFailure::Write(WriteError::Topic { error, row: None })
        })?;
        Ok(Arc::clone(outlook))
    }

    /// All topics that were asked for, by name.
    pub(super) fn seen(&self) -> Vec<Arc<TopicOutlook>> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = seen
            .values()
            .filter_map(|cell| cell.get().cloned())
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    pub(super) async fn close(&self) {
        self.cluster.shutdown().await;
    }
}
