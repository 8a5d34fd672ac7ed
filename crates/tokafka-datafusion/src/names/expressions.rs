//! The part of a record that a column becomes, as an expression named after it.

use datafusion::{
    arrow::datatypes::DataType,
    common::{Column, DFSchema, ScalarValue},
    logical_expr::{Expr, cast, lit},
};
use tokafka_arrow::{
    Attribute, RecordLayout, SchemaError, WriteError, WriteOptions, source_schema,
};

use crate::PlanError;

type Result<T> = std::result::Result<T, PlanError>;

/// The option, else the column.
pub(super) fn topic(schema: &DFSchema, option: Option<&str>) -> Result<Expr> {
    let expr = match option {
        Some(name) => {
            let option = WriteOptions::new().topic(name);
            lit(option.checked_topic().map_err(refused)?.unwrap_or_default())
        }
        None => column(schema, Attribute::Topic)?.ok_or_else(|| refused(SchemaError::NoTopic))?,
    };
    Ok(expr.alias(Attribute::Topic.name()))
}

/// The column, null if there is none.
pub(super) fn of(schema: &DFSchema, attribute: Attribute) -> Result<Expr> {
    let nothing = || {
        let null = ScalarValue::try_new_null(&type_in_source(attribute));
        lit(null.unwrap_or(ScalarValue::Null))
    };
    let expr = column(schema, attribute)?.unwrap_or_else(nothing);
    Ok(expr.alias(attribute.name()))
}

/// The column of an attribute, in a type that says what is written.
fn column(schema: &DFSchema, attribute: Attribute) -> Result<Option<Expr>> {
    let found = RecordLayout::find(schema.as_arrow(), attribute).map_err(refused)?;
    let Some(index) = found else {
        return Ok(None);
    };
    let (table, field) = schema.qualified_field(index);
    let column = Expr::Column(Column::from((table, field)));
    Ok(Some(match written_as(attribute, field.data_type()) {
        Some(written) => cast(column, written),
        None => column,
    }))
}

/// The type that a column is cast to: keys and values that are texts to bytes, and what has no type
/// to what a record would have there.
fn written_as(attribute: Attribute, data_type: &DataType) -> Option<DataType> {
    match (attribute, data_type) {
        (_, DataType::Null) => Some(type_in_source(attribute)),
        (Attribute::Key | Attribute::Value, _) => as_bytes(data_type),
        _ => None,
    }
}

fn as_bytes(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Utf8 => Some(DataType::Binary),
        DataType::LargeUtf8 => Some(DataType::LargeBinary),
        DataType::Utf8View => Some(DataType::BinaryView),
        DataType::Dictionary(_, values) => as_bytes(values),
        _ => None,
    }
}

/// The type that the attribute has when records are read.
fn type_in_source(attribute: Attribute) -> DataType {
    let source = source_schema();
    let field = source.field_with_name(attribute.name());
    field.map_or(DataType::Null, |field| field.data_type().clone())
}

fn refused(error: impl Into<WriteError>) -> PlanError {
    PlanError::Write(error.into())
}
