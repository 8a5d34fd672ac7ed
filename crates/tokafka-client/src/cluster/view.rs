//! What is known of a cluster.

use std::{collections::HashMap, sync::Arc};

use uuid::Uuid;

use crate::settings::Endpoint;

/// A topic and the leaders of its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicView {
    /// Its name.
    pub name: Arc<str>,
    /// Its id; nil if the broker is older than Kafka 2.8.
    pub id: Uuid,
    /// Its partitions, in their order.
    pub partitions: Vec<PartitionView>,
}

impl TopicView {
    /// True if this topic has another id than `id`, and both are known: it was made again since.
    pub(crate) fn is_another(&self, id: Uuid) -> bool {
        !id.is_nil() && !self.id.is_nil() && self.id != id
    }
}

/// A partition and its leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionView {
    /// Node id of the leader, if there is one that can be reached.
    pub leader: Option<i32>,
    /// The leader's epoch; -1 if it is not known.
    pub leader_epoch: i32,
}

/// What is known of the cluster at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// Where brokers can be reached, by node id.
    pub(crate) brokers: HashMap<i32, Endpoint>,
    /// Topics that were asked for.
    pub(crate) topics: HashMap<Arc<str>, Arc<TopicView>>,
    /// Node id of the controller, or of whom forwards to it.
    pub(crate) controller: Option<i32>,
}

/// The leader that a produce or fetch response names beside its error (KIP-951).
#[derive(Clone, Debug)]
pub(crate) struct LeaderHint {
    /// The topic.
    pub(crate) topic: Arc<str>,
    /// The partition.
    pub(crate) partition: i32,
    /// Node id of the new leader.
    pub(crate) leader: i32,
    /// Its epoch.
    pub(crate) leader_epoch: i32,
    /// Where it can be reached, if the response says so.
    pub(crate) endpoint: Option<Endpoint>,
}

impl View {
    /// A topic that was asked for and found.
    pub(crate) fn topic(&self, name: &str) -> Option<&Arc<TopicView>> {
        self.topics.get(name)
    }

    /// Takes in a topic from a metadata answer. What is already known of a partition stays if it
    /// belongs to a newer epoch: answers of different brokers overtake each other (KIP-320).
    pub(super) fn merge_topic(&mut self, mut fresh: TopicView) {
        if let Some(known) = self
            .topics
            .get(&fresh.name)
            .filter(|known| known.id == fresh.id)
        {
            for (partition, known) in fresh.partitions.iter_mut().zip(&known.partitions) {
                if partition.leader_epoch >= 0 && partition.leader_epoch < known.leader_epoch {
                    *partition = *known;
                }
            }
        }
        self.topics.insert(fresh.name.clone(), Arc::new(fresh));
    }

    /// Takes in a leader that an answer named. False if it says nothing new, or names a broker that
    /// nobody knows how to reach.
    pub(super) fn learn(&mut self, hint: &LeaderHint) -> bool {
        let reachable = hint.endpoint.is_some() || self.brokers.contains_key(&hint.leader);
        let Some(topic) = self.topics.get_mut(&hint.topic).filter(|_| reachable) else {
            return false;
        };
        let index = usize::try_from(hint.partition).unwrap_or(usize::MAX);
        let known = topic
            .partitions
            .get(index)
            .map(|partition| partition.leader_epoch);
        if known.is_none_or(|epoch| hint.leader_epoch <= epoch) {
            return false;
        }
        if let Some(partition) = Arc::make_mut(topic).partitions.get_mut(index) {
            partition.leader = Some(hint.leader);
            partition.leader_epoch = hint.leader_epoch;
        }
        if let Some(endpoint) = &hint.endpoint {
            self.brokers.insert(hint.leader, endpoint.clone());
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(1);

    fn topic(id: Uuid, partitions: &[(i32, i32)]) -> TopicView {
        let partition = |&(leader, leader_epoch): &_| PartitionView {
            leader: Some(leader),
            leader_epoch,
        };
        TopicView {
            name: "t".into(),
            id,
            partitions: partitions.iter().map(partition).collect(),
        }
    }

    fn endpoint(port: u16) -> Endpoint {
        Endpoint {
            host: "h".into(),
            port,
        }
    }

    fn view() -> View {
        let brokers = [(1, endpoint(1)), (2, endpoint(2))].into();
        let mut view = View {
            brokers,
            ..View::default()
        };
        view.merge_topic(topic(ID, &[(1, 5), (1, 5)]));
        view
    }

    fn leaders(view: &View) -> Vec<(i32, i32)> {
        let partitions = view.topic("t").unwrap().partitions.iter();
        partitions
            .map(|partition| (partition.leader.unwrap(), partition.leader_epoch))
            .collect()
    }

    fn hint(leader: i32, leader_epoch: i32, endpoint: Option<Endpoint>) -> LeaderHint {
        LeaderHint {
            topic: "t".into(),
            partition: 1,
            leader,
            leader_epoch,
            endpoint,
        }
    }

    #[test]
    fn an_answer_changes_only_partitions_of_which_nothing_newer_is_known() {
        let mut view = view();
        view.merge_topic(topic(ID, &[(2, 4), (2, 6)]));
        assert_eq!(leaders(&view), [(1, 5), (2, 6)]);
    }

    #[test]
    fn partitions_that_were_added_appear() {
        let mut view = view();
        view.merge_topic(topic(ID, &[(1, 5), (1, 5), (2, 0)]));
        assert_eq!(leaders(&view), [(1, 5), (1, 5), (2, 0)]);
    }

    #[test]
    fn an_unknown_epoch_replaces_what_is_known() {
        let mut view = view();
        view.merge_topic(topic(ID, &[(2, -1), (2, -1)]));
        assert_eq!(leaders(&view), [(2, -1), (2, -1)]);
    }

    #[test]
    fn a_topic_that_was_made_anew_starts_with_its_own_epochs() {
        let mut view = view();
        view.merge_topic(topic(Uuid::from_u128(2), &[(2, 0)]));
        assert_eq!(leaders(&view), [(2, 0)]);
    }

    #[test]
    fn a_hint_counts_only_if_its_epoch_is_newer() {
        let mut view = view();
        assert!(!view.learn(&hint(2, 5, None)));
        assert_eq!(leaders(&view), [(1, 5), (1, 5)]);
        assert!(view.learn(&hint(2, 6, None)));
        assert_eq!(leaders(&view), [(1, 5), (2, 6)]);
    }

    #[test]
    fn a_hint_to_a_new_broker_needs_its_address() {
        let mut view = view();
        assert!(!view.learn(&hint(3, 6, None)));
        assert!(view.learn(&hint(3, 6, Some(endpoint(3)))));
        assert_eq!(view.brokers[&3], endpoint(3));
        assert_eq!(leaders(&view), [(1, 5), (3, 6)]);
    }

    #[test]
    fn a_hint_for_a_partition_that_does_not_exist_is_ignored() {
        let mut view = view();
        let before = view.clone();
        for partition in [-1, 2, i32::MAX] {
            assert!(!view.learn(&LeaderHint {
                partition,
                ..hint(2, 9, None)
            }));
        }
        assert_eq!(view, before);
    }

    #[test]
    fn an_unknown_topic_id_is_no_other_topic() {
        let is_another = |expected, found| {
            let view = TopicView {
                name: "t".into(),
                id: Uuid::from_u128(found),
                partitions: Vec::new(),
            };
            view.is_another(Uuid::from_u128(expected))
        };
        assert!(is_another(1, 2));
        assert!(!is_another(1, 1));
        assert!(!is_another(0, 2));
        assert!(!is_another(1, 0));
    }
}
