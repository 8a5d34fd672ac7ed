//! The offsets that clients noted in consumer groups. No group has members.

use std::collections::BTreeMap;

/// The next offset by topic and partition.
pub(crate) type GroupOffsets = BTreeMap<(String, i32), i64>;

/// Groups by name.
#[derive(Debug, Default)]
pub(crate) struct Groups(BTreeMap<String, GroupOffsets>);

impl Groups {
    /// Notes an offset. A group that is not known is made.
    pub(crate) fn commit(&mut self, group: &str, topic: &str, partition: i32, offset: i64) {
        let offsets = self.0.entry(group.to_owned()).or_default();
        offsets.insert((topic.to_owned(), partition), offset);
    }

    /// What was noted in a group; nothing in one that is not known.
    pub(crate) fn offsets(&self, group: &str) -> GroupOffsets {
        self.0.get(group).cloned().unwrap_or_default()
    }
}
