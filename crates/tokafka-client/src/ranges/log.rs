use super::{
    fetch::{self, Answer, Source},
    page::Page,
};
use crate::{
    cluster::{Cluster, TopicView},
    error::{BatchError, ReadError, RequestError, ResponseError, TopicError},
    offsets::{OffsetSpec, list_offsets},
    retry::Retries,
    settings::FetchSettings,
    wire::Api,
};
use kafka_protocol::messages::FetchRequest;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// Connections to a broker over which readers are spread: a broker handles one request per
/// connection at a time, and one that waits for records would hold up the others.
const SLOTS: usize = 16;
const FIRST_SLOT: usize = usize::MAX - SLOTS;

/// From where a topic is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The cluster is asked anew.
    Asked,
    /// What the cluster said before is enough, if it has the partition.
    Before,
}

/// The log of one partition, on whichever broker leads it.
#[derive(Debug)]
pub(super) struct PartitionLog {
    cluster: Cluster,
    settings: FetchSettings,
    topic: Arc<str>,
    id: Uuid,
    partition: i32,
}

impl PartitionLog {
    /// Finds the partition; reads nothing yet.
    pub(super) async fn open(
        cluster: &Cluster,
        settings: &FetchSettings,
        topic: &str,
        partition: i32,
        known: Known,
    ) -> Result<Self, TopicError> {
        let before = match known {
            Known::Before => known_before(cluster, topic, partition),
            Known::Asked => None,
        };
        let topic = match before {
            Some(topic) => topic,
            None => find(cluster, topic).await?,
        };
        let count = topic.partitions.len();
        if !usize::try_from(partition).is_ok_and(|partition| partition < count) {
            return Err(TopicError::NoSuchPartition {
                name: topic.name.to_string(),
                partition,
                count: u32::try_from(count).unwrap_or(u32::MAX),
            });
        }
        Ok(Self {
            cluster: cluster.clone(),
            settings: settings.clone(),
            topic: topic.name.clone(),
            id: topic.id,
            partition,
        })
    }

    /// Bytes that a decompressed batch may have.
    pub(super) fn batch_limit(&self) -> usize {
        self.settings.client.max_response_size
    }

    /// An error of the batch at this offset.
    pub(super) fn unreadable(&self, offset: i64, error: BatchError) -> ReadError {
        ReadError::Batch {
            topic: self.topic.to_string(),
            partition: self.partition,
            offset,
            error,
        }
    }

    /// The batches from an offset on, none if there are none at the moment. Changes nothing but what
    /// is known of the cluster, and so may be dropped. What is temporary is tried again for up to
    /// `max.block.ms`.
    pub(super) async fn page(&self, offset: i64) -> Result<Page, ReadError> {
        let mut retries = Retries::new(self.cluster.settings());
        loop {
            match self.fetch(offset).await {
                Ok(Answer::Page(page)) => return Ok(page),
                Ok(Answer::OutOfRange) => self.check_range(offset, &mut retries).await?,
                Err(error) if error.is_retriable() && retries.wait().await => {
                    self.look_for_leader().await;
                }
                Err(error) => return Err(self.explained(error).into()),
            }
        }
    }

    async fn fetch(&self, offset: i64) -> Result<Answer, TopicError> {
        let (leader, source) = self.leader()?;
        let slot = FIRST_SLOT + usize::try_from(self.partition).unwrap_or(0) % SLOTS;
        let connection = self
            .cluster
            .connection(leader, slot)
            .await
            .map_err(RequestError::from)?;
        let version = connection
            .version(
                FetchRequest::API,
                FetchRequest::NAME,
                fetch::versions(source.id),
            )
            .map_err(RequestError::from)?;
        let request = fetch::request(&source, offset, &self.settings, version);
        let response = connection.call(version, &request).await?;
        if let Some(hint) = fetch::hint(&response, &source) {
            self.cluster.learn(&[hint]);
        }
        fetch::answer(response, &source, self.settings.isolation)
    }

