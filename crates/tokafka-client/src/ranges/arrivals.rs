//! Waits for records without looking for them again and again.

use super::fetch;
use crate::{
    cluster::{Cluster, View},
    error::RequestError,
    settings::{FetchSettings, IsolationLevel},
    wire::Api,
};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use kafka_protocol::{
    messages::{
        FetchRequest, FetchResponse, TopicName,
        fetch_request::{FetchPartition, FetchTopic},
    },
    protocol::StrBytes,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;

/// A connection of its own: a broker handles one request per connection at a time, and these wait long.
const SLOT: usize = usize::MAX - 17;

/// An offset of a partition of a topic.
pub type Position = (Arc<str>, i32, i64);

/// Waits until partitions grow: one request to each leader waits there for records.
///
/// A request that is not answered when the waiting ends is kept for the next time, so there is never more
/// than one at a broker.
pub struct Arrivals {
    cluster: Cluster,
    settings: FetchSettings,
    /// In a mutex that is never locked, so that this can be shared.
    asked: Mutex<FuturesUnordered<BoxFuture<'static, Told>>>,
    leaders: BTreeSet<i32>,
}

/// What a leader says of its partitions.
struct Told {
    leader: i32,
    ends: Result<Vec<Position>, RequestError>,
}

impl Arrivals {
    /// Asks nothing yet.
    pub fn new(cluster: &Cluster, settings: &FetchSettings) -> Self {
        Self {
            cluster: cluster.clone(),
            settings: settings.clone(),
            asked: Mutex::default(),
            leaders: BTreeSet::new(),
        }
    }

    /// Waits until a partition goes beyond its offset here, as readers with this isolation see it, or until
    /// it is to be looked at for another reason, such as another leader. False if nothing of it happened
    /// `within` the time. Topics that nobody asked for before, and partitions without a leader, are not
    /// waited for. Can be dropped.
    ///
    /// # Errors
    /// A leader does not answer.
    pub async fn wait(
        &mut self,
        ends: &[Position],
        within: Duration,
    ) -> Result<bool, RequestError> {
        let deadline = Instant::now() + within;
        loop {
            self.ask(ends, deadline - Instant::now());
            let told = match timeout_at(deadline, self.asked().next()).await {
                Ok(Some(told)) => told,
                Ok(None) => {
                    sleep_until(deadline).await;
                    return Ok(false);
                }
                Err(_elapsed) => return Ok(false),
            };
            self.leaders.remove(&told.leader);
            let known: BTreeMap<_, _> = ends.iter().map(|(t, p, end)| ((t, p), *end)).collect();
            let grew = |(topic, partition, end): &Position| {
                known
                    .get(&(topic, partition))
                    .is_some_and(|known| end > known)
            };
            if told.ends?.iter().any(grew) {
                return Ok(true);
            }
        }
    }

    fn asked(&mut self) -> &mut FuturesUnordered<BoxFuture<'static, Told>> {
        self.asked.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the leaders that are not asked already.
    fn ask(&mut self, ends: &[Position], wait: Duration) {
        let view = self.cluster.view();
        for (leader, partitions) in by_leader(&view, ends) {
            if !self.leaders.insert(leader) {
                continue;
            }
            let (cluster, settings) = (self.cluster.clone(), self.settings.clone());
            let asked = async move {
                let ends = ask_one(&cluster, &settings, (leader, &partitions), wait).await;
                Told { leader, ends }
            };
            self.asked().push(asked.boxed());
        }
    }
}

impl fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Arrivals");
        shown
            .field("leaders", &self.leaders)
            .finish_non_exhaustive()
    }
}

/// A partition as its leader is asked for it.
struct Asked {
    topic: Arc<str>,
    id: Uuid,
    partition: i32,
    leader_epoch: i32,
    offset: i64,
}

fn by_leader(view: &View, ends: &[Position]) -> BTreeMap<i32, Vec<Asked>> {
    let mut leaders: BTreeMap<i32, Vec<Asked>> = BTreeMap::new();
    for (name, partition, offset) in ends {
        let topic = view.topic(name);
        let index = usize::try_from(*partition).unwrap_or(usize::MAX);
        let found = topic.and_then(|topic| Some((topic, topic.partitions.get(index)?)));
        if let Some((topic, at)) = found
            && let Some(leader) = at.leader
        {
            leaders.entry(leader).or_default().push(Asked {
                topic: name.clone(),
                id: topic.id,
                partition: *partition,
                leader_epoch: at.leader_epoch,
                offset: *offset,
            });
        }
    }
    leaders
}

async fn ask_one(
    cluster: &Cluster,
    settings: &FetchSettings,
    (leader, partitions): (i32, &[Asked]),
    wait: Duration,
) -> Result<Vec<Position>, RequestError> {
    let connection = cluster.connection(leader, SLOT).await?;
    let ids = partitions.iter().map(|asked| asked.id);
    let named = ids.min().unwrap_or_default();
    let versions = fetch::versions(named);
    let version = connection.version(FetchRequest::API, FetchRequest::NAME, versions)?;
    let request = request(settings, partitions, wait, version);
    let response = connection.call(version, &request).await?;
    Ok(ends(&response, partitions, settings.isolation))
}

/// As few bytes as there can be, as soon as there are any: a batch of the first partition that has one.
fn request(
    settings: &FetchSettings,
    partitions: &[Asked],
    wait: Duration,
    version: i16,
) -> FetchRequest {
    let mut topics: BTreeMap<(Arc<str>, Uuid), Vec<FetchPartition>> = BTreeMap::new();
    for asked in partitions {
        let partition = FetchPartition::default()
            .with_partition(asked.partition)
            .with_current_leader_epoch(asked.leader_epoch)
            .with_fetch_offset(asked.offset)
            .with_partition_max_bytes(1);
        let topic = topics.entry((asked.topic.clone(), asked.id)).or_default();
        topic.push(partition);
    }
    let topics = topics.into_iter().map(|((name, id), partitions)| {
        let topic = FetchTopic::default().with_partitions(partitions);
        match version >= fetch::BY_ID {
            true => topic.with_topic_id(id),
            false => topic.with_topic(TopicName(StrBytes::from_string(name.to_string()))),
        }
    });
    let wait = wait.min(settings.client.request_timeout / 2);
    FetchRequest::default()
        .with_max_wait_ms(i32::try_from(wait.as_millis()).unwrap_or(i32::MAX))
        .with_min_bytes(1)
        .with_max_bytes(1)
        .with_isolation_level(fetch::isolation_level(settings.isolation))
        .with_topics(topics.collect())
}

/// Where the partitions end; one with an error is to be looked at, wherever it ends.
fn ends(
    response: &FetchResponse,
    partitions: &[Asked],
    isolation: IsolationLevel,
) -> Vec<Position> {
    let mut ends = Vec::new();
    for topic in &response.responses {
        for partition in &topic.partitions {
            let asked = partitions.iter().find(|asked| {
                let same = *topic.topic.0 == *asked.topic
                    || (!asked.id.is_nil() && topic.topic_id == asked.id);
                same && asked.partition == partition.partition_index
            });
            let end = match (partition.error_code, isolation) {
                (0, IsolationLevel::ReadUncommitted) => partition.high_watermark,
                (0, IsolationLevel::ReadCommitted) => partition.last_stable_offset,
                _ => i64::MAX,
            };
            ends.extend(asked.map(|asked| (asked.topic.clone(), asked.partition, end)));
        }
    }
    ends
}
