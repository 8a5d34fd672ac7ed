//! Which columns and expressions become the attributes of a record.

use std::{collections::BTreeMap, sync::Arc};

use datafusion::{
    arrow::{
        array::{ArrayRef, BinaryArray, StringArray, StructArray},
        datatypes::{DataType, Field, Fields, TimeUnit},
    },
    common::{tree_node::TreeNode, utils::SingleRowListArrayBuilder},
    logical_expr::{ExprSchemable, cast, lit},
    prelude::{DataFrame, Expr, ident},
};
use tokafka_datafusion::{parse_sql_expr, struct_all, to_json};

use super::form::{ATTRIBUTES, Columns, form};
use crate::{
    args::{RowForm, ShapeArgs},
    exit::wrong_use,
};

/// A frame in the shape of records.
pub(super) struct Shaped {
    pub(super) frame: DataFrame,
    /// Whether it has a `topic` column.
    pub(super) routed: bool,
    /// Whether it has a `timestamp` column.
    pub(super) timed: bool,
    /// What its rows were before.
    pub(super) form: RowForm,
    /// Columns that are left out, as the user said they may.
    pub(super) dropped: Vec<String>,
}

/// Selects the attributes of a record: from columns of their names or, of rows as JSON, from what was said.
/// Fails, as wrong use, if it is not clear what the rows are, or if an expression is wrong. `source` is
/// how messages call the frame.
pub(super) fn records(frame: DataFrame, shape: &ShapeArgs, source: &str) -> anyhow::Result<Shaped> {
    let names: Vec<String> = frame
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let typed = typed_expressions(&frame, shape)?;
    let columns = Columns {
        names: &names,
        is_used: &|name| typed.values().any(|expr| uses(expr, name)),
        source,
    };
    let form = form(&columns, shape)?;
    let mut selected: Vec<(&str, Expr)> = Vec::new();
    for name in ATTRIBUTES {
        let expr = match (typed.get(name), form) {
            (Some(typed), _) => Some(typed.clone()),
            (None, RowForm::Json) => of_json(&frame, name, shape)?,
            (None, RowForm::Records) => of_records(&frame, name, shape, &columns)?,
        };
        selected.extend(expr.map(|expr| (name, expr)));
    }
    let dropped = match form {
        RowForm::Json => vec![],
        RowForm::Records => columns.dropped(),
    };
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
        form,
        dropped,
    })
}

/// An attribute of a row that is sent as JSON, where no expression says it. Every column is part of
/// the JSON, whatever its name.
fn of_json(frame: &DataFrame, name: &str, shape: &ShapeArgs) -> anyhow::Result<Option<Expr>> {
    match name {
        "value" => {
            let all = struct_all(frame.schema());
            let all = all.map_err(|error| wrong_use(error.strip_backtrace()))?;
            Ok(Some(to_json(all)))
        }
        "headers" if !shape.header.is_empty() => Ok(Some(constant_headers(&shape.header))),
        _ => Ok(None),
    }
}

/// An attribute of a row that is a record, where no expression says it.
fn of_records(
    frame: &DataFrame,
    name: &str,
    shape: &ShapeArgs,
    columns: &Columns<'_>,
) -> anyhow::Result<Option<Expr>> {
    let has_column = columns.has(name);
    if name == "headers" && !shape.header.is_empty() {
        if has_column {
            return Err(wrong_use(
                "--header is given and there is a `headers` column: leave one out (with --sql)",
            ));
        }
        return Ok(Some(constant_headers(&shape.header)));
    }
    if has_column {
        column(frame, name)
    } else {
        Ok(None)
    }
}

/// The expressions from the command line by the attribute that they say.
fn typed_expressions(
    frame: &DataFrame,
    shape: &ShapeArgs,
) -> anyhow::Result<BTreeMap<&'static str, Expr>> {
    let typed = [
        ("topic", &shape.topic_expr),
        ("key", &shape.key),
        ("value", &shape.value),
        ("partition", &shape.partition),
    ];
    typed
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.as_deref()?)))
        .map(|(name, text)| Ok((name, typed_expression(frame, name, text)?)))
        .collect()
}

/// True for a column that an expression names, and for all where it has a star.
fn uses(expr: &Expr, name: &str) -> bool {
    #[expect(
        deprecated,
        reason = "a star within a function is planned as Expr::Wildcard"
    )]
    let is_star = |part: &Expr| Ok(matches!(part, Expr::Wildcard { .. }));
    expr.column_refs().iter().any(|column| column.name == name)
        || expr.exists(is_star).unwrap_or(false)
}

/// An expression from the command line. Integers become text where Kafka has bytes.
fn typed_expression(frame: &DataFrame, name: &str, text: &str) -> anyhow::Result<Expr> {
    let flag = if name == "topic" { "topic-expr" } else { name };
    let wrong = |error: datafusion::error::DataFusionError| {
        wrong_use(format!("--{flag} {text:?}: {}", error.strip_backtrace()))
    };
    let expr = parse_sql_expr(frame, text).map_err(wrong)?;
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
