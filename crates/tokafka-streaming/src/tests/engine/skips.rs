//! Records that are passed over.

use super::Bench;
use crate::{DataStreamWriter, Trigger, checkpoint::Skip};

/// Fails at the value 11.
fn query(bench: &Bench) -> DataStreamWriter {
    let number = "CAST(CAST(value AS STRING) AS BIGINT)";
    let quotient = format!("CAST(1000 / ({number} - 11) AS STRING) AS value");
    let frame = bench.reader("in").load().unwrap();
    let frame = frame.select_exprs(&[&quotient]).unwrap();
    bench.writer(frame).trigger(Trigger::AvailableNow)
}

#[tokio::test]
async fn a_query_gets_past_a_record_that_is_skipped() {
    let bench = Bench::new(1).await;
    bench.append(0, [1, 12, 11, 13]);
    let error = bench.run(query(&bench)).await.unwrap_err();
    assert!(error.to_string().contains("ivide by zero"), "{error}");
    let location = bench.checkpoint().display().to_string();
    assert!(Skip::record(&location, "in", 0, 2..3).await.unwrap());
    let planned = bench.file("offsets/0");
    bench.run(query(&bench)).await.unwrap();
    assert_eq!(bench.file("offsets/0"), planned, "the same batch");
    let records = bench.broker.records("out", 0);
    let values = records.into_iter().map(|record| record.value.unwrap());
    let last: Vec<_> = values.collect();
    let last: Vec<_> = last.iter().rev().take(2).map(|value| &value[..]).collect();
    assert_eq!(last, [b"500" as &[u8], b"1000"]);
}

#[tokio::test]
async fn a_batch_of_nothing_but_skipped_records_is_done() {
    let bench = Bench::new(1).await;
    bench.append(0, [11, 11]);
    bench.run(query(&bench)).await.unwrap_err();
    let location = bench.checkpoint().display().to_string();
    Skip::record(&location, "in", 0, 0..2).await.unwrap();
    bench.run(query(&bench)).await.unwrap();
    assert_eq!(bench.entries("commits"), [0]);
    assert!(bench.broker.records("out", 0).is_empty());
}
