//! The offsets of a source, as they are now.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokafka_client::{
    admin::{Admin, OffsetSpec},
    cluster::Cluster,
    ranges::Arrivals,
};
use tokafka_datafusion::{KafkaRanges, TopicSpan};

use super::{
    StreamReadOptions, available,
    begin::resolve,
    ends::{Ends, Missing},
    lag::LagGroup,
    limits::{backlog, share},
    look::{present, refuse_unassigned},
    loss::{Loss, missing, topics_missing},
    metrics::behind_latest,
};
use crate::{SourceError, SourceOffsets};

/// A source that is open.
#[derive(Debug)]
pub(crate) struct KafkaSource {
    options: Arc<StreamReadOptions>,
    cluster: Cluster,
    ends: Ends,
    arrivals: Arrivals,
    /// The last that is read, of a query that reads what is available now.
    available: Option<SourceOffsets>,
    /// Whether a batch was planned in this run; the first may be one of an earlier run.
    has_planned: bool,
    /// When the first batch was to be planned in this run.
    first_asked: Option<Instant>,
    lag: Option<LagGroup>,
}

/// How much a batch may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadLimit {
    /// As `maxOffsetsPerTrigger` and `minOffsetsPerTrigger` say.
    Options,
    /// All that is there, for a query that runs once.
    Everything,
}

/// Where the next batch ends.
#[derive(Debug, Clone)]
pub(crate) struct NextOffsets {
    /// Its end; equal to the start if there is nothing to do yet.
    pub(crate) end: SourceOffsets,
    /// The ends of the partitions.
    pub(crate) latest: SourceOffsets,
}

impl KafkaSource {
    /// Connects.
    pub(crate) async fn open(options: Arc<StreamReadOptions>) -> Result<Self, SourceError> {
        let cluster = Cluster::connect(options.settings.client.clone()).await?;
        let group = options.lag_group.clone();
        Ok(Self {
            lag: group.map(|group| LagGroup::new(Admin::new(&cluster), group)),
            ends: Ends::new(&cluster, &options),
            arrivals: Arrivals::new(&cluster, &options.settings),
            options,
            cluster,
            available: None,
            has_planned: false,
            first_asked: None,
        })
    }

    /// Where a new query begins, as the options say. Specific places are resolved to offsets.
    pub(crate) async fn initial_offsets(&mut self) -> Result<SourceOffsets, SourceError> {
        let ends = self.ends.at_first().await?;
        refuse_unassigned(&self.options, &ends)?;
        let start = resolve(self.ends.asker(), &self.options, &ends).await?;
        if let Some(available) = &mut self.available {
            available::reach(available, &start);
        }
        Ok(start)
    }

    /// Fixes what is there now as the last that is read (`Trigger::AvailableNow`).
    pub(crate) async fn prepare_available_now(&mut self) -> Result<(), SourceError> {
        let ends = self.ends.at_first().await?;
        self.available = Some(present(&ends));
        Ok(())
    }

    /// Where a batch that begins at `start` ends: asks the cluster once, for new topics and partitions too.
    /// `last` is when the last batch started in this run.
    pub(crate) async fn next(
        &mut self,
        start: &SourceOffsets,
        limit: ReadLimit,
        last: Option<Instant>,
    ) -> Result<NextOffsets, SourceError> {
        let latest = match self.available.clone() {
            Some(latest) => latest,
            None => {
                let missing = match self.options.fail_on_data_loss {
                    true => Missing::Fails,
                    false => Missing::Passes,
                };
                present(&self.ends.since(start, missing).await?)
            }
        };
        let end = match limit {
            ReadLimit::Everything => latest.clone(),
            ReadLimit::Options => self.limited(start, &latest, last).await?,
        };
        self.has_planned = true;
        Ok(NextOffsets { end, latest })
    }

    /// Waits until there is more than these ends. False if there was nothing within the time.
    pub(crate) async fn arrival(
        &mut self,
        latest: &SourceOffsets,
        within: Duration,
    ) -> Result<bool, SourceError> {
        let ends = latest.iter();
        let ends = ends.map(|(topic, partition, end)| (topic.into(), partition, end));
        Ok(self
            .arrivals
            .wait(&ends.collect::<Vec<_>>(), within)
            .await?)
    }

