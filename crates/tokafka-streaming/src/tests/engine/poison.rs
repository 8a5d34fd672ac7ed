//! Batches that fail because of one record.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use datafusion::{
    arrow::{
        array::{Array, StringArray},
        datatypes::DataType,
    },
    common::{cast::as_string_array, exec_err},
    error::Result,
    logical_expr::{ColumnarValue, Volatility, create_udf},
    prelude::{DataFrame, SessionContext},
};
use tokafka_datafusion::parse_sql_expr;

use super::Bench;
use crate::{DataStreamWriter, Trigger, checkpoint::Skip, read_stream};

/// Values 0 to 39, 100 to 139 and 200 to 239, in three partitions.
async fn bench() -> Bench {
    let bench = Bench::new(3).await;
    for partition in 0..3_i32 {
        let first = partition.unsigned_abs() * 100;
        bench.append(partition, first..first + 40);
    }
    bench
}

/// All of `in` that `filter` keeps, with the value of an expression.
fn query(bench: &Bench, filter: &str, value: &str) -> DataStreamWriter {
    let frame = bench.reader("in").load().unwrap();
    let keep = |frame: DataFrame| {
        let filter = parse_sql_expr(&frame, filter)?;
        frame.filter(filter)
    };
    let frame = frame.transform(keep).unwrap();
    let value = format!("{value} AS value");
    let frame = frame.select_exprs(&[&value, "partition"]).unwrap();
    bench.writer(frame).trigger(Trigger::AvailableNow)
}

async fn failure(bench: &Bench, writer: DataStreamWriter) -> String {
    bench.run(writer).await.unwrap_err().cause().to_string()
}

const TEXT: &str = "CAST(value AS STRING)";
const AT_FAULT: &str = "The record at fault is topic in partition 1 offset 17: ";

#[tokio::test]
async fn a_record_that_cannot_be_cast_is_named_and_the_filter_gets_past_it() {
    let bench = bench().await;
    let bad = format!("CASE WHEN {TEXT} = '117' THEN 'x' ELSE {TEXT} END");
    let cast = format!("CAST(CAST({bad} AS BIGINT) AS STRING)");
    let text = failure(&bench, query(&bench, "true", &cast)).await;
    assert!(text.contains("Cannot cast string 'x'"), "{text}");
    let advice = "leave it out with WHERE NOT (topic = 'in' AND partition = 1 AND \"offset\" = 17), or use \
                  try_cast where a cast fails, or pass over it with `tokafka checkpoint skip DIR --topic in \
                  --partition 1 --offset 17`. The same checkpoint goes on with that";
    assert!(text.ends_with(&format!("{AT_FAULT}{advice}")), "{text}");
    let planned = bench.file("offsets/0");
    let filter = "NOT (topic = 'in' AND partition = 1 AND \"offset\" = 17)";
    bench.run(query(&bench, filter, &cast)).await.unwrap();
    assert_eq!(bench.file("offsets/0"), planned, "the same batch");
    let copied = bench.copied(1);
    assert!(copied.contains(&116) && copied.contains(&118) && !copied.contains(&117));
    assert!(bench.copied(2).ends_with(&(200..240).collect::<Vec<_>>()));
}

#[tokio::test]
async fn a_record_that_is_too_large_is_named_and_can_be_skipped() {
    let bench = bench().await;
    let value = format!("repeat({TEXT}, CASE WHEN {TEXT} = '117' THEN 5000 ELSE 1 END)");
    let small = |writer: DataStreamWriter| writer.option("kafka.max.request.size", "2000");
    let text = failure(&bench, small(query(&bench, "true", &value))).await;
    assert!(text.contains(AT_FAULT), "{text}");
    let location = bench.checkpoint().display().to_string();
    assert!(Skip::record(&location, "in", 1, 17..18).await.unwrap());
    bench
        .run(small(query(&bench, "true", &value)))
        .await
        .unwrap();
    assert!(!bench.copied(1).contains(&117));
}

/// A function of text, which `check` may refuse or panic at.
fn with_function(
    bench: &Bench,
    check: impl Fn(&StringArray) -> Result<()> + Send + Sync + 'static,
) -> DataStreamWriter {
    let context = SessionContext::new();
    let function = move |arguments: &[ColumnarValue]| {
        let texts = arguments[0].to_array(1)?;
        check(as_string_array(&texts)?)?;
        Ok(ColumnarValue::Array(texts))
    };
    context.register_udf(create_udf(
        "checked",
        vec![DataType::Utf8],
        DataType::Utf8,
        Volatility::Volatile,
        Arc::new(function),
    ));
    let frame = read_stream(&context)
        .option("kafka.bootstrap.servers", bench.broker.bootstrap())
        .option("subscribe", "in")
        .option("startingOffsets", "earliest")
        .load()
        .unwrap();
    let value = "checked(arrow_cast(value, 'Utf8')) AS value";
    let frame = frame.select_exprs(&[value, "partition"]).unwrap();
    bench.writer(frame).trigger(Trigger::AvailableNow)
}

#[tokio::test]
async fn a_record_at_which_a_function_panics_is_named() {
    let bench = bench().await;
    let panicking = with_function(&bench, |texts| {
        assert!(texts.iter().all(|text| text != Some("117")), "no 117");
        Ok(())
    });
    let text = failure(&bench, panicking).await;
    assert!(text.contains("the query panicked: no 117"), "{text}");
    assert!(text.contains(AT_FAULT), "{text}");
}

#[tokio::test]
async fn a_failure_that_does_not_come_again_is_told_as_it_was() {
    let bench = bench().await;
    let failed = AtomicBool::new(false);
    let once = with_function(&bench, move |texts| {
        match texts.len() > 0 && !failed.swap(true, Relaxed) {
            true => exec_err!("not today"),
            false => Ok(()),
        }
    });
    let text = failure(&bench, once).await;
    assert!(text.contains("not today"), "{text}");
    assert!(!text.contains("at fault"), "{text}");
}

/// None alone is at fault.
#[tokio::test]
async fn a_failure_of_several_records_together_is_told_as_it_was() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..40);
    let together = with_function(&bench, |texts| match texts.len() > 20 {
        true => exec_err!("too many"),
        false => Ok(()),
    });
    let text = failure(&bench, together).await;
    assert!(
        text.contains("too many") && !text.contains("at fault"),
        "{text}"
    );
}
