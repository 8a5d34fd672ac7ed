//! `--receipt`.

use crate::harness::Scratch;

#[test]
fn a_receipt_tells_the_offsets_that_the_rows_got() {
    let scratch = Scratch::with_records();
    scratch
        .run("write t.csv -t t --embedded --receipt receipt.json")
        .succeeded();
    let receipt: serde_json::Value = serde_json::from_str(&scratch.read("receipt.json")).unwrap();
    assert_eq!(receipt["rows"], 3);
    assert_eq!(receipt["complete"], true);
    assert_eq!(receipt["acknowledged"], true);
    assert_eq!(receipt["ordered"], true);
    let partitions = receipt["partitions"].as_array().unwrap();
    let rows: u64 = partitions
        .iter()
        .map(|part| part["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(rows, 3);
    for part in partitions {
        let last = part["rows"].as_i64().unwrap() - 1;
        assert_eq!(part["offsets"], serde_json::json!([[0, last]]));
    }
}

#[test]
fn a_receipt_that_cannot_be_written_is_found_before_anything_is_sent() {
    let scratch = Scratch::with_records();
    scratch
        .run("write t.csv -t t -b 127.0.0.1:1 --receipt nowhere/receipt.json")
        .failed(&["cannot write the receipt to nowhere/receipt.json: nothing was sent"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_the_write_and_the_receipt_goes_to_standard_error() {
    Scratch::with_records()
        .run("write t.csv -t t --embedded --receipt /dev/full")
        .failed(&[
            "the receipt could not be written to /dev/full",
            "No space left on device",
            "\"partitions\"",
            "wrote 3 rows",
        ]);
}

#[test]
fn a_write_that_never_began_leaves_no_receipt() {
    let scratch = Scratch::with_records();
    scratch
        .run("write t.csv -t no/such/name --embedded --receipt receipt.json")
        .wrong_use(&["no/such/name"]);
    assert!(!scratch.path("receipt.json").exists());
}
