//! Which columns and expressions become the attributes of a record.

use std::{collections::BTreeSet, sync::Arc};

use datafusion::{
    arrow::{
        array::{ArrayRef, BinaryArray, StringArray, StructArray},
        datatypes::{DataType, Field, Fields, TimeUnit},
    },
    common::utils::SingleRowListArrayBuilder,
    logical_expr::{ExprSchemable, cast, lit},
    prelude::{DataFrame, Expr, ident},
};

use crate::{
    args::{RowForm, ShapeArgs},
    exit::wrong_use,
};

/// Columns that a record is made of, and in which order they are selected.
const ATTRIBUTES: [&str; 6] = ["topic", "key", "value", "headers", "partition", "timestamp"];
/// Columns of a topic that was read: Kafka assigns them anew, so leaving them out drops nothing.
const ASSIGNED: [&str; 2] = ["offset", "timestampType"];

/// A frame in the shape of records.
pub(super) struct Shaped {
    pub(super) frame: DataFrame,
    /// Whether it has a `topic` column.
    pub(super) routed: bool,
    /// Whether it has a `timestamp` column.
    pub(super) timed: bool,
    /// Columns that are left out, as the user said they may.
    pub(super) dropped: Vec<String>,
}

/// Selects the attributes of a record. Fails, as wrong use, if columns would be dropped that nobody said
/// may be, or if an expression is wrong. `source` is how messages call the frame.
pub(super) fn records(frame: DataFrame, shape: &ShapeArgs, source: &str) -> anyhow::Result<Shaped> {
    let columns: Vec<String> = frame
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let attributes = ATTRIBUTES
        .into_iter()
        .map(|name| Ok((name, attribute(&frame, name, shape, &columns)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let selected: Vec<(&str, Expr)> = attributes
        .into_iter()
        .filter_map(|(name, expr)| Some((name, expr?)))
        .collect();
    let dropped = dropped(&columns, &selected, shape, source)?;
    let has = |wanted| selected.iter().any(|(name, _)| *name == wanted);
    let (routed, timed) = (has("topic"), has("timestamp"));
    let aliased = selected.into_iter().map(|(name, expr)| expr.alias(name));
    let frame = frame
        .select(aliased.collect::<Vec<_>>())
        .map_err(|error| wrong_use(error.strip_backtrace()))?;
    Ok(Shaped {
        frame,
        routed,
        timed,
        dropped,
    })
}

fn attribute(
    frame: &DataFrame,
    name: &str,
    shape: &ShapeArgs,
    columns: &[String],
) -> anyhow::Result<Option<Expr>> {
    let expression = match name {
        "topic" => shape.topic_expr.as_deref(),
        "key" => shape.key.as_deref(),
        "value" => shape.value.as_deref(),
        "partition" => shape.partition.as_deref(),
        _ => None,
    };
    let has_column = columns.iter().any(|column| column == name);
    match expression {
        Some(text) => typed_expression(frame, name, text).map(Some),
        None if name == "headers" && !shape.header.is_empty() => {
            if has_column {
                return Err(wrong_use(
                    "--header is given and there is a `headers` column: leave one out (with --sql)",
                ));
            }
            Ok(Some(constant_headers(&shape.header)))
        }
        None if has_column => column(frame, name),
        None => Ok(None),
    }
}

/// An expression from the command line. Integers become text where Kafka has bytes.
fn typed_expression(frame: &DataFrame, name: &str, text: &str) -> anyhow::Result<Expr> {
    let flag = if name == "topic" { "topic-expr" } else { name };
    let wrong = |error: datafusion::error::DataFusionError| {
        wrong_use(format!("--{flag} {text:?}: {}", error.strip_backtrace()))
    };
    let expr = frame.parse_sql_expr(text).map_err(wrong)?;
    let kind = expr.get_type(frame.schema()).map_err(wrong)?;
    Ok(match name {
        "partition" if kind != DataType::Int32 => cast(expr, DataType::Int32),
        "key" | "value" if kind.is_integer() || kind.is_null() => cast(expr, DataType::Utf8),
        _ => expr,
    })
}

/// A column under its own name, in a type that text formats can give it: CSV and JSON know no
/// 32-bit integers, no times, and nothing of columns that are always null.
fn column(frame: &DataFrame, name: &str) -> anyhow::Result<Option<Expr>> {
    let kind = frame
        .schema()
        .field_with_unqualified_name(name)?
        .data_type();
    let column = ident(name);
    Ok(match (name, kind) {
        ("headers", DataType::Null) => None,
        ("headers", DataType::List(item)) if item.data_type().is_null() => None,
        ("headers", DataType::List(item)) if has_text_value(item.data_type()) => Some(cast(
            column,
            DataType::new_list(DataType::Struct(header_fields()), true),
        )),
        ("topic" | "key" | "value", DataType::Null) => Some(cast(column, DataType::Utf8)),
        ("partition", kind) if is_loose(kind) => Some(cast(column, DataType::Int32)),
        ("timestamp", kind) if is_loose(kind) => {
            let millis = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
            Some(cast(column, millis))
        }
        _ => Some(column),
    })
}

fn is_loose(kind: &DataType) -> bool {
    *kind != DataType::Int32 && (kind.is_integer() || kind.is_string() || kind.is_null())
}

fn header_fields() -> Fields {
    Fields::from(vec![
        Field::new("key", DataType::Utf8, true),
        Field::new("value", DataType::Binary, true),
    ])
}

fn has_text_value(header: &DataType) -> bool {
    let DataType::Struct(fields) = header else {
        return false;
    };
    let value = fields.find("value");
    value.is_some_and(|(_, value)| value.data_type().is_string() || value.data_type().is_null())
}

fn constant_headers(headers: &[(String, String)]) -> Expr {
    let keys: StringArray = headers.iter().map(|(key, _)| Some(key)).collect();
    let values: BinaryArray = headers
        .iter()
        .map(|(_, value)| Some(value.as_bytes()))
        .collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(keys), Arc::new(values)];
    let structs = StructArray::new(header_fields(), columns, None);
    lit(SingleRowListArrayBuilder::new(Arc::new(structs)).build_list_scalar())
}

/// Columns that no attribute uses. Fails unless the user said that they may be left out.
fn dropped(
    columns: &[String],
    selected: &[(&str, Expr)],
    shape: &ShapeArgs,
    source: &str,
) -> anyhow::Result<Vec<String>> {
    let used: BTreeSet<&str> = selected
        .iter()
        .flat_map(|(_, expr)| expr.column_refs())
        .map(|column| column.name.as_str())
        .collect();
    let known = |name: &str| ATTRIBUTES.contains(&name) || ASSIGNED.contains(&name);
    let dropped: Vec<String> = columns
        .iter()
        .filter(|name| !known(name) && !used.contains(name.as_str()))
        .cloned()
        .collect();
    if !selected.iter().any(|(name, _)| *name == "value") {
        return Err(wrong_use(not_records(source, columns)));
    }
    if dropped.is_empty() || shape.value.is_some() || shape.form == Some(RowForm::Records) {
        return Ok(dropped);
    }
    Err(wrong_use(format!(
        "{source} has columns of a record and others, which would be dropped: {}. To drop them, say \
         --as records; to shape the rows, use --sql 'SELECT … AS key, … AS value FROM input' or --value EXPR",
        dropped.join(", ")
    )))
}

fn not_records(source: &str, columns: &[String]) -> String {
    format!(
        "{source} does not hold records: Required attribute 'value' not found among its columns {}. Name it \
         with --value EXPR (and --key EXPR), or shape the rows with \
         --sql 'SELECT … AS key, … AS value FROM input'. Sending each row as a JSON object is not built yet",
        columns.join(", ")
    )
}
