//! Every physical form of a type gives the same bytes, and readers get the same values back.

use std::sync::Arc;

use arrow::{array::*, compute::cast, datatypes::*};
use proptest::{collection::vec, option, prelude::*};
use serde_json::Value;

use crate::support::json;

type Row = (
    Option<String>,
    Option<Vec<u8>>,
    Option<i64>,
    Vec<Option<i32>>,
    Option<f64>,
);

/// Numbers that any reader takes as they are.
fn floats() -> impl Strategy<Value = f64> {
    let special = prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
    prop_oneof![
        any::<i32>().prop_map(|eighths| f64::from(eighths) / 8.0),
        special
    ]
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        option::of(any::<String>()),
        option::of(vec(any::<u8>(), 0..20)),
        option::of(any::<i64>()),
        vec(option::of(any::<i32>()), 0..5),
        option::of(floats()),
    );
    vec(row, 0..20)
}

struct Columns {
    text: ArrayRef,
    bytes: ArrayRef,
    number: ArrayRef,
    list: ArrayRef,
    float: ArrayRef,
}

impl Columns {
    fn of(rows: &[Row]) -> Self {
        let mut list = ListBuilder::new(Int32Builder::new());
        for row in rows {
            list.append_value(row.3.iter().copied());
        }
        Self {
            text: Arc::new(StringArray::from_iter(
                rows.iter().map(|row| row.0.as_deref()),
            )),
            bytes: Arc::new(BinaryArray::from_iter(
                rows.iter().map(|row| row.1.as_deref()),
            )),
            number: Arc::new(Int64Array::from_iter(rows.iter().map(|row| row.2))),
            list: Arc::new(list.finish()),
            float: Arc::new(Float64Array::from_iter(rows.iter().map(|row| row.4))),
        }
    }

    fn json(&self) -> Vec<Option<String>> {
        json(&self.column())
    }

    fn column(&self) -> StructArray {
        StructArray::try_from(vec![
            ("text", Arc::clone(&self.text)),
            ("bytes", Arc::clone(&self.bytes)),
            ("number", Arc::clone(&self.number)),
            ("list", Arc::clone(&self.list)),
            ("float", Arc::clone(&self.float)),
        ])
        .unwrap()
    }

    fn cast(&self, [text, bytes, number, list]: [&DataType; 4]) -> Self {
        let to = |array: &ArrayRef, form| cast(array, form).unwrap();
        Self {
            text: to(&self.text, text),
            bytes: to(&self.bytes, bytes),
            number: to(&self.number, number),
            list: to(&self.list, list),
            float: Arc::clone(&self.float),
        }
    }
}

fn dictionary(keys: DataType, values: DataType) -> DataType {
    DataType::Dictionary(Box::new(keys), Box::new(values))
}

fn value(row: &Row) -> Value {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let mut fields = serde_json::Map::new();
    if let Some(text) = &row.0 {
        fields.insert("text".into(), text.as_str().into());
    }
    if let Some(bytes) = &row.1 {
        fields.insert("bytes".into(), BASE64_STANDARD.encode(bytes).into());
    }
    if let Some(number) = row.2 {
        fields.insert("number".into(), number.into());
    }
    fields.insert("list".into(), row.3.clone().into());
    if let Some(float) = row.4 {
        let special = if float.is_nan() {
            "NaN"
        } else if float > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        let number = serde_json::Number::from_f64(float);
        fields.insert("float".into(), number.map_or(special.into(), Value::Number));
    }
    fields.into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn other_forms_give_the_plain_forms_bytes(rows in rows(), start in 0_usize..5) {
        let plain = Columns::of(&rows);
        let item = Arc::new(Field::new_list_field(DataType::Int32, true));
        let forms = [
            [DataType::LargeUtf8, DataType::LargeBinary, DataType::Int64, DataType::LargeList(item.clone())],
            [DataType::Utf8View, DataType::BinaryView, DataType::Int64, DataType::ListView(item)],
            [
                dictionary(DataType::Int32, DataType::Utf8),
                dictionary(DataType::UInt16, DataType::Binary),
                dictionary(DataType::Int8, DataType::Int64),
                DataType::List(Arc::new(Field::new("other", DataType::Int32, false).with_nullable(true))),
            ],
        ];
        let expected = plain.json();
        for form in &forms {
            prop_assert_eq!(&plain.cast(form.each_ref()).json(), &expected);
        }
        let start = start.min(rows.len());
        let rest = json(&plain.column().slice(start, rows.len() - start));
        prop_assert_eq!(&rest[..], &expected[start..]);
    }

    #[test]
    fn readers_get_the_same_values_back(rows in rows()) {
        for (row, json) in rows.iter().zip(Columns::of(&rows).json()) {
            let read: Value = serde_json::from_str(&json.unwrap()).unwrap();
            prop_assert_eq!(read, value(row));
        }
    }
}
