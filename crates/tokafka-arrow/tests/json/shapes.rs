//! What structs, lists and maps look like, and the types that the recorded rows do not have.

use std::sync::Arc;

use arrow::{
    array::*,
    buffer::{NullBuffer, OffsetBuffer, ScalarBuffer},
    datatypes::*,
};
use tokafka_arrow::{JsonEncoder, JsonOptions};

use crate::support::{json, json_with, row, strings};

#[test]
fn a_null_row_is_null_and_one_of_null_fields_is_an_empty_object() {
    let field: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]));
    let fields = Fields::from(vec![Field::new("a", DataType::Int32, true)]);
    let nulls = NullBuffer::from(vec![true, true, false]);
    let column = StructArray::new(fields, vec![field], Some(nulls));
    assert_eq!(
        json(&column),
        [Some(r#"{"a":1}"#.into()), Some("{}".into()), None]
    );
    let kept = json_with(&column, &[("ignoreNullFields", "false")]);
    assert_eq!(kept[1].as_deref(), Some(r#"{"a":null}"#));
}

#[test]
fn null_fields_of_structs_within_lists_are_left_out_and_null_elements_are_not() {
    let inner = StructArray::from(vec![(
        Arc::new(Field::new("x", DataType::Int64, true)),
        Arc::new(Int64Array::from(vec![Some(1), None, None])) as ArrayRef,
    )]);
    let inner = StructArray::new(
        inner.fields().clone(),
        inner.columns().to_vec(),
        Some(NullBuffer::from(vec![true, true, false])),
    );
    let item = Arc::new(Field::new_list_field(inner.data_type().clone(), true));
    let list = ListArray::new(
        item,
        OffsetBuffer::from_lengths([3, 0]),
        Arc::new(inner),
        None,
    );
    assert_eq!(strings(&list), [r#"[{"x":1},{},null]"#, "[]"]);
}

#[test]
fn a_struct_without_fields_is_an_empty_object() {
    let column = StructArray::new_empty_fields(2, None);
    assert_eq!(strings(&column), ["{}", "{}"]);
}

#[test]
fn maps_are_objects_of_all_their_entries() {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for (key, value) in [("a\"", Some(1)), ("b", None), ("a\"", Some(2))] {
        builder.keys().append_value(key);
        builder.values().append_option(value);
    }
    builder.append(true).unwrap();
    builder.append(true).unwrap();
    builder.append(false).unwrap();
    let all = [
        Some(r#"{"a\"":1,"b":null,"a\"":2}"#.to_owned()),
        Some("{}".into()),
        None,
    ];
    assert_eq!(json(&builder.finish()), all);
}

#[test]
fn keys_of_maps_are_the_text_of_what_spark_has_inside() {
    fn map(keys: ArrayRef) -> String {
        let values: ArrayRef = Arc::new(Int32Array::from(vec![1; keys.len()]));
        let fields = vec![
            Arc::new(Field::new("key", keys.data_type().clone(), false)),
            Arc::new(Field::new("value", DataType::Int32, true)),
        ];
        let entries = StructArray::new(fields.into(), vec![keys, values], None);
        let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
        let offsets = OffsetBuffer::from_lengths([entries.len()]);
        row(&MapArray::new(field, offsets, entries, None, false))
    }
    let cases: [(ArrayRef, &str); 8] = [
        (Arc::new(Int8Array::from(vec![-1])), r#"{"-1":1}"#),
        (Arc::new(BooleanArray::from(vec![true])), r#"{"true":1}"#),
        (
            Arc::new(Float64Array::from(vec![1e7, f64::NAN])),
            r#"{"1.0E7":1,"NaN":1}"#,
        ),
        (Arc::new(Date32Array::from(vec![19_000])), r#"{"19000":1}"#),
        (Arc::new(Date64Array::from(vec![86_400_000])), r#"{"1":1}"#),
        (
            Arc::new(TimestampMillisecondArray::from(vec![5])),
            r#"{"5000":1}"#,
        ),
        (
            Arc::new(LargeStringArray::from(vec!["a", ""])),
            r#"{"a":1,"":1}"#,
        ),
        (
            Arc::new(
                Decimal128Array::from(vec![150])
                    .with_precision_and_scale(5, 2)
                    .unwrap(),
            ),
            r#"{"1.50":1}"#,
        ),
    ];
    for (keys, expected) in cases {
        assert_eq!(map(keys), expected);
    }
}

#[test]
fn what_lies_beneath_null_lists_and_between_views_is_not_written() {
    let values: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
    let item = Arc::new(Field::new_list_field(DataType::Int32, true));
    let nulls = NullBuffer::from(vec![true, false, true]);
    let offsets = OffsetBuffer::from_lengths([1, 2, 1]);
    let list = ListArray::new(Arc::clone(&item), offsets, Arc::clone(&values), Some(nulls));
    assert_eq!(
        json(&list),
        [Some("[1]".to_owned()), None, Some("[4]".into())]
    );
    let (offsets, sizes) = (
        ScalarBuffer::from(vec![2, 0, 3]),
        ScalarBuffer::from(vec![2, 2, 0]),
    );
    let view = ListViewArray::new(item, offsets, sizes, values, None);
    assert_eq!(strings(&view), ["[3,4]", "[1,2]", "[]"]);
}

/// A column of one field, as JSON.
fn field(array: ArrayRef) -> String {
    row(&StructArray::try_from(vec![("a", array)]).unwrap())
}

fn assert_fields(cases: impl IntoIterator<Item = (ArrayRef, &'static str)>) {
    for (array, value) in cases {
        assert_eq!(field(array), format!("{{\"a\":{value}}}"));
    }
}

fn decimal<T: DecimalType>(unscaled: T::Native, precision: u8, scale: i8) -> ArrayRef {
    let array = PrimitiveArray::<T>::from_value(unscaled, 1);
    Arc::new(array.with_precision_and_scale(precision, scale).unwrap())
}

#[test]
fn numbers_that_spark_does_not_have_are_numbers_all_the_same() {
    assert_fields([
        (
            Arc::new(UInt64Array::from(vec![u64::MAX])) as ArrayRef,
            "18446744073709551615",
        ),
        (Arc::new(Float16Array::from_iter_values([half(1.5)])), "1.5"),
        (decimal::<Decimal32Type>(-150, 5, 2), "-1.50"),
        (decimal::<Decimal64Type>(1, 12, 9), "1E-9"),
        (decimal::<Decimal256Type>(i256::from(5), 40, 0), "5"),
        (Arc::new(BooleanArray::from(vec![true])), "true"),
    ]);
}

#[test]
fn bytes_of_fixed_length_are_base64_and_nulls_of_the_null_type_are_left_out() {
    let bytes = FixedSizeBinaryArray::try_from_iter([b"\xff\xfe\xfd\xfc"].into_iter());
    assert_fields([(Arc::new(bytes.unwrap()) as ArrayRef, r#""//79/A==""#)]);
    let nulls: ArrayRef = Arc::new(NullArray::new(1));
    assert_eq!(field(nulls), "{}");
    assert_eq!(json(&NullArray::new(2)), [None, None]);
}

#[test]
fn timestamps_of_every_unit_are_shown_in_milliseconds_rounded_down() {
    let micros = TimestampMicrosecondArray::from(vec![1_720_000_000_123_456]);
    let far = TimestampSecondArray::from(vec![i64::MAX]);
    assert_fields([
        (
            Arc::new(Date64Array::from(vec![-1])) as ArrayRef,
            r#""1969-12-31""#,
        ),
        (
            Arc::new(TimestampSecondArray::from(vec![-1])),
            r#""1969-12-31T23:59:59.000""#,
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![-1])),
            r#""1969-12-31T23:59:59.999""#,
        ),
        (
            Arc::new(micros.with_timezone("Asia/Tokyo")),
            r#""2024-07-03T09:46:40.123Z""#,
        ),
        (
            Arc::new(far.with_timezone("UTC")),
            r#""+292277026596-12-04T15:30:07.000Z""#,
        ),
    ]);
}

#[test]
fn intervals_are_strings() {
    let nanos = IntervalMonthDayNano::new(1, 0, 2_000);
    assert_fields([
        (
            Arc::new(DurationSecondArray::from(vec![90])) as ArrayRef,
            r#""INTERVAL '0 00:01:30' DAY TO SECOND""#,
        ),
        (
            Arc::new(DurationNanosecondArray::from(vec![1_500])),
            r#""INTERVAL '0 00:00:00.000001' DAY TO SECOND""#,
        ),
        (
            Arc::new(IntervalYearMonthArray::from(vec![14])),
            r#""INTERVAL '1-2' YEAR TO MONTH""#,
        ),
        (
            Arc::new(IntervalDayTimeArray::from(vec![IntervalDayTime::new(
                1, 1_500,
            )])),
            r#""1 days 1.5 seconds""#,
        ),
        (
            Arc::new(IntervalMonthDayNanoArray::from(vec![nanos])),
            r#""1 months 0.000002 seconds""#,
        ),
    ]);
}

fn half(number: f32) -> <Float16Type as ArrowPrimitiveType>::Native {
    <Float16Type as ArrowPrimitiveType>::Native::from_f32(number)
}

#[test]
fn a_time_zone_moves_timestamps_that_have_one() {
    let zoned: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0]).with_timezone("UTC"));
    let local: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0]));
    let column = StructArray::try_from(vec![("zoned", zoned), ("local", local)]).unwrap();
    let berlin = json_with(&column, &[("timeZone", "Europe/Berlin")]);
    let text = r#"{"zoned":"1970-01-01T01:00:00.000+01:00","local":"1970-01-01T00:00:00.000"}"#;
    assert_eq!(berlin, [Some(text.to_owned())]);
}

#[test]
fn an_encoder_knows_its_columns_of_any_length() {
    let ids: ArrayRef = Arc::new(Int32Array::from_iter_values(0..1_000));
    let column = StructArray::try_from(vec![("id", ids)]).unwrap();
    let encoder = JsonEncoder::new(column.data_type(), &JsonOptions::new()).unwrap();
    for (id, text) in encoder.encode(&column).unwrap().iter().enumerate() {
        assert_eq!(text, Some(format!("{{\"id\":{id}}}").as_str()));
    }
    assert_eq!(encoder.encode(&column.slice(0, 0)).unwrap().len(), 0);
}
