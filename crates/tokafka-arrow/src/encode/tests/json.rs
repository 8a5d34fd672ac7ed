//! Values that are JSON.

use arrow::array::{Int64Array, MapBuilder, StructArray};

use super::*;
use crate::{JsonEncoder, JsonOptions};

fn as_json() -> WriteOptions {
    to_topic().json_value(JsonOptions::new())
}

fn values(records: Vec<Read>) -> Vec<Option<Vec<u8>>> {
    records.into_iter().map(|record| record.value).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn records_hold_the_bytes_of_the_column_as_text(
        rows in prop::collection::vec((prop::option::of(any::<i64>()), ".{0,20}", prop::option::of("[a-c]"), any::<bool>()), 1..700),
    ) {
        let numbers: ArrayRef = Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>());
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.1)));
        let keys: ArrayRef = Arc::new(rows.iter().map(|row| row.2.as_deref()).collect::<StringArray>());
        let both = StructArray::try_from(vec![("number", numbers), ("text", texts)]).unwrap();
        let nulls = NullBuffer::from_iter(rows.iter().map(|row| row.3));
        let (fields, columns, _) = both.into_parts();
        let column = StructArray::new(fields, columns, Some(nulls));
        let text = JsonEncoder::new(&DataType::Struct(column.fields().clone()), &JsonOptions::new());
        let text: ArrayRef = Arc::new(text.unwrap().encode(&column).unwrap());
        let fused = batch(vec![("key", Arc::clone(&keys)), ("value", Arc::new(column))]);
        let plain = batch(vec![("key", keys), ("value", text)]);
        prop_assert_eq!(written(&fused, &as_json()).unwrap(), written(&plain, &to_topic()).unwrap());
    }
}

#[test]
fn batches_of_one_write_may_have_other_physical_forms() {
    let column = |texts: ArrayRef| -> ArrayRef {
        Arc::new(StructArray::try_from(vec![("a", texts)]).unwrap())
    };
    let plain = batch(vec![("value", column(text(["x"])))]);
    let view = cast(&text(["y"]), &DataType::Utf8View).unwrap();
    let view = batch(vec![("value", column(view))]);
    let mut recorder = Recorder::new(&plain.schema(), &as_json());
    recorder.write(&plain).unwrap();
    recorder.write(&view).unwrap();
    let expected = [r#"{"a":"x"}"#, r#"{"a":"y"}"#].map(|text| Some(text.into()));
    assert_eq!(values(recorder.records()), expected);
}

#[test]
fn lists_and_maps_are_values_and_empty_ones_too() {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    maps.keys().append_value("k");
    maps.values().append_value("v");
    maps.append(true).unwrap();
    maps.append(true).unwrap();
    maps.append(false).unwrap();
    let batch = batch(vec![("value", Arc::new(maps.finish()))]);
    let expected = [Some(br#"{"k":"v"}"#.to_vec()), Some(b"{}".to_vec()), None];
    assert_eq!(values(written(&batch, &as_json()).unwrap()), expected);
}

#[test]
fn text_is_not_taken_as_json() {
    let batch = batch(vec![("value", text(["a"]))]);
    let error = RecordLayout::resolve(&batch.schema(), &as_json()).unwrap_err();
    let expected = "Input schema \"STRING\" must be a struct, an array, a map or a variant.";
    assert_eq!(error.to_string(), expected);
}
