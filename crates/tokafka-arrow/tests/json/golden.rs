//! What Spark 4.2 on Java 17 wrote of the same rows.

use std::{fs::File, path::PathBuf};

use arrow::{
    array::{Array, StructArray},
    compute::concat_batches,
    record_batch::RecordBatch,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokafka_arrow::{JsonEncoder, JsonOptions};

fn testdata(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "testdata", "json", name]
        .iter()
        .collect()
}

fn frame() -> StructArray {
    let file = File::open(testdata("frame.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap().into()
}

/// The JSON without its floating-point numbers, and these numbers, null where they are null.
fn without_floats(json: &str) -> (String, [Option<String>; 2]) {
    let mut json = json.to_owned();
    let numbers = ["\"f32\":", "\"f64\":"].map(|name| {
        let start = json.find(name)? + name.len();
        let len = json[start..].find(',').unwrap();
        let number = json[start..start + len].trim_matches('"').to_owned();
        json.replace_range(start..start + len, "");
        (number != "null").then_some(number)
    });
    (json, numbers)
}

fn f32_bits(number: &Option<String>) -> Option<u32> {
    number
        .as_ref()
        .map(|text| text.parse::<f32>().unwrap().to_bits())
}

fn f64_bits(number: &Option<String>) -> Option<u64> {
    number
        .as_ref()
        .map(|text| text.parse::<f64>().unwrap().to_bits())
}

/// Compares all rows, and returns how many numbers are the same but have other digits.
fn other_digits(name: &str, options: &JsonOptions) -> usize {
    let frame = frame();
    let encoder = JsonEncoder::new(frame.data_type(), options).unwrap();
    let ours = encoder.encode(&frame).unwrap();
    let spark = std::fs::read_to_string(testdata(name)).unwrap();
    assert_eq!((spark.lines().count(), ours.iter().count()), (400, 400));
    let mut differing = 0;
    for (row, (spark, ours)) in spark.lines().zip(&ours).enumerate() {
        let (spark, spark_numbers) = without_floats(spark);
        let (ours, our_numbers) = without_floats(ours.unwrap());
        assert_eq!(ours, spark, "row {row}");
        let [[spark_f32, spark_f64], [our_f32, our_f64]] = [&spark_numbers, &our_numbers];
        assert_eq!(f32_bits(our_f32), f32_bits(spark_f32), "row {row}");
        assert_eq!(f64_bits(our_f64), f64_bits(spark_f64), "row {row}");
        for (ours, spark) in [(our_f32, spark_f32), (our_f64, spark_f64)] {
            if ours != spark {
                let len = |number: &Option<String>| number.as_ref().map(String::len);
                assert!(len(ours) <= len(spark), "{ours:?} for {spark:?}");
                differing += 1;
            }
        }
    }
    differing
}

/// Java before 19 prints some numbers with more digits than they need, or with others.
const OTHER_DIGITS: usize = 51;

#[test]
fn rows_are_what_spark_writes_by_default() {
    assert_eq!(
        other_digits("frame.default.jsonl", &JsonOptions::new()),
        OTHER_DIGITS
    );
}

#[test]
fn rows_with_null_fields_are_what_spark_writes() {
    let options = JsonOptions::new().set("ignoreNullFields", "false").unwrap();
    assert_eq!(
        other_digits("frame.keepnulls.jsonl", &options),
        OTHER_DIGITS
    );
}

#[test]
fn rows_with_other_patterns_are_what_spark_writes() {
    let set = [
        ("timestampFormat", "yyyy-MM-dd HH:mm:ss.SSS"),
        ("dateFormat", "dd/MM/yyyy"),
        ("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm"),
    ];
    let options = set
        .into_iter()
        .fold(JsonOptions::new(), |all, (name, value)| {
            all.set(name, value).unwrap()
        });
    assert_eq!(other_digits("frame.fmt.jsonl", &options), OTHER_DIGITS);
}
