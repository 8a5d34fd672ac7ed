//! How far a batch is behind, under Spark's names.

use std::collections::BTreeMap;

use crate::SourceOffsets;

/// How many offsets each partition has behind the end of a batch: the least, the most and the average.
/// Empty if there is no partition.
pub(super) fn behind_latest(
    end: &SourceOffsets,
    latest: &SourceOffsets,
) -> BTreeMap<String, String> {
    let behind = latest.iter().map(|(topic, partition, latest)| {
        let end = end.get(topic, partition);
        latest.saturating_sub(end.unwrap_or_default())
    });
    let behind: Vec<i64> = behind.collect();
    let (Some(least), Some(most)) = (behind.iter().min(), behind.iter().max()) else {
        return BTreeMap::new();
    };
    let total = behind.iter().map(|behind| *behind as f64).sum::<f64>();
    let texts = [
        ("minOffsetsBehindLatest", least.to_string()),
        ("maxOffsetsBehindLatest", most.to_string()),
        ("avgOffsetsBehindLatest", java(total / behind.len() as f64)),
    ];
    let texts = texts.into_iter();
    texts.map(|(name, text)| (name.to_owned(), text)).collect()
}

/// As Java writes a double: `3.0`, and from ten million on `1.25E7`.
fn java(number: f64) -> String {
    const SCIENTIFIC: f64 = 1e7;
    if number.abs() < SCIENTIFIC {
        return format!("{number:?}");
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        Some(_) | None => text,
    }
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

    fn metrics(latest: &[i64], end: &[i64]) -> Vec<String> {
        let behind = behind_latest(&offsets(end), &offsets(latest));
        behind.into_values().collect()
    }

    /// `test custom metrics - corner cases`.
    #[test]
    fn the_average_is_a_double_as_java_writes_it() {
        assert_eq!(metrics(&[3, 6], &[1, 2]), ["3.0", "4", "2"]);
        assert_eq!(
            metrics(&[20_000_000], &[0]),
            ["2.0E7", "20000000", "20000000"]
        );
        assert_eq!(metrics(&[12_500_000], &[0])[0], "1.25E7");
        assert_eq!(metrics(&[1, 1, 0], &[0, 0, 0])[0], "0.6666666666666666");
        assert!(metrics(&[], &[]).is_empty());
    }
}
