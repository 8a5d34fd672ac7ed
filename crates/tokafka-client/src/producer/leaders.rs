//! Which broker leads a lane's partition.

use std::{collections::BTreeSet, sync::Arc};

use tokio::time::Instant;

use super::{
    DeliveryCause,
    driver::{Driver, Event},
    lane::Break,
    request::{Part, TopicKey},
    timers::{Due, LaneId},
};
use crate::{cluster::View, error::RequestError};

/// Lanes that wait for a leader, and the search for it: one metadata request at a time for all.
#[derive(Debug, Default)]
pub(super) struct Leaders {
    waiting: BTreeSet<LaneId>,
    refreshing: bool,
    failures: u32,
    not_before: Option<Instant>,
}

impl Driver {
    /// Forgets a lane's leader and looks for it anew.
    pub(super) fn lose_leader(&mut self, id: LaneId) {
        if let Some(route) = self.routes.get_mut(id) {
            route.leader = None;
        }
        self.seek_leader(id);
    }

    pub(super) fn seek_leader(&mut self, id: LaneId) {
        self.leaders.waiting.insert(id);
        self.find_leaders();
    }

    /// Takes the leader that the refusal of `part` named, unless following such words has not helped
    /// before: two brokers that name each other must not be asked in turn without a pause.
    pub(super) fn follow_hint(&mut self, part: &Part, refused_by: i32) {
        let leader = leader_in(&self.cluster.view(), &part.topic.name, part.partition);
        let Some(route) = self.routes.get_mut(part.lane) else {
            return;
        };
        if leader.is_some_and(|leader| leader != refused_by) && route.failures == 0 {
            route.leader = leader;
            route.failures = 1;
        }
    }

    /// Asks for metadata if lanes wait for a leader and nobody is asking yet.
    pub(super) fn find_leaders(&mut self) {
        let is_early = self
            .leaders
            .not_before
            .is_some_and(|time| Instant::now() < time);
        if self.leaders.refreshing || self.leaders.waiting.is_empty() || is_early {
            return;
        }
        self.leaders.refreshing = true;
        let routes = self
            .leaders
            .waiting
            .iter()
            .filter_map(|id| self.routes.get(*id));
        let names: BTreeSet<Arc<str>> =
            routes.map(|route| Arc::clone(route.topic.name())).collect();
        let names: Vec<Arc<str>> = names.into_iter().collect();
        let cluster = self.cluster.clone();
        let refresh = async move { Event::Refreshed(cluster.refresh(&names).await) };
        self.events.push(Box::pin(refresh));
    }

    pub(super) fn refreshed(&mut self, result: Result<Arc<View>, RequestError>) {
        self.leaders.refreshing = false;
        for id in std::mem::take(&mut self.leaders.waiting) {
            match &result {
                Ok(view) => self.lead(id, view),
                Err(error) => self.wait_for_leader(id, error.to_string()),
            }
        }
        if self.leaders.waiting.is_empty() {
            self.leaders.failures = 0;
            self.leaders.not_before = None;
            return;
        }
        self.leaders.failures = self.leaders.failures.saturating_add(1);
        let time = Instant::now() + self.policy.backoff.after(self.leaders.failures);
        self.leaders.not_before = Some(time);
        self.timers.set(time, Due::FindLeaders);
    }

    /// Ends the lanes of topics that were made again. A broker that takes topics by name does not say
    /// so: it appends to the new one.
    pub(super) fn check_topics(&mut self, parts: &[Part]) {
        let view = self.cluster.view();
        for part in parts {
            if is_made_again(&view, &part.topic) {
                self.topic_recreated(part.lane);
            }
        }
    }

    pub(super) fn topic_recreated(&mut self, id: LaneId) {
        self.break_lane(id, Break::PartitionLost, &DeliveryCause::TopicRecreated);
    }

