//! What a batch does not read because somebody said so.

use std::ops::Range;

use tokafka_datafusion::{KafkaRanges, TopicSpan};

use crate::checkpoint::Skip;

/// Takes offsets out of what a batch reads. What stays keeps its order.
pub(super) fn leave_out(ranges: &mut KafkaRanges, skips: &[Skip]) {
    if skips.is_empty() {
        return;
    }
    for slot in &mut ranges.slots {
        *slot = slot.drain(..).flat_map(|span| kept(span, skips)).collect();
    }
    ranges.slots.retain(|slot| !slot.is_empty());
}

/// What is left of a span.
fn kept(span: TopicSpan, skips: &[Skip]) -> Vec<TopicSpan> {
    let here = |skip: &&Skip| *skip.topic == *span.topic && skip.partition == span.partition;
    let mut parts = vec![span.offsets.clone()];
    for skip in skips.iter().filter(here) {
        parts = parts
            .into_iter()
            .flat_map(|part| around(&part, &skip.offsets))
            .collect();
    }
    let parts = parts.into_iter();
    let parts = parts.map(|offsets| TopicSpan {
        offsets,
        ..span.clone()
    });
    parts.collect()
}

/// What is before a hole, and what is behind it.
fn around(part: &Range<i64>, hole: &Range<i64>) -> Vec<Range<i64>> {
    let before = part.start..part.end.min(hole.start);
    let behind = part.start.max(hole.end)..part.end;
    let parts = [before, behind].into_iter();
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(offsets: Range<i64>, skips: &[(i32, Range<i64>)]) -> Vec<Range<i64>> {
        let skips = skips.iter().map(|(partition, offsets)| Skip {
            topic: "t".to_owned(),
            partition: *partition,
            offsets: offsets.clone(),
            at: String::new(),
        });
        let span = TopicSpan {
            topic: "t".into(),
            partition: 0,
            offsets,
        };
        let kept = kept(span, &skips.collect::<Vec<_>>());
        kept.into_iter().map(|span| span.offsets).collect()
    }

    #[test]
    fn holes_are_left_out() {
        assert_eq!(left(5..10, &[]), [5..10]);
        assert_eq!(left(5..10, &[(0, 7..8)]), [5..7, 8..10]);
        assert_eq!(left(5..10, &[(0, 0..6)]), [6..10]);
        assert_eq!(left(5..10, &[(0, 9..20)]), [5..9]);
        assert_eq!(left(5..10, &[(0, 5..10)]), []);
        assert_eq!(left(5..10, &[(0, 0..5), (0, 10..11)]), [5..10]);
        assert_eq!(
            left(5..10, &[(0, 8..9), (0, 6..7), (0, 6..9)]),
            [5..6, 9..10]
        );
        assert_eq!(left(5..10, &[(1, 7..8)]), [5..10], "another partition");
    }
}
