use super::{
    fetch::{self, Answer, Source},
    page::{FetchedRecords, Page},
};
use crate::{
    batch::{BatchHeader, StoredBatch},
    cluster::{Cluster, TopicView},
    error::{BatchError, ReadError, RequestError, ResponseError, TopicError},
    offsets::{Bound, EARLIEST, LATEST, list_offsets},
    retry::Retries,
    settings::FetchSettings,
    wire::Api,
};
use kafka_protocol::messages::FetchRequest;
use std::{ops::Range, sync::Arc};
use uuid::Uuid;

/// Connections to a broker over which readers are spread: a broker handles one request per
/// connection at a time, and one that waits for records would hold up the others.
const SLOTS: usize = 16;
const FIRST_SLOT: usize = usize::MAX - SLOTS;

/// Reads the records of `[start, end)` of one partition, batch by batch.
///
/// Offsets that the log does not have, because of compaction, markers or aborted transactions, are
/// passed over. Where the range goes beyond the log, the reader waits for records. Holds one answer
/// of the broker and one decompressed batch at a time; the latter may have
/// `tokafka.max.response.bytes`.
#[derive(Debug)]
pub struct RangeReader {
    cluster: Cluster,
    settings: FetchSettings,
    topic: Arc<str>,
    id: Uuid,
    partition: i32,
    position: i64,
    end: i64,
    page: Page,
    /// Where the page begins.
    asked_for: i64,
}

/// What is made of a batch; it moves the position on.
type ReadBatch<T> = fn(&mut RangeReader, &StoredBatch) -> Result<Option<T>, BatchError>;

impl RangeReader {
    /// Finds the partition; reads nothing yet. With an end of `i64::MAX` the reader follows the
    /// partition and never ends. What is temporary is tried again for up to `max.block.ms`.
    pub async fn open(
        cluster: &Cluster,
        settings: &FetchSettings,
        topic: &str,
        partition: i32,
        range: Range<i64>,
    ) -> Result<Self, ReadError> {
        let topic = find(cluster, topic).await?;
        let count = topic.partitions.len();
        if !usize::try_from(partition).is_ok_and(|partition| partition < count) {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            let name = topic.name.to_string();
            return Err(TopicError::NoSuchPartition {
                name,
                partition,
                count,
            }
            .into());
        }
        Ok(Self {
            cluster: cluster.clone(),
            settings: settings.clone(),
            topic: topic.name.clone(),
            id: topic.id,
            partition,
            position: range.start,
            end: range.end,
            page: Page::nothing(),
            asked_for: range.start,
        })
    }

    /// The next records, at least one; `None` at the end. After an error, the next call tries the
    /// same offset again. Dropping the call loses no records.
    pub async fn next(&mut self) -> Result<Option<FetchedRecords>, ReadError> {
        self.next_of(Self::read_batch).await
    }

    /// The header of the next batch, whoever wrote it, control batches included. Its records are
    /// passed over, unchecked.
    pub(crate) async fn next_header(&mut self) -> Result<Option<BatchHeader>, ReadError> {
        self.next_of(Self::read_header).await
    }

    /// What `read` makes of the next batches, until it makes something.
    async fn next_of<T>(&mut self, read: ReadBatch<T>) -> Result<Option<T>, ReadError> {
        while self.position < self.end {
            if let Some(found) = self.read_page(read)? {
                return Ok(Some(found));
            }
            if self.position < self.end {
                self.page = self.fetch().await?;
                self.asked_for = self.position;
            }
            if self.page.shows_nothing_before(self.end) {
                self.position = self.end;
            }
        }
        Ok(None)
    }

    /// The offset that is read next: all below were given out, or will never be.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// The next records of the answer that is at hand. An error leaves nothing of it.
    fn read_page<T>(&mut self, read: ReadBatch<T>) -> Result<Option<T>, ReadError> {
        while let Some(batch) = self.page.next_batch() {
            let found = batch.and_then(|batch| read(self, &batch));
            let found = found.map_err(|error| self.unreadable(error))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let page = std::mem::replace(&mut self.page, Page::nothing());
        if page.had_bytes() && self.position == self.asked_for {
            let error = BatchError::Malformed("the answer holds no whole batch from the offset on");
            return Err(self.unreadable(error));
        }
        Ok(None)
    }

    fn read_batch(&mut self, batch: &StoredBatch) -> Result<Option<FetchedRecords>, BatchError> {
        if batch.header.base_offset >= self.end {
            self.position = self.end;
            return Ok(None);
        }
        let limit = self.settings.client.max_response_size;
        let records = self.page.read(batch, self.position..self.end, limit)?;
        self.pass(&batch.header);
        Ok(records)
    }

    fn read_header(&mut self, batch: &StoredBatch) -> Result<Option<BatchHeader>, BatchError> {
        let is_before = batch.header.last_offset() < self.position;
        let is_after = batch.header.base_offset >= self.end;
        if is_after {
            self.position = self.end;
        } else {
            self.pass(&batch.header);
        }
        Ok((!is_before && !is_after).then_some(batch.header))
    }

    fn pass(&mut self, batch: &BatchHeader) {
        let next = batch.last_offset().saturating_add(1);
        self.position = self.position.max(next.min(self.end));
    }

    fn unreadable(&mut self, error: BatchError) -> ReadError {
        self.page = Page::nothing();
        ReadError::Batch {
            topic: self.topic.to_string(),
            partition: self.partition,
            offset: self.position,
            error,
        }
    }

    /// Changes nothing but what is known of the cluster, and so may be dropped.
    async fn fetch(&self) -> Result<Page, ReadError> {
        let mut retries = Retries::new(self.cluster.settings());
        loop {
            match self.fetch_once().await {
                Ok(Answer::Page(page)) => return Ok(page),
                Ok(Answer::OutOfRange) => self.check_range(&mut retries).await?,
                Err(error) if error.is_retriable() && retries.wait().await => {
                    self.look_for_leader().await;
                }
                Err(error) => return Err(self.explained(error).into()),
            }
        }
    }

    async fn fetch_once(&self) -> Result<Answer, TopicError> {
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
        let request = fetch::request(&source, self.position, &self.settings, version);
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
    async fn check_range(&self, retries: &mut Retries) -> Result<(), ReadError> {
        self.look_for_leader().await;
        let view = self.cluster.view();
        let unknown = || TopicError::Unknown {
            name: self.topic.to_string(),
            reason: None,
        };
        let topic = view.topic(&self.topic).ok_or_else(unknown)?;
        let [start, end] = self.log_range(topic).await?;
        if (start..=end).contains(&self.position) && retries.wait().await {
            return Ok(());
        }
        Err(ReadError::OffsetOutOfRange {
            topic: self.topic.to_string(),
            partition: self.partition,
            offset: self.position,
            start,
            end,
        })
    }

    async fn log_range(&self, topic: &TopicView) -> Result<[i64; 2], TopicError> {
        let mut bounds = [0; 2];
        for (bound, timestamp) in bounds.iter_mut().zip([EARLIEST, LATEST]) {
            let found = list_offsets(
                &self.cluster,
                topic,
                &[self.partition],
                timestamp,
                Bound::Visible,
            )
            .await?;
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

async fn find(cluster: &Cluster, topic: &str) -> Result<Arc<TopicView>, TopicError> {
    let mut retries = Retries::new(cluster.settings());
    loop {
        match cluster.fresh_topic(topic).await {
            Err(error) if error.is_retriable() && retries.wait().await => {}
            outcome => return outcome,
        }
    }
}
