//! Leaves offsets out of a batch, because somebody said so.

use std::ops::Range;

use tokafka_datafusion::{KafkaRanges, TopicSpan};

use crate::checkpoint::Skip;

/// Leaves out what is to be passed over. Every slot stays, if without offsets.
pub(super) fn pass_over(ranges: &mut [KafkaRanges], skips: &[Skip]) {
    for slot in ranges.iter_mut().flat_map(|ranges| &mut ranges.slots) {
        for skip in skips {
            let spans = slot.drain(..).flat_map(|span| without(span, skip));
            *slot = spans.collect();
        }
    }
}

/// What is left of a span: its part before, and its part behind.
fn without(span: TopicSpan, skip: &Skip) -> Vec<TopicSpan> {
    let Range { start, end } = span.offsets;
    let is_other = *span.topic != *skip.topic || span.partition != skip.partition;
    if is_other || skip.offsets.end <= start || end <= skip.offsets.start {
        return vec![span];
    }
    tracing::info!(%skip, "offsets are passed over, as the checkpoint says");
    let parts = [start..skip.offsets.start, skip.offsets.end..end];
    let parts = parts.into_iter().filter(|offsets| !offsets.is_empty());
    let parts = parts.map(|offsets| TopicSpan {
        offsets,
        ..span.clone()
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(offsets: Range<i64>, (topic, skipped): (&str, Range<i64>)) -> Vec<(i64, i64)> {
        let span = TopicSpan {
            topic: "orders".into(),
            partition: 1,
            offsets,
        };
        let skip = Skip {
            topic: topic.to_owned(),
            partition: 1,
            offsets: skipped,
            at: String::new(),
        };
        let left = without(span, &skip);
        let bounds = |span: TopicSpan| (span.offsets.start, span.offsets.end);
        left.into_iter().map(bounds).collect()
    }

    #[test]
    fn what_lies_before_and_behind_is_read() {
        assert_eq!(left(0..10, ("orders", 4..6)), [(0, 4), (6, 10)]);
        assert_eq!(left(0..10, ("orders", 0..6)), [(6, 10)]);
        assert_eq!(left(0..10, ("orders", 6..20)), [(0, 6)]);
        assert_eq!(left(5..7, ("orders", 0..20)), []);
        assert_eq!(left(0..10, ("orders", 10..20)), [(0, 10)]);
        assert_eq!(left(0..10, ("others", 4..6)), [(0, 10)]);
    }
}
