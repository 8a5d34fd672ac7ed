//! The topics of the broker and the memory that their batches take.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    ops::Range,
};

use kafka_protocol::ResponseError;
use uuid::Uuid;

use crate::{
    DevBrokerConfig,
    cluster::FIRST_NODE,
    log::{Appended, CheckedBatch, Partition, RawBatch, Rules},
    refusal::Refusal,
};

/// Longest topic name (`Topic.MAX_NAME_LENGTH` of Kafka).
const MAX_NAME_LENGTH: usize = 249;
/// Most partitions of one topic (`ReplicationControlManager.MAX_PARTITIONS_PER_BATCH` of Kafka).
const MAX_PARTITIONS: i32 = 10_000;
/// The first half of every topic id; the second counts topics.
const ID_STEM: u64 = u64::from_be_bytes(*b"tokafka\0");

/// A topic and the logs of its partitions.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) id: Uuid,
    pub(crate) rules: Rules,
    /// Whether clients may write to it.
    pub(crate) writable: bool,
    pub(crate) partitions: Vec<Partition>,
}

impl Topic {
    /// The partition with this index.
    pub(crate) fn partition(&self, index: i32) -> Option<&Partition> {
        self.partitions.get(usize::try_from(index).ok()?)
    }
}

/// All topics. Batches are dropped, oldest first, when they exceed `retention_bytes` together.
#[derive(Debug)]
pub(crate) struct Topics {
    nodes: i32,
    created: u64,
    by_name: BTreeMap<String, Topic>,
    names: HashMap<Uuid, String>,
    retention_bytes: usize,
    held_bytes: usize,
    /// The partition of every batch held, in the order in which they were appended.
    append_order: VecDeque<(Uuid, usize)>,
}

impl Topics {
    pub(crate) fn new(config: &DevBrokerConfig) -> Self {
        Self {
            nodes: config.nodes,
            created: 0,
            by_name: BTreeMap::new(),
            names: HashMap::new(),
            retention_bytes: config.retention_bytes,
            held_bytes: 0,
            append_order: VecDeque::new(),
        }
    }

    /// Checks what [`Self::create`] would check.
    pub(crate) fn check_new(&self, name: &str, partitions: i32) -> Result<(), Refusal> {
        check_name(name)?;
        if self.by_name.contains_key(name) {
            let message = format!("Topic '{name}' already exists.");
            return Err(Refusal::new(ResponseError::TopicAlreadyExists, message));
        }
        if let Some(other) = self.by_name.keys().find(|other| collide(other, name)) {
            let message = format!("Topic '{name}' collides with existing topic: {other}");
            return Err(Refusal::new(ResponseError::InvalidTopicException, message));
        }
        match partitions {
            ..=0 => Err(Refusal::new(
                ResponseError::InvalidPartitions,
                "Number of partitions was set to an invalid non-positive value.",
            )),
            1..=MAX_PARTITIONS => Ok(()),
            _ => Err(Refusal::new(
                ResponseError::PolicyViolation,
                format!("Excessively large number of partitions: at most {MAX_PARTITIONS}"),
            )),
        }
    }

    /// Makes a topic with empty partitions.
    pub(crate) fn create(
        &mut self,
        name: &str,
        partitions: i32,
        rules: Rules,
    ) -> Result<Uuid, Refusal> {
        self.check_new(name, partitions)?;
        self.created += 1;
        let id = Uuid::from_u64_pair(ID_STEM, self.created);
        let partitions = led_in_turn(0..partitions, self.nodes).collect();
        self.by_name.insert(
            name.to_owned(),
            Topic {
                id,
                rules,
                writable: true,
                partitions,
            },
        );
        self.names.insert(id, name.to_owned());
        Ok(id)
    }

    /// Adds empty partitions until a topic has so many; false if there is no such topic.
    pub(crate) fn grow(&mut self, name: &str, partitions: i32) -> bool {
        let Some(topic) = self.by_name.get_mut(name) else {
            return false;
        };
        let there = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
        topic
            .partitions
            .extend(led_in_turn(there..partitions, self.nodes));
        true
    }

    /// Deletes a topic with all its batches; its id, or `None` if there is no such topic.
    pub(crate) fn delete(&mut self, name: &str) -> Option<Uuid> {
        let topic = self.by_name.remove(name)?;
        self.names.remove(&topic.id);
        self.append_order.retain(|(id, _)| *id != topic.id);
        self.held_bytes -= topic.partitions.iter().map(Partition::bytes).sum::<usize>();
        Some(topic.id)
    }

