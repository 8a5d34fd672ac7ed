//! A receipt from its file.

use std::{fs, path::Path};

use serde_json::Value;
use tokafka_arrow::PartitionReceipt;
use tokafka_datafusion::WriteReport;

use crate::exit::wrong_use;

/// Reads a receipt. Fails, as wrong use, if it is none, if it has another version, if it contradicts
/// itself, or if it names no offsets.
pub(super) fn load(path: &Path) -> anyhow::Result<WriteReport> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| wrong_use(format!("cannot read the receipt {shown}: {error}")))?;
    parse(&text).map_err(|reason| wrong_use(format!("{shown} {reason}")))
}

fn parse(text: &str) -> Result<WriteReport, String> {
    let no_receipt = |error| format!("is not the receipt of a write: {error}");
    let value: Value = serde_json::from_str(text).map_err(no_receipt)?;
    match value.get("version") {
        Some(version) if *version != WriteReport::VERSION => {
            return Err(format!(
                "is a receipt of version {version}, and this program knows version {}: use the tokafka \
                 that wrote it",
                WriteReport::VERSION
            ));
        }
        _ => {}
    }
    // From the text, whose lines and columns an error names.
    let receipt: WriteReport = serde_json::from_str(text).map_err(no_receipt)?;
    if !receipt.acknowledged {
        return Err(
            "is the receipt of a write with acks=0: it names no offsets to look at".to_owned(),
        );
    }
    match receipt.partitions.iter().find(|part| !is_sound(part)) {
        Some(part) => Err(format!(
            "contradicts itself: the offsets of {}-{} are not those of {} rows",
            part.topic, part.partition, part.rows
        )),
        None => match receipt.partitions.iter().find(|part| !is_covered(part)) {
            Some(part) => Err(format!(
                "contradicts itself: the checksums of {}-{} are not those of its offsets",
                part.topic, part.partition
            )),
            None => Ok(receipt),
        },
    }
}

/// True if the runs ascend and hold as many offsets as there are rows.
fn is_sound(part: &PartitionReceipt) -> bool {
    let mut next = 0;
    let mut rows = 0_u64;
    for &[first, last] in &part.offsets {
        if first < next || last < first || last == i64::MAX {
            return false;
        }
        next = last + 1;
        rows = rows.saturating_add((next - first).unsigned_abs());
    }
    rows == part.rows
}

/// True if the checksums, if there are any, lie one behind the other in all of the runs, which are sound.
fn is_covered(part: &PartitionReceipt) -> bool {
    let mut checksums = part.checksums.iter().peekable();
    for &[first, last] in &part.offsets {
        let mut next = first;
        while let Some(inside) = checksums.next_if(|inside| inside.first == next) {
            if inside.last < next || inside.last > last {
                return false;
            }
            next = inside.last + 1;
        }
        if next != last + 1 {
            return part.checksums.is_empty();
        }
    }
    checksums.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(offsets: &[[i64; 2]], rows: u64) -> String {
        let part = PartitionReceipt {
            topic: "t".to_owned(),
            partition: 3,
            rows,
            offsets: offsets.to_vec(),
            ..PartitionReceipt::default()
        };
        let receipt = WriteReport {
            version: WriteReport::VERSION,
            acknowledged: true,
            partitions: vec![part],
            ..WriteReport::default()
        };
        receipt.to_json()
    }

    #[test]
    fn runs_that_are_not_those_of_the_rows_contradict_them() {
        assert!(parse(&receipt(&[[0, 1], [4, 4]], 3)).is_ok());
        for (offsets, rows) in [
            (&[[0, 1]][..], 3),
            (&[[4, 4], [0, 1]], 3),
            (&[[0, 1], [1, 1]], 3),
            (&[[-1, 1]], 3),
            (&[[1, 0]], 0),
            (&[[0, i64::MAX]], 1),
        ] {
            let error = parse(&receipt(offsets, rows)).unwrap_err();
            let told = format!("the offsets of t-3 are not those of {rows} rows");
            assert!(error.contains(&told), "{error}");
        }
    }

    #[test]
    fn checksums_that_are_not_those_of_the_offsets_contradict_them() {
        let with = |checksums: &[[i64; 2]]| {
            let mut receipt: Value = serde_json::from_str(&receipt(&[[0, 5], [8, 9]], 8)).unwrap();
            receipt["partitions"][0]["checksums"] = checksums
                .iter()
                .map(|[first, last]| {
                    serde_json::json!({"first": first, "last": last, "bytes": 1, "crc32c": 1})
                })
                .collect();
            parse(&receipt.to_string())
        };
        for checksums in [
            &[][..],
            &[[0, 5], [8, 9]],
            &[[0, 0], [1, 5], [8, 8], [9, 9]],
        ] {
            assert!(with(checksums).is_ok(), "{checksums:?}");
        }
        for checksums in [
            &[[0, 5]][..],
            &[[8, 9]],
            &[[0, 4], [8, 9]],
            &[[0, 9]],
            &[[0, 5], [8, 9], [10, 10]],
            &[[0, 5], [6, 7], [8, 9]],
            &[[0, 3], [3, 5], [8, 9]],
            &[[0, -1], [0, 5], [8, 9]],
            &[[0, i64::MAX], [8, 9]],
        ] {
            let error = with(checksums).unwrap_err();
            assert!(
                error.contains("the checksums of t-3 are not those of its offsets"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_receipt_is_said_with_the_place() {
        for text in ["", "[]", "{}", "{\"version\": 1, \"rows\": \"many\"}"] {
            let error = parse(text).unwrap_err();
            assert!(
                error.starts_with("is not the receipt of a write: "),
                "{error}"
            );
            assert!(error.contains("line 1"), "{error}");
        }
    }
}
