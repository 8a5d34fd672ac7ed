//! Columns of a table, and the parts of records that they are.

use std::sync::Arc;

use datafusion::arrow::{
    array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions},
    compute::{CastOptions, can_cast_types, cast_with_options},
    datatypes::{DataType, Field, Int64Type, Schema, SchemaRef},
    error::ArrowError,
};
use tokafka_arrow::source_view_schema;

use crate::PlanError;

/// Spark's name is `timestampType`. SQL reads it in lower case unless it is quoted.
const TIMESTAMP_TYPE: &str = "timestamptype";
const OFFSET: &str = "offset";

/// Every column of a record, as SQL spells them.
pub(crate) fn all_columns(with_headers: bool) -> SchemaRef {
    columns(with_headers, str::to_ascii_lowercase)
}

/// The columns of a stream: Spark's names, in Spark's order; `headers` last, if they are read.
pub fn stream_schema(headers: bool) -> SchemaRef {
    columns(headers, str::to_owned)
}

/// Integers are cast to `Binary` silently, as their bytes in memory; to `BinaryView` they are not cast at all.
fn columns(with_headers: bool, named: impl Fn(&str) -> String) -> SchemaRef {
    let source = source_view_schema();
    let fields = source.fields().iter().filter_map(|field| {
        let name = field.name();
        let renamed = field.as_ref().clone().with_name(named(name));
        (with_headers || name != "headers").then_some(renamed)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// For each column of a table, where it is in Spark's source schema.
#[derive(Debug, Clone)]
pub(crate) struct SourceColumns(Vec<usize>);

impl SourceColumns {
    /// # Errors
    /// [`PlanError::TableColumn`] and [`PlanError::TableColumnType`].
    pub(crate) fn of(table: &Schema) -> Result<Self, PlanError> {
        let found: Result<_, _> = table.fields().iter().map(|field| find(field)).collect();
        Ok(Self(found?))
    }

    /// Those that a query reads.
    pub(super) fn project(&self, projection: Option<&Vec<usize>>) -> Self {
        match projection {
            None => self.clone(),
            Some(wanted) => {
                let column = |index: &usize| self.0.get(*index).copied();
                Self(wanted.iter().filter_map(column).collect())
            }
        }
    }

    pub(super) fn indices(&self) -> &[usize] {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn find(field: &Field) -> Result<usize, PlanError> {
    let source = source_view_schema();
    let mut all = source.fields().iter().enumerate();
    let is_named = |name: &str| match name.to_ascii_lowercase() == TIMESTAMP_TYPE {
        true => field.name().eq_ignore_ascii_case(name),
        false => field.name() == name,
    };
    let Some((index, part)) = all.find(|(_, part)| is_named(part.name())) else {
        return Err(PlanError::TableColumn(field.name().clone()));
    };
    let fits = match part.data_type() {
        // Filters on them are compared as they are.
        number @ (DataType::Int32 | DataType::Int64) => field.data_type() == number,
        DataType::Timestamp(_, _) => matches!(field.data_type(), DataType::Timestamp(_, _)),
        other => can_cast_types(other, field.data_type()),
    };
    if fits {
        return Ok(index);
    }
    Err(PlanError::TableColumnType {
        column: field.name().clone(),
        declared: field.data_type().clone(),
        actual: part.data_type().clone(),
    })
}

/// A record batch of the source's columns, with one of offsets behind them, as one of the table's.
///
/// # Errors
/// [`NotText`] for bytes that are declared as text and are none; an offset that cannot be cast.
pub(super) fn convert(batch: &RecordBatch, table: &SchemaRef) -> Result<RecordBatch, Unfit> {
    let Some((offsets, columns)) = batch.columns().split_last() else {
        return Err(Unfit::Cast(ArrowError::SchemaError(
            "no offsets".to_owned(),
        )));
    };
    let fields = table.fields().iter();
    let cast: Result<Vec<_>, _> = fields
        .zip(columns)
        .map(|(field, column)| cast(column, field, offsets))
        .collect();
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(table), cast?, &rows).map_err(Unfit::Cast)
}

/// A column that is not what the table declares.
#[derive(Debug)]
pub(super) enum Unfit {
    /// This record's bytes are no text.
    NotText {
        column: String,
        offset: i64,
    },
    Cast(ArrowError),
}

/// Where the offsets are in the source's columns.
pub(super) fn offset_column() -> usize {
    let source = source_view_schema();
    source.index_of(OFFSET).unwrap_or_default()
}

fn cast(column: &ArrayRef, field: &Field, offsets: &ArrayRef) -> Result<ArrayRef, Unfit> {
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    if column.data_type() == field.data_type() {
        return Ok(Arc::clone(column));
    }
    cast_with_options(column, field.data_type(), &strict).map_err(|error| {
        match first_not_text(column, offsets) {
            Some(offset) => Unfit::NotText {
                column: field.name().clone(),
                offset,
            },
            None => Unfit::Cast(error),
        }
    })
}

fn first_not_text(column: &ArrayRef, offsets: &ArrayRef) -> Option<i64> {
    let bytes = column.as_binary_view_opt()?;
    let offsets = offsets.as_primitive_opt::<Int64Type>()?;
    let is_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
    let row = bytes.iter().position(|bytes| !bytes.is_none_or(is_text))?;
    offsets.values().get(row).copied()
}
