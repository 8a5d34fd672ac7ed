//! How much a batch takes.

use crate::SourceOffsets;

/// Where a batch ends that takes about `most` of the offsets between `start` and `latest`: each partition
/// gives in proportion to what it has, at least one, so that none starves.
pub(super) fn share(start: &SourceOffsets, latest: &SourceOffsets, most: i64) -> SourceOffsets {
    let total = backlog(start, latest) as f64;
    let mut ends = latest.clone();
    for (topic, partition, latest) in latest.iter() {
        let Some(begin) = start.get(topic, partition).filter(|begin| *begin < latest) else {
            continue;
        };
        let size = latest.saturating_sub(begin) as f64;
        let share = most as f64 * (size / total);
        let share = if share < 1.0 {
            share.ceil()
        } else {
            share.floor()
        };
        let end = begin.saturating_add(share as i64).min(latest);
        ends.set(topic, partition, end);
    }
    ends
}

/// How many offsets there are between `start` and `latest`.
pub(super) fn backlog(start: &SourceOffsets, latest: &SourceOffsets) -> i64 {
    let sizes = latest.iter().filter_map(|(topic, partition, latest)| {
        let begin = start.get(topic, partition)?;
        Some(latest.saturating_sub(begin).max(0))
    });
    sizes.fold(0, i64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(each: &[i64]) -> SourceOffsets {
        let mut offsets = SourceOffsets::default();
        for (partition, offset) in (0..).zip(each) {
            offsets.set("t", partition, *offset);
        }
        offsets
    }

    fn shared(start: &[i64], latest: &[i64], most: i64) -> SourceOffsets {
        share(&offsets(start), &offsets(latest), most)
    }

    #[test]
    fn partitions_give_by_what_they_have_and_none_starves() {
        assert_eq!(shared(&[0, 0, 0], &[101, 11, 1], 10), offsets(&[8, 1, 1]));
        assert_eq!(shared(&[8, 1, 1], &[101, 11, 1], 10), offsets(&[17, 2, 1]));
        assert_eq!(shared(&[3, 5], &[3, 5], 10), offsets(&[3, 5]));
        assert_eq!(shared(&[0, 5], &[3, 5], 10), offsets(&[3, 5]));
    }

    /// `SPARK-26718 Rate limit set to Long.Max should not overflow integer during end offset calculation`.
    #[test]
    fn no_limit_is_too_large() {
        assert_eq!(shared(&[1, 7], &[9, 8], i64::MAX), offsets(&[9, 8]));
        let latest = [i64::MAX, i64::MAX];
        assert_eq!(
            shared(&[0, 1], &latest, i64::MAX).get("t", 0),
            Some(i64::MAX)
        );
    }

    #[test]
    fn what_went_back_is_left_to_the_check_of_the_batch() {
        assert_eq!(shared(&[9, 0], &[2, 10], 5), offsets(&[2, 5]));
        assert_eq!(backlog(&offsets(&[9, 0]), &offsets(&[2, 10])), 10);
    }
}
