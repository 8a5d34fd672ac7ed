//! What a test asks of a cluster besides serving clients: faults, topics, logs, limits.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::{ResponseError, messages::ApiKey};

use crate::{
    DevBroker, Fault, StoredRecord,
    log::{Partition, RawBatch, decode_batch},
};

/// Faults, and what waits because of them.
impl DevBroker {
    /// Adds a fault behind those that are there already.
    pub fn inject(&self, fault: Fault) {
        self.cluster.faults.inject(fault);
    }

    /// Takes all faults back. What is held stays so.
    pub fn clear_faults(&self) {
        self.cluster.faults.clear();
    }

    /// How many requests and answers are held.
    pub fn held(&self) -> usize {
        self.cluster.holds.count()
    }

    /// Lets one go of those that are held, counted from the oldest, 0.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn release(&self, index: usize) {
        let released = self.cluster.holds.release(index);
        assert!(released, "only {} are held, not {index}", self.held());
    }

    /// Lets all go that are held.
    pub fn release_all(&self) {
        self.cluster.holds.release_all();
    }

    /// Limits what all clients together produce (`producer_byte_rate`); `None` for no limit.
    /// Connections over it are throttled (KIP-219).
    pub fn set_produce_quota(&self, bytes_per_second: Option<u32>) {
        self.cluster.quota.set(bytes_per_second);
    }

    /// Forgets all sequences, as a broker that lost its state.
    pub fn forget_producers(&self) {
        self.each_partition(|partition| partition.producers_mut().forget());
    }

    /// Forgets all sequences but those of each producer's last batch, as a broker that restarted.
    pub fn forget_older_batches(&self) {
        self.each_partition(|partition| partition.producers_mut().keep_last_batches());
    }

    /// Requests received whole, by kind, those that met a fault too.
    pub fn request_count(&self, api: ApiKey) -> u64 {
        self.cluster.request_count(api)
    }

    /// The offsets that clients noted in a consumer group, by topic and partition.
    pub fn group_offsets(&self, group: &str) -> BTreeMap<(String, i32), i64> {
        self.cluster.groups().offsets(group)
    }

    fn each_partition(&self, change: impl FnMut(&mut Partition)) {
        self.cluster.topics().partitions_mut().for_each(change);
    }
}

/// Topics and their leaders.
impl DevBroker {
    /// Makes a topic with default configuration. One that exists is left as it is.
    ///
    /// # Panics
    ///
    /// If Kafka would not allow the name or the number of partitions.
    pub fn create_topic(&self, name: &str, partitions: i32) {
        let rules = self.cluster.default_rules();
        let refused = self.cluster.topics().create(name, partitions, rules).err();
        let refused = refused.filter(|refusal| refusal.error != ResponseError::TopicAlreadyExists);
        assert!(
            refused.is_none(),
            "topic '{name}' with {partitions} partitions: {refused:?}"
        );
    }

    /// Deletes a topic with its logs. Made again, it has another id.
    ///
    /// # Panics
    ///
    /// If there is no such topic.
    pub fn delete_topic(&self, name: &str) {
        let deleted = self.cluster.topics().delete(name);
        assert!(deleted.is_some(), "no topic '{name}'");
        self.cluster.changed.notify_waiters();
    }

    /// Adds partitions until a topic has so many.
    ///
    /// # Panics
    ///
    /// If there is no such topic.
    pub fn grow_topic(&self, name: &str, partitions: i32) {
        let grown = self.cluster.topics().grow(name, partitions);
        assert!(grown, "no topic '{name}'");
    }

    /// Lets no client write to a topic any more, as an ACL that allows to describe and read it.
    ///
    /// # Panics
    ///
    /// If there is no such topic.
    pub fn forbid_writing(&self, name: &str) {
        let forbidden = self.cluster.topics().set_writable(name, false);
        assert!(forbidden, "no topic '{name}'");
    }

    /// The node that leads a partition.
    ///
    /// # Panics
    ///
    /// If there is no such partition.
    pub fn leader(&self, topic: &str, partition: i32) -> i32 {
        let topics = self.cluster.topics();
        let leader = topics
            .partition(topic, partition)
            .map(|log| log.leader.node);
        assert!(leader.is_some(), "no partition {topic}-{partition}");
        leader.unwrap_or_default()
    }

    /// Makes a node lead a partition, in the next leader epoch. It has the whole log, and knows of
    /// producers what its predecessor knew.
    ///
    /// # Panics
    ///
    /// If there is no such partition or node.
    pub fn move_leader(&self, topic: &str, partition: i32, node: i32) {
        assert!(self.cluster.endpoint(node).is_some(), "no node {node}");
        self.change(topic, partition, |log| {
            log.leader = log.leader.followed_by(node);
        });
    }

    fn change(&self, topic: &str, partition: i32, change: impl FnOnce(&mut Partition)) {
        let mut topics = self.cluster.topics();
        let changed = topics.partition_mut(topic, partition).map(change);
        assert!(changed.is_some(), "no partition {topic}-{partition}");
        self.cluster.changed.notify_waiters();
    }
}

/// Logs.
impl DevBroker {
    /// The log of a partition, decompressed; empty if there is none. Control batches and message
    /// sets of old formats are left out.
    pub fn records(&self, topic: &str, partition: i32) -> Vec<StoredRecord> {
        self.batches(topic, partition)
            .iter()
            .flat_map(decode_batch)
            .collect()
    }

    /// The batches of a partition as they lie in the log.
    pub fn batches(&self, topic: &str, partition: i32) -> Vec<Bytes> {
        let topics = self.cluster.topics();
        topics
            .partition(topic, partition)
            .into_iter()
            .flat_map(Partition::batches)
            .cloned()
            .collect()
    }

    /// Puts a batch into a log as it is, at the offsets that it says: one record batch, a control
    /// batch too, or a message set of format 0 or 1. Offsets may be left out before it, as by
    /// compaction. Nothing is checked, but the broker learns from it: the sequences of its producer,
    /// the start and end of transactions.
    ///
    /// # Panics
    ///
    /// If there is no such partition, if no offsets can be read from the batch, or if they are in
    /// the log already.
    pub fn append_raw(&self, topic: &str, partition: i32, batch: &Bytes) {
        let raw = RawBatch::parse(batch);
        let mut topics = self.cluster.topics();
        let end = topics
            .partition(topic, partition)
            .map(Partition::end_offset);
        let fits = raw.filter(|raw| end.is_some_and(|end| raw.base_offset >= end));
        let appended = fits.and_then(|raw| topics.append_raw(topic, partition, &raw));
        assert!(
            appended.is_some(),
            "{topic}-{partition}, which ends at {end:?}, cannot take the batch"
        );
        self.cluster.changed.notify_waiters();
    }

    /// Drops what lies at or after an offset, whole batches, and what was known of its producers: as
    /// when a leader is elected that did not have it.
    ///
    /// # Panics
    ///
    /// If there is no such partition.
    pub fn truncate(&self, topic: &str, partition: i32, offset: i64) {
        let truncated = self.cluster.topics().truncate(topic, partition, offset);
        assert!(truncated.is_some(), "no partition {topic}-{partition}");
    }
}
