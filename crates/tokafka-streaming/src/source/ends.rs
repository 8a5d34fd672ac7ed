//! The ends of the partitions that are read, as far as the cluster can be believed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokafka_client::cluster::Cluster;
use uuid::Uuid;

use super::{
    StreamReadOptions,
    look::{Asker, Found, end_spec, is_doubtful, refuse_missing},
};
use crate::{SourceError, SourceOffsets};

/// Looks where partitions end, and whether topics are still the same.
#[derive(Debug)]
pub(super) struct Ends {
    options: Arc<StreamReadOptions>,
    asker: Asker,
    /// Of the topics as they were last seen.
    ids: BTreeMap<String, Uuid>,
    /// Topics that got another id since then.
    created_anew: BTreeSet<String>,
}

/// Whether a topic that is subscribed to by name has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Fails,
    Passes,
}

impl Ends {
    pub(super) fn new(cluster: &Cluster, options: &Arc<StreamReadOptions>) -> Self {
        Self {
            options: Arc::clone(options),
            asker: Asker::new(cluster),
            ids: BTreeMap::new(),
            created_anew: BTreeSet::new(),
        }
    }

    pub(super) fn asker(&self) -> &Asker {
        &self.asker
    }

    /// True if a topic was deleted and created again since it was first seen.
    pub(super) fn was_created_anew(&self, topic: &str) -> bool {
        self.created_anew.contains(topic)
    }

    /// Takes a topic that was created again for the same from now on.
    pub(super) fn forgive(&mut self, topic: &str) {
        self.created_anew.remove(topic);
    }

    /// The ends of all partitions that are read, of a query that knows of none.
    pub(super) async fn at_first(&mut self) -> Result<Found, SourceError> {
        self.since(&SourceOffsets::default(), Missing::Fails).await
    }

    /// The ends of all partitions that are read. What cannot be right, given what is `known`, is asked for
    /// again.
    pub(super) async fn since(
        &mut self,
        known: &SourceOffsets,
        missing: Missing,
    ) -> Result<Found, SourceError> {
        let retries = self.options.retries;
        let mut left = retries.attempts.max(1);
        loop {
            left -= 1;
            let found = self.look(known, missing).await;
            let is_settled = match &found {
                Ok(found) => !is_doubtful(&self.options, known, found),
                Err(error) => was_asked_again(error),
            };
            if is_settled || left == 0 {
                let found = found?;
                self.remember(&found);
                return Ok(found);
            }
            tokio::time::sleep(retries.interval).await;
        }
    }

    async fn look(&self, known: &SourceOffsets, missing: Missing) -> Result<Found, SourceError> {
        let topics = self.asker.topics(&self.options.topics, known).await?;
        let ends = end_spec(&self.options);
        let found = self.asker.offsets(&self.options, &topics, ends).await?;
        if missing == Missing::Fails && !self.options.topics.is_pattern() {
            refuse_missing(&found)?;
        }
        Ok(found)
    }

    fn remember(&mut self, found: &Found) {
        for (topic, found) in found {
            let id = found.as_ref().map(|found| found.id);
            if let Some(id) = id.filter(|id| !id.is_nil()) {
                let before = self.ids.insert(topic.clone(), id);
                if before.is_some_and(|before| before != id) {
                    self.created_anew.insert(topic.clone());
                }
            }
        }
    }
}

/// True of what the client has asked for again for `max.block.ms` already.
fn was_asked_again(error: &SourceError) -> bool {
    match error {
        SourceError::Connect(error) => error.is_retriable(),
        SourceError::Request(error) => error.is_retriable(),
        SourceError::Topic(error) => error.is_retriable(),
        SourceError::Option(_)
        | SourceError::Start(_)
        | SourceError::Range(_)
        | SourceError::DataLoss { .. }
        | SourceError::AvailableNow(_) => true,
    }
}
