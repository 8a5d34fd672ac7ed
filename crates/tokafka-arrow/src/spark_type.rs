//! Names of types as Spark prints them, since that is how its users know its errors.

use arrow::datatypes::{DataType, FieldRef};

/// The name in Spark's catalog of the type that an Arrow type is read as; Arrow's own name for a
/// type that Spark does not have.
pub(crate) fn spark_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "void".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 => "smallint".into(),
        DataType::Int32 => "int".into(),
        DataType::Int64 => "bigint".into(),
        DataType::Float32 => "float".into(),
        DataType::Float64 => "double".into(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".into(),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => "binary".into(),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(_, Some(_)) => "timestamp".into(),
        DataType::Timestamp(_, None) => "timestamp_ntz".into(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => format!("array<{}>", spark_type(item.data_type())),
        DataType::Struct(fields) => format!("struct<{}>", fields_of(fields)),
        DataType::Map(entries, _) => map_type(entries),
        DataType::Dictionary(_, values) => spark_type(values),
        other => other.to_string(),
    }
}

fn fields_of(fields: &[FieldRef]) -> String {
    let fields: Vec<_> = fields
        .iter()
        .map(|field| format!("{}:{}", field.name(), spark_type(field.data_type())))
        .collect();
    fields.join(",")
}

fn map_type(entries: &FieldRef) -> String {
    match entries.data_type() {
        DataType::Struct(fields) => {
            let types: Vec<_> = fields
                .iter()
                .map(|field| spark_type(field.data_type()))
                .collect();
            format!("map<{}>", types.join(","))
        }
        other => spark_type(other),
    }
}
