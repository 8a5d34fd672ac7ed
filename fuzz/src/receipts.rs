//! A receipt of any text. Also run by a test of the program.

use tokafka_arrow::WriteReport;

/// What is taken for a receipt is the same receipt when it is written down again, and its offsets are
/// those of its rows.
pub(crate) fn receipts(data: &[u8], parse: fn(&str) -> Result<WriteReport, String>) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(receipt) = parse(text) else {
        return;
    };
    let again = parse(&receipt.to_json()).expect("a receipt");
    assert_eq!(again, receipt);
    for part in &receipt.partitions {
        let counts = part.offsets.iter().map(|[first, last]| last - first + 1);
        assert_eq!(counts.sum::<i64>().unsigned_abs(), part.rows);
        let covered = part.checksums.iter().map(|each| each.last - each.first + 1);
        let covered = covered.sum::<i64>().unsigned_abs();
        assert!(part.checksums.is_empty() || covered == part.rows);
    }
}