    fn wait_for_leader(&mut self, id: LaneId, failure: String) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        if !route.lane.is_empty() {
            route.last_failure = Some(failure);
            self.leaders.waiting.insert(id);
        }
    }

    /// Points a lane to the leader that a fresh view names.
    fn lead(&mut self, id: LaneId, view: &View) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        let Some(topic) = view.topic(route.topic.name()) else {
            return self.wait_for_leader(id, "the cluster does not know the topic".to_owned());
        };
        if topic.is_another(route.topic.id()) {
            return self.topic_recreated(id);
        }
        let partition = usize::try_from(route.partition).ok();
        let Some(partition) = partition.and_then(|index| topic.partitions.get(index)) else {
            return self.break_lane(id, Break::PartitionLost, &DeliveryCause::PartitionGone);
        };
        route.leader = partition.leader;
        if route.leader.is_none() {
            return self.wait_for_leader(id, "the partition has no leader".to_owned());
        }
        self.schedule(id);
    }
}

/// The leader of a partition, if the view knows it.
pub(super) fn leader_in(view: &View, topic: &str, partition: i32) -> Option<i32> {
    let index = usize::try_from(partition).ok()?;
    view.topic(topic)?.partitions.get(index)?.leader
}

/// True if the view knows another topic of this name.
pub(super) fn is_made_again(view: &View, expected: &TopicKey) -> bool {
    view.topic(&expected.name)
        .is_some_and(|topic| topic.is_another(expected.id))
}

#[cfg(test)]
mod tests {
    use tokafka_devbroker::{DevBroker, DevBrokerConfig};

    use super::*;
    use crate::{
        cluster::LeaderHint,
        producer::{
            Producer,
            lane::{Attempt, Identity},
        },
        settings::{ProducerSettings, Properties},
    };

    /// A driver with one lane, whose leader is node 1. The broker stays up as long as it is held.
    async fn driver() -> (DevBroker, Driver, Part) {
        let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
        broker.create_topic("t", 1);
        let mut properties = Properties::new();
        properties.set("bootstrap.servers", &broker.bootstrap());
        let settings = ProducerSettings::from_properties(&properties).unwrap();
        let producer = Producer::connect(settings.clone()).await.unwrap();
        let topic = producer.topic("t").await.unwrap();
        let (cluster, buffers) = (producer.cluster().clone(), producer.buffers().clone());
        let mut driver = Driver::new(cluster, &settings, Identity::Anonymous, buffers);
        let key = topic.key().clone();
        let lane = driver.lane_of(topic, 0);
        let part = Part {
            lane,
            attempt: Attempt::first(),
            topic: key,
            partition: 0,
        };
        (broker, driver, part)
    }

    fn name_leader(driver: &Driver, part: &Part, leader: i32, leader_epoch: i32) {
        let topic = Arc::clone(&part.topic.name);
        let endpoint = driver.cluster.settings().bootstrap_servers.first().cloned();
        let hint = LeaderHint {
            topic,
            partition: 0,
            leader,
            leader_epoch,
            endpoint,
        };
        driver.cluster.learn(&[hint]);
    }

    fn leader(driver: &Driver, part: &Part) -> Option<i32> {
        driver.routes.get(part.lane).unwrap().leader
    }

    #[tokio::test]
    async fn the_leader_that_a_refusal_names_is_followed() {
        let (_broker, mut driver, part) = driver().await;
        assert_eq!(leader(&driver, &part), Some(1));
        name_leader(&driver, &part, 2, 1);
        driver.follow_hint(&part, 1);
        assert_eq!(leader(&driver, &part), Some(2));
    }

    #[tokio::test]
    async fn brokers_that_name_each_other_are_not_followed_to_and_fro() {
        let (_broker, mut driver, part) = driver().await;
        name_leader(&driver, &part, 2, 1);
        driver.follow_hint(&part, 1);
        name_leader(&driver, &part, 1, 2);
        driver.follow_hint(&part, 2);
        assert_eq!(leader(&driver, &part), Some(2));
    }

    #[tokio::test]
    async fn a_broker_that_names_itself_is_not_followed() {
        let (_broker, mut driver, part) = driver().await;
        name_leader(&driver, &part, 1, 1);
        driver.follow_hint(&part, 1);
        assert_eq!(driver.routes.get(part.lane).unwrap().failures, 0);
    }
}
