//! What JSON cannot hold.

use std::sync::Arc;

use arrow::{array::*, buffer::OffsetBuffer, datatypes::*};
use tokafka_arrow::{JsonEncoder, JsonOptions};

fn refused(data_type: &DataType) -> String {
    JsonEncoder::new(data_type, &JsonOptions::new())
        .unwrap_err()
        .to_string()
}

fn structure(name: &str, data_type: DataType) -> DataType {
    DataType::Struct(vec![Field::new(name, data_type, true)].into())
}

fn map(keys: DataType, values: DataType) -> DataType {
    let fields = vec![
        Field::new("key", keys, false),
        Field::new("value", values, true),
    ];
    let entries = Field::new("entries", DataType::Struct(fields.into()), false);
    DataType::Map(Arc::new(entries), false)
}

#[test]
fn types_are_refused_by_the_name_of_their_field() {
    let time = DataType::Time64(TimeUnit::Microsecond);
    let list = DataType::List(Arc::new(Field::new_list_field(time.clone(), true)));
    assert_eq!(
        refused(&structure("a", structure("b", list))),
        "Unable to convert column `a.b` of type Time64(µs) to JSON"
    );
    assert_eq!(
        refused(&structure("m", map(DataType::Binary, DataType::Int32))),
        "Unable to convert column `m` to JSON: keys of maps become names, and binary has none. \
         Cast the keys to string"
    );
    assert_eq!(
        refused(&DataType::Int32),
        "Input schema \"INT\" must be a struct, an array, a map or a variant."
    );
}

#[test]
fn types_that_are_nested_too_deep_are_refused() {
    let nested = |depth: usize| {
        let list = |inner, _| DataType::List(Arc::new(Field::new_list_field(inner, true)));
        structure("deep", (0..depth).fold(DataType::Int32, list))
    };
    assert!(JsonEncoder::new(&nested(999), &JsonOptions::new()).is_ok());
    assert_eq!(
        refused(&nested(1_000)),
        "column `deep` is nested deeper than 1000: JSON that deep is refused by readers"
    );
}

/// Rows with a list of one map each, as another program may hand them over: Arrow's own checks
/// refuse null keys.
#[expect(unsafe_code, reason = "no safe way leads to a null key")]
fn maps(keys: Vec<Option<&str>>) -> StructArray {
    let rows = keys.len();
    let map_type = map(DataType::Utf8, DataType::Int32);
    let DataType::Map(entry, _) = &map_type else {
        unreachable!()
    };
    let entries = ArrayData::builder(entry.data_type().clone())
        .len(rows)
        .add_child_data(StringArray::from(keys).into_data())
        .add_child_data(Int32Array::from(vec![1; rows]).into_data());
    // SAFETY: lengths and types are right, and no code relies on keys for being valid.
    let entries = unsafe { entries.build_unchecked() };
    let offsets = OffsetBuffer::<i32>::from_lengths(vec![1; rows]);
    let maps = ArrayData::builder(map_type)
        .len(rows)
        .add_buffer(offsets.clone().into_inner().into_inner())
        .add_child_data(entries);
    // SAFETY: as above, and offsets are within the entries.
    let maps = unsafe { maps.build_unchecked() };
    let maps: ArrayRef = Arc::new(MapArray::from(maps));
    let item = Arc::new(Field::new_list_field(maps.data_type().clone(), true));
    let list = ListArray::new(item, offsets, maps, None);
    StructArray::try_from(vec![("maps", Arc::new(list) as ArrayRef)]).unwrap()
}

#[test]
fn a_null_key_is_refused_by_row_and_column() {
    let column = maps(vec![Some("a"), Some("b"), None]);
    let encoder = JsonEncoder::new(column.data_type(), &JsonOptions::new()).unwrap();
    let error = encoder.encode(&column).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 3: the map in column maps has a null key, which cannot be a name in JSON"
    );
    let fine = encoder.encode(&column.slice(0, 2)).unwrap();
    assert_eq!(fine.value(1), r#"{"maps":[{"b":1}]}"#);
}