    /// The leader by what is known now, and how it knows the partition.
    fn leader(&self) -> Result<(i32, Source), TopicError> {
        let refused = |code| fetch::refused(code, &self.topic, self.partition);
        let view = self.cluster.view();
        let topic = view
            .topic(&self.topic)
            .ok_or_else(|| refused(ResponseError::UnknownTopicOrPartition))?;
        if topic.is_another(self.id) {
            return Err(TopicError::Unknown {
                name: self.topic.to_string(),
                reason: Some("it was deleted and made anew while it was read".to_owned()),
            });
        }
        let index = usize::try_from(self.partition).unwrap_or(usize::MAX);
        let partition = topic.partitions.get(index);
        let led = partition.and_then(|partition| Some((partition.leader?, partition.leader_epoch)));
        let (leader, leader_epoch) =
            led.ok_or_else(|| refused(ResponseError::LeaderNotAvailable))?;
        let (topic, id) = (self.topic.clone(), self.id);
        Ok((
            leader,
            Source {
                topic,
                id,
                partition: self.partition,
                leader_epoch,
            },
        ))
    }

    async fn look_for_leader(&self) {
        if let Err(error) = self
            .cluster
            .refresh(std::slice::from_ref(&self.topic))
            .await
        {
            tracing::debug!(topic = %self.topic, %error, "cannot ask for the leader");
        }
    }

    /// Whether the log has the offset after all, as a new leader may say; if not, what it has.
    async fn check_range(&self, offset: i64, retries: &mut Retries) -> Result<(), ReadError> {
        self.look_for_leader().await;
        let [start, end] = self.log_range().await?;
        if (start..=end).contains(&offset) && retries.wait().await {
            return Ok(());
        }
        Err(self.out_of_range(offset, [start, end]))
    }

    /// The log does not reach to an offset.
    pub(super) async fn too_short(&self, offset: i64) -> ReadError {
        match self.log_range().await {
            Ok(range) => self.out_of_range(offset, range),
            Err(error) => error.into(),
        }
    }

    fn out_of_range(&self, offset: i64, [start, end]: [i64; 2]) -> ReadError {
        ReadError::OffsetOutOfRange {
            topic: self.topic.to_string(),
            partition: self.partition,
            offset,
            start,
            end,
        }
    }

    /// `max.block.ms`.
    pub(super) fn patience(&self) -> Duration {
        self.settings.client.max_block
    }

    async fn log_range(&self) -> Result<[i64; 2], TopicError> {
        let view = self.cluster.view();
        let unknown = || TopicError::Unknown {
            name: self.topic.to_string(),
            reason: None,
        };
        let topic = view.topic(&self.topic).ok_or_else(unknown)?;
        let mut bounds = [0; 2];
        for (bound, spec) in bounds
            .iter_mut()
            .zip([OffsetSpec::Earliest, OffsetSpec::Latest])
        {
            let found = list_offsets(&self.cluster, topic, &[self.partition], spec).await?;
            *bound = found.into_iter().sum();
        }
        Ok(bounds)
    }

    /// An error that did not go away: a topic that no broker knows is gone.
    fn explained(&self, error: TopicError) -> TopicError {
        match error {
            TopicError::Request(RequestError::Refused { api, code, message }) => {
                TopicError::refused(api, &self.topic, code, message)
            }
            error => error,
        }
    }
}

fn known_before(cluster: &Cluster, topic: &str, partition: i32) -> Option<Arc<TopicView>> {
    let view = cluster.view();
    let topic = view.topic(topic)?;
    topic.partitions.get(usize::try_from(partition).ok()?)?;
    Some(Arc::clone(topic))
}

async fn find(cluster: &Cluster, topic: &str) -> Result<Arc<TopicView>, TopicError> {
    let mut retries = Retries::new(cluster.settings());
    loop {
        match cluster.fresh_topic(topic).await {
            Err(error) if error.is_retriable() && retries.wait().await => {}
            outcome => return outcome,
        }
    }
}
