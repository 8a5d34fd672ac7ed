//! The next offset of each partition of a source, and its JSON.

mod json;
mod order;

pub(crate) use json::Long;
pub use json::OffsetsJsonError;

use std::collections::BTreeMap;

/// For each partition of a source's topics the offset that is read next.
///
/// Compared by value: two texts that differ in order or spacing can be equal. Parsed from text as Spark
/// parses it: in any order, offsets also as strings and decimals (cut off), text after the last brace ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceOffsets(
    /// No topic is without partitions.
    BTreeMap<String, BTreeMap<i32, i64>>,
);

impl SourceOffsets {
    /// The offset of a partition, if it is among them.
    pub fn get(&self, topic: &str, partition: i32) -> Option<i64> {
        self.0.get(topic)?.get(&partition).copied()
    }

    /// Sets the offset of a partition.
    pub fn set(&mut self, topic: &str, partition: i32, offset: i64) {
        let partitions = self.0.entry(topic.to_owned()).or_default();
        partitions.insert(partition, offset);
    }

    /// All of them, by topic and partition.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i32, i64)> {
        self.0.iter().flat_map(|(topic, partitions)| {
            let offsets = partitions.iter();
            offsets.map(|(partition, offset)| (topic.as_str(), *partition, *offset))
        })
    }

    /// True if there is no partition.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests;