    /// What a batch reads, with `failOnDataLoss` obeyed. The same for the same offsets, whenever it is asked.
    pub(crate) async fn ranges(
        &mut self,
        start: &SourceOffsets,
        end: &SourceOffsets,
    ) -> Result<KafkaRanges, SourceError> {
        self.check_available(end).await?;
        let fails = self.options.fail_on_data_loss;
        self.report_created_anew(start)?;
        let begins = self.begins_checked(start, end).await?;
        let deleted = missing(start, end);
        if !deleted.is_empty() {
            Loss::deleted(&deleted, self.options.has_group).report(fails)?;
        }
        let mut spans = Vec::new();
        for (topic, partition, end) in end.iter() {
            let Some(begin) = begins.get(topic, partition) else {
                continue;
            };
            if end < begin {
                Loss::went_back(topic, partition, (begin, end)).report(fails)?;
            }
            spans.push(TopicSpan {
                topic: topic.into(),
                partition,
                offsets: begin..end,
            });
        }
        let spans = self.options.splits.divide(spans);
        Ok(KafkaRanges {
            cluster: self.cluster.clone(),
            settings: self.options.settings.clone(),
            slots: spans.into_iter().map(|span| vec![span]).collect(),
            fail_on_data_loss: fails,
            counts: Arc::default(),
        })
    }

    /// The batch that ends here is done: tells `tokafka.lag.group`, if there is one. Does not wait for it; a
    /// failure is only logged.
    pub(crate) async fn finished(&mut self, end: &SourceOffsets) {
        if let Some(lag) = &self.lag {
            lag.finished(end);
        }
    }

    /// Waits for a moment until `tokafka.lag.group` knows of the last batch.
    pub(crate) async fn close(mut self) {
        if let Some(lag) = self.lag.take() {
            lag.close().await;
        }
    }

    /// `minOffsetsBehindLatest` and its like, by Spark's names, of a batch with this end.
    pub(crate) fn metrics(&self, next: &NextOffsets) -> BTreeMap<String, String> {
        behind_latest(&next.end, &next.latest)
    }

    async fn limited(
        &mut self,
        start: &SourceOffsets,
        latest: &SourceOffsets,
        last: Option<Instant>,
    ) -> Result<SourceOffsets, SourceError> {
        let limits = self.options.limits;
        let is_first = self.first_asked.is_none();
        let first = *self.first_asked.get_or_insert_with(Instant::now);
        if limits == Default::default() {
            return Ok(latest.clone());
        }
        let begins = self.begins(start, latest).await?;
        if let Some((least, delay)) = limits.least
            && self.available.is_none()
            && !is_first
            && last.unwrap_or(first).elapsed() < delay
            && backlog(&begins, latest) < least
        {
            return Ok(start.clone());
        }
        Ok(match limits.most {
            Some(most) => share(&begins, latest, most),
            None => latest.clone(),
        })
    }

    /// `start`, and the first offsets of the partitions that appeared since.
    async fn begins(
        &self,
        start: &SourceOffsets,
        end: &SourceOffsets,
    ) -> Result<SourceOffsets, SourceError> {
        let mut begins = start.clone();
        let topics = topics_missing(end, start);
        if topics.is_empty() {
            return Ok(begins);
        }
        let first = self
            .ends
            .asker()
            .offsets(&self.options, &topics, OffsetSpec::Earliest);
        for (topic, partition, first) in present(&first.await?).iter() {
            if start.get(topic, partition).is_none() && end.get(topic, partition).is_some() {
                begins.set(topic, partition, first);
            }
        }
        Ok(begins)
    }

    async fn begins_checked(
        &self,
        start: &SourceOffsets,
        end: &SourceOffsets,
    ) -> Result<SourceOffsets, SourceError> {
        let fails = self.options.fail_on_data_loss;
        let begins = self.begins(start, end).await?;
        let unknown = missing(end, &begins);
        if !unknown.is_empty() {
            Loss::no_initial_offset(&unknown).report(fails)?;
        }
        for (topic, partition, first) in begins.iter() {
            if first != 0 && start.get(topic, partition).is_none() {
                Loss::not_from_zero(topic, partition, first).report(fails)?;
            }
        }
        Ok(begins)
    }

    fn report_created_anew(&mut self, start: &SourceOffsets) -> Result<(), SourceError> {
        let fails = self.options.fail_on_data_loss;
        for (topic, _, _) in start.iter() {
            if self.ends.was_created_anew(topic) {
                Loss::created_anew(topic).report(fails)?;
                self.ends.forgive(topic);
            }
        }
        Ok(())
    }

    /// That the end of a batch of a query that reads what is available now is still there. A batch that was
    /// planned by an earlier run knew other partitions.
    async fn check_available(&mut self, end: &SourceOffsets) -> Result<(), SourceError> {
        let Some(fixed) = self.available.clone().filter(|_| self.has_planned) else {
            return Ok(());
        };
        available::check_planned(&fixed, end)?;
        let latest = present(&self.ends.since(end, Missing::Passes).await?);
        available::check_latest(&latest, end)
    }
}
