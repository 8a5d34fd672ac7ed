//! How the offsets of a batch are divided.

use tokafka_datafusion::TopicSpan;

use super::options::Splits;

impl Splits {
    /// Spans without those that are empty, long ones cut into parts, in the order in which they came.
    pub(super) fn divide(self, mut spans: Vec<TopicSpan>) -> Vec<TopicSpan> {
        spans.retain(|span| !span.offsets.is_empty());
        if let Some(most) = self.max_records {
            let parts = |span: &TopicSpan| length(span).div_ceil(most.max(1).unsigned_abs());
            spans = spans
                .iter()
                .flat_map(|span| cut(span, parts(span)))
                .collect();
        }
        match self.min_partitions {
            Some(least) if least > spans.len() => at_least(&spans, least),
            Some(_) | None => spans,
        }
    }
}

/// Cuts spans so that there are about so many: those that are too short for a cut are counted off first, so
/// that the long ones share what is left of the count.
fn at_least(spans: &[TopicSpan], least: usize) -> Vec<TopicSpan> {
    let parts = |span: &TopicSpan, total: f64, least: usize| {
        let parts = (length(span) as f64 / total * least as f64).round() as u64;
        parts.max(1)
    };
    let total = total_length(spans.iter());
    let is_cut = |span: &&TopicSpan| parts(span, total, least) > 1;
    let long = total_length(spans.iter().filter(is_cut));
    let left = least.saturating_sub(spans.iter().filter(|span| !is_cut(span)).count());
    let cuts = spans.iter().flat_map(|span| match is_cut(&span) {
        true => cut(span, parts(span, long, left)),
        false => vec![span.clone()],
    });
    cuts.collect()
}

/// So many parts of about the same length; the last takes what does not divide.
fn cut(span: &TopicSpan, parts: u64) -> Vec<TopicSpan> {
    let mut start = span.offsets.start;
    let mut cuts = Vec::new();
    for left in (1..=parts).rev() {
        let rest = span.offsets.end.abs_diff(start);
        let end = start.saturating_add_unsigned(rest / left);
        if start < end {
            let offsets = start..end;
            cuts.push(TopicSpan {
                offsets,
                ..span.clone()
            });
        }
        start = end;
    }
    cuts
}

fn total_length<'a>(spans: impl Iterator<Item = &'a TopicSpan>) -> f64 {
    spans.map(|span| length(span) as f64).sum()
}

fn length(span: &TopicSpan) -> u64 {
    span.offsets.end.abs_diff(span.offsets.start)
}

#[cfg(test)]
#[path = "splits/tests.rs"]
mod tests;
