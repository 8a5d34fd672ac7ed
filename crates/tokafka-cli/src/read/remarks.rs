//! What to say of partitions that do not reach to the offsets that were asked for.

use tokafka_arrow::{PartitionSpan, Place};

use super::Extent;

/// Says where offsets that were asked for are gone, or not there yet.
pub(super) fn remarks(extent: Extent, spans: &[PartitionSpan]) -> Vec<String> {
    let gone = matching(spans, |span| {
        is_from(extent, |from| span.offsets.start > from)
    });
    let unborn = matching(spans, |span| {
        is_from(extent, |from| span.offsets.end < from)
    });
    let short = matching(spans, |span| match extent.to {
        Place::Offset(to) => span.offsets.end < to,
        Place::Earliest | Place::Latest | Place::Time(_) => false,
    });
    let first = |span: &PartitionSpan| span.offsets.start;
    let end = |span: &PartitionSpan| span.offsets.end;
    [
        remark(&gone, "begins", first, "what was before is gone"),
        remark(&unborn, "ends", end, "there is nothing at --from yet"),
        remark(&short, "ends", end, "there is nothing more up to --to"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn is_from(extent: Extent, holds: impl Fn(i64) -> bool) -> bool {
    match extent.from {
        Place::Offset(from) => holds(from),
        Place::Earliest | Place::Latest | Place::Time(_) => false,
    }
}

fn matching(
    spans: &[PartitionSpan],
    holds: impl Fn(&PartitionSpan) -> bool,
) -> Vec<&PartitionSpan> {
    spans.iter().filter(|span| holds(span)).collect()
}

/// One line, however many partitions it holds for.
fn remark(
    spans: &[&PartitionSpan],
    verb: &str,
    place: impl Fn(&PartitionSpan) -> i64,
    consequence: &str,
) -> Option<String> {
    let first = spans.first()?;
    let others = match spans.len() - 1 {
        0 => String::new(),
        others => format!(" (and {others} more partitions likewise)"),
    };
    Some(format!(
        "partition {} {verb} at offset {}: {consequence}{others}",
        first.partition,
        place(first)
    ))
}

#[cfg(test)]
mod tests {
    use tokafka_client::settings::IsolationLevel;

    use super::*;

    fn told(from: Place, to: Place) -> Vec<String> {
        let spans = [(0, 3..9), (1, 10..20), (2, 12..20)]
            .map(|(partition, offsets)| PartitionSpan { partition, offsets });
        let isolation = IsolationLevel::ReadUncommitted;
        remarks(
            Extent {
                from,
                to,
                isolation,
            },
            &spans,
        )
    }

    #[test]
    fn offsets_that_are_not_there_are_not_passed_over_in_silence() {
        assert_eq!(
            told(Place::Offset(10), Place::Latest),
            [
                "partition 2 begins at offset 12: what was before is gone",
                "partition 0 ends at offset 9: there is nothing at --from yet"
            ]
        );
        assert_eq!(
            told(Place::Offset(3), Place::Offset(21)),
            [
                "partition 1 begins at offset 10: what was before is gone (and 1 more partitions likewise)",
                "partition 0 ends at offset 9: there is nothing more up to --to (and 2 more partitions likewise)"
            ]
        );
        assert!(told(Place::Earliest, Place::Offset(9)).is_empty());
        assert!(told(Place::Time(5), Place::Latest).is_empty());
    }
}
