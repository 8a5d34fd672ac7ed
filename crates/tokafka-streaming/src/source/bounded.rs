//! A read that ends: its options, and what it takes.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use tokafka_arrow::{RangeOptions, TopicBounds};
use tokafka_client::{cluster::Cluster, error::TopicError, settings::FetchSettings};
use tokafka_datafusion::{KafkaSpans, TopicSpan};

use super::{
    given::{Given, Reading},
    look::{AT_ONCE, Asker, no_partition},
    options::{FetchRetries, Splits, has_group},
    rules::{INCLUDE_HEADERS, POLL_TIMEOUT},
    topics::TopicChoice,
};
use crate::{SourceError, SourceOffsets};

/// Which topics are read, from where to where: Spark's names and meanings, checked. `Debug` shows no secrets.
#[derive(Debug, Clone)]
pub(crate) struct BatchReadOptions {
    topics: TopicChoice,
    range: RangeOptions,
    splits: Splits,
    settings: FetchSettings,
    headers: bool,
}

impl BatchReadOptions {
    /// Checks options as they were given, names in any case. Opens nothing.
    ///
    /// # Errors
    /// [`SourceError::Option`] and [`SourceError::Range`], in Spark's words.
    pub(crate) fn try_new(given: &[(String, String)]) -> Result<Self, SourceError> {
        let given = Given::new(given, Reading::Batch)?;
        let topics = TopicChoice::new(&given)?;
        let range = RangeOptions::try_new(|name| given.get(name))?;
        range.refuse_others(|topic| topics.has_topic(topic))?;
        given.parse::<u64>(POLL_TIMEOUT, "a number of milliseconds")?;
        FetchRetries::new(&given)?;
        has_group(&given);
        Ok(Self {
            topics,
            range,
            splits: Splits::new(&given)?,
            settings: given.settings()?,
            headers: given.choice(INCLUDE_HEADERS, ["false", "true"])?,
        })
    }

    /// Whether headers are read: `includeHeaders`.
    pub(crate) fn headers(&self) -> bool {
        self.headers
    }

    /// What the topics hold of the range now, and into how many parts a query divides it: `target`, or as
    /// `minPartitions` and `maxRecordsPerPartition` say.
    ///
    /// # Errors
    /// No such topic or partition, places that do not match, offsets that the log does not have, and a cluster
    /// that cannot be asked.
    pub(crate) async fn spans(&self, target: usize) -> Result<(KafkaSpans, usize), SourceError> {
        let cluster = Cluster::connect(self.settings.client.clone()).await?;
        let asker = Asker::new(&cluster);
        let topics = asker
            .topics(&self.topics, &SourceOffsets::default())
            .await?;
        self.range
            .refuse_others(|topic| topics.iter().any(|read| read == topic))?;
        let asked = topics.iter().map(|topic| self.spans_of(&cluster, topic));
        // All futures are made before the first is polled, which their lifetimes need.
        let spans: Vec<_> = stream::iter(asked.collect::<Vec<_>>())
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let spans = spans.into_iter().flatten().collect();
        let (spans, parts) = match self.splits == Splits::default() {
            true => (spans, target),
            false => {
                let spans = self.splits.divide(spans);
                let parts = spans.len();
                (spans, parts)
            }
        };
        let spans = KafkaSpans {
            cluster,
            settings: self.settings.clone(),
            spans,
            fail_on_data_loss: self.range.fails_on_data_loss(),
        };
        Ok((spans, parts))
    }

    async fn spans_of(
        &self,
        cluster: &Cluster,
        topic: &str,
    ) -> Result<Vec<TopicSpan>, SourceError> {
        let bounds = TopicBounds::look(cluster, topic, self.settings.isolation).await;
        let bounds = match bounds {
            // It was listed a moment ago.
            Err(TopicError::Unknown { .. }) if self.topics.is_pattern() => return Ok(Vec::new()),
            bounds => bounds?,
        };
        let partitions = i32::try_from(bounds.iter().len()).unwrap_or(i32::MAX);
        if let Some(partition) = self
            .topics
            .first_without(topic, |number| number < partitions)
        {
            return Err(no_partition(topic, partition));
        }
        let is_read = |partition| self.topics.has_partition(topic, partition);
        let spans = self.range.spans(&bounds, is_read).await?;
        let topic: Arc<str> = topic.into();
        let spans = spans.into_iter();
        Ok(spans.map(|span| TopicSpan::new(&topic, span)).collect())
    }
}
