//! The order in which Spark prints offsets.
//!
//! Spark puts the sorted partitions one by one into Scala's `mutable.HashMap` and prints it as it iterates:
//! by bucket, and by hash within a bucket. How many buckets there are depends on every put, also of a key
//! that is there already. The order has no meaning, but Spark compares the texts of offsets.

use std::collections::BTreeMap;

const BUCKETS_AT_FIRST: usize = 16;

type Partitions = BTreeMap<i32, i64>;

/// Topics as Spark prints them.
pub(super) fn topics(
    topics: &BTreeMap<String, Partitions>,
) -> impl Iterator<Item = (&str, &Partitions)> {
    let puts = topics.values().map(BTreeMap::len);
    let buckets = buckets(puts);
    let topics = topics.iter();
    let topics = topics.filter(|(_, partitions)| !partitions.is_empty());
    let topics = topics.map(|(topic, partitions)| (topic.as_str(), partitions));
    by_hash(topics, buckets, |(topic, _)| java_hash(topic))
}

/// Partitions of one topic as Spark prints them.
pub(super) fn partitions(partitions: &Partitions) -> impl Iterator<Item = (i32, i64)> {
    let buckets = buckets(partitions.iter().map(|_| 1));
    let partitions = partitions.iter();
    let partitions = partitions.map(|(partition, offset)| (*partition, *offset));
    by_hash(partitions, buckets, |(partition, _)| *partition)
}

/// The buckets of a table after each key was put so many times, one key after the other.
fn buckets(puts: impl Iterator<Item = usize>) -> usize {
    let mut buckets = BUCKETS_AT_FIRST;
    let mut keys = 0;
    for times in puts {
        for time in 0..times.min(2) {
            if keys + 1 >= buckets / 4 * 3 {
                buckets *= 2;
            }
            keys += usize::from(time == 0);
        }
    }
    buckets
}

fn by_hash<T>(
    entries: impl Iterator<Item = T>,
    buckets: usize,
    hash: impl Fn(&T) -> i32,
) -> impl Iterator<Item = T> {
    let spread = |hash: i32| hash ^ (hash.cast_unsigned() >> 16).cast_signed();
    let place = |entry: &T| {
        let hash = spread(hash(entry));
        let bucket = u64::from(hash.cast_unsigned()) & (buckets as u64 - 1);
        (bucket, hash)
    };
    let mut entries: Vec<T> = entries.collect();
    entries.sort_by_key(place);
    entries.into_iter()
}

/// `String.hashCode` of Java.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}