    /// Says whether clients may write to a topic; false if there is none.
    pub(crate) fn set_writable(&mut self, name: &str, writable: bool) -> bool {
        let topic = self.by_name.get_mut(name);
        topic.map(|topic| topic.writable = writable).is_some()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Topic> {
        self.by_name.get(name)
    }

    pub(crate) fn partition(&self, name: &str, index: i32) -> Option<&Partition> {
        self.get(name)?.partition(index)
    }

    /// The name of the topic with this id.
    pub(crate) fn name_of(&self, id: Uuid) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// Names in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.by_name.keys()
    }

    /// Appends a validated batch, then drops the oldest batches over the limit.
    pub(crate) fn append(
        &mut self,
        name: &str,
        index: i32,
        batch: &CheckedBatch,
    ) -> Result<Appended, Refusal> {
        let unknown = || Refusal::from(ResponseError::UnknownTopicOrPartition);
        let index = usize::try_from(index).map_err(|_| unknown())?;
        let topic = self.by_name.get_mut(name).ok_or_else(unknown)?;
        let partition = topic.partitions.get_mut(index).ok_or_else(unknown)?;
        let appended = partition.append(batch)?;
        match appended {
            Appended::New { bytes, .. } => {
                self.held_bytes += bytes;
                self.append_order.push_back((topic.id, index));
                self.drop_over_limit();
            }
            Appended::Duplicate { .. } => {}
        }
        Ok(appended)
    }

    /// Appends a batch as it is, without any check.
    pub(crate) fn append_raw(&mut self, name: &str, index: i32, batch: &RawBatch) -> Option<()> {
        self.partition_mut(name, index)?.append_raw(batch);
        let place = (self.get(name)?.id, usize::try_from(index).ok()?);
        self.held_bytes += batch.bytes.len();
        self.append_order.push_back(place);
        self.drop_over_limit();
        Some(())
    }

    /// Drops what lies at or after `end` in a partition, whole batches.
    pub(crate) fn truncate(&mut self, name: &str, index: i32, end: i64) -> Option<()> {
        let dropped = self.partition_mut(name, index)?.truncate(end);
        let place = (self.get(name)?.id, usize::try_from(index).ok()?);
        for bytes in dropped {
            self.held_bytes -= bytes;
            if let Some(at) = self.append_order.iter().rposition(|held| *held == place) {
                self.append_order.remove(at);
            }
        }
        Some(())
    }

    pub(crate) fn partition_mut(&mut self, name: &str, index: i32) -> Option<&mut Partition> {
        let topic = self.by_name.get_mut(name)?;
        topic.partitions.get_mut(usize::try_from(index).ok()?)
    }

    /// All partitions of all topics.
    pub(crate) fn partitions_mut(&mut self) -> impl Iterator<Item = &mut Partition> {
        let topics = self.by_name.values_mut();
        topics.flat_map(|topic| &mut topic.partitions)
    }

    /// Names and indices of all partitions.
    pub(crate) fn places(&self) -> Vec<(String, i32)> {
        let mut places = Vec::new();
        for (name, topic) in &self.by_name {
            places.extend(
                (0..)
                    .zip(&topic.partitions)
                    .map(|(index, _)| (name.clone(), index)),
            );
        }
        places
    }

    fn drop_over_limit(&mut self) {
        while self.held_bytes > self.retention_bytes && self.append_order.len() > 1 {
            let Some((id, index)) = self.append_order.pop_front() else {
                return;
            };
            self.held_bytes -= self.drop_oldest(id, index);
        }
    }

    fn drop_oldest(&mut self, id: Uuid, index: usize) -> usize {
        let topic = self
            .names
            .get(&id)
            .and_then(|name| self.by_name.get_mut(name));
        topic
            .and_then(|topic| topic.partitions.get_mut(index))
            .map_or(0, Partition::drop_oldest)
    }
}

/// Empty partitions, each led by the next node.
fn led_in_turn(indices: Range<i32>, nodes: i32) -> impl Iterator<Item = Partition> {
    indices.map(move |index| Partition::led_by(FIRST_NODE + index % nodes.max(1)))
}

/// Checks a topic name (`Topic.validate` of Kafka).
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fault = match name {
        "" => "it is empty".to_owned(),
        "." | ".." => "it cannot be \".\" or \"..\"".to_owned(),
        _ if name.len() > MAX_NAME_LENGTH => {
            format!(
                "the length of '{name}' is longer than the max allowed length {MAX_NAME_LENGTH}"
            )
        }
        _ if !name.bytes().all(legal) => format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' \
             and '-'"
        ),
        _ => return Ok(()),
    };
    let message = format!("Topic name is invalid: {fault}");
    Err(Refusal::new(ResponseError::InvalidTopicException, message))
}

/// True if metrics could not tell the names apart (`Topic.hasCollision` of Kafka).
fn collide(one: &str, other: &str) -> bool {
    one.replace('.', "_") == other.replace('.', "_")
}
