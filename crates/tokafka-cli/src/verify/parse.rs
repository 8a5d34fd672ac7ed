//! A receipt from its text, which may be anything. Also a part of a fuzz target.

use serde_json::Value;
use tokafka_arrow::{PartitionReceipt, WriteReport};

/// A receipt, if it is one of this version, contradicts itself nowhere, and names offsets; else what is
/// wrong, as the end of a sentence about the file.
pub(super) fn parse(text: &str) -> Result<WriteReport, String> {
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
#[path = "../../../../fuzz/src/receipts.rs"]
mod receipts;

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::PathBuf};

    /// What once was a finding is none any more.
    #[test]
    fn no_receipts_of_the_corpus_are_a_finding() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut files = 0;
        for file in fs::read_dir(root.join("../../fuzz/corpus/receipts")).unwrap() {
            let seed = fs::read(file.unwrap().path()).unwrap();
            receipts::receipts(&seed, parse);
            // Also cut anywhere, and with any byte changed.
            for at in 0..seed.len() {
                receipts::receipts(&seed[..at], parse);
                for byte in [b'0', b'9', b'-', b'"', 0xff] {
                    let mut changed = seed.clone();
                    changed[at] = byte;
                    receipts::receipts(&changed, parse);
                }
            }
            files += 1;
        }
        assert!(files > 0);
    }

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
