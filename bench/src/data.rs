//! Rows that look like text, large enough to come from memory and not from a cache.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, BinaryBuilder, ListBuilder, RecordBatch, StringArray, StringBuilder,
        StructBuilder,
    },
    datatypes::{DataType, Field, Schema},
};

/// Rows of one Arrow batch, as DataFusion makes them.
const BATCH_ROWS: usize = 8_192;

/// Batches of `rows` values of `length` bytes each, 256 MiB of values at most; walked in a loop.
pub(crate) fn values(rows: usize, length: usize) -> Vec<RecordBatch> {
    let rows = rows.min((256 << 20) / length);
    (0..rows)
        .step_by(BATCH_ROWS)
        .map(|first| batch(first, BATCH_ROWS.min(rows - first), length))
        .collect()
}

fn batch(first: usize, rows: usize, length: usize) -> RecordBatch {
    let mut values = StringBuilder::with_capacity(rows, rows * length);
    for row in first..first + rows {
        let mut text = format!(
            "{{\"id\":{row},\"customer\":{},\"note\":\"",
            row.wrapping_mul(2_654_435_761) % 1_000_003
        );
        while text.len() < length {
            text.push(char::from(b'a' + (text.len() * 7 + row) as u8 % 26));
        }
        text.truncate(length - 2);
        text.push_str("\"}");
        values.append_value(text);
    }
    batch_of(vec![("value", Arc::new(values.finish()))])
}

/// The same batches with a 13-byte key, a million distinct ones.
pub(crate) fn with_keys(batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let mut next = 0_u64;
    let mut key = |_| {
        next += 1;
        format!("key-{:09}", next.wrapping_mul(7_919) % 1_000_000)
    };
    let mut with_key = |batch: &RecordBatch| {
        let keys = StringArray::from_iter_values((0..batch.num_rows()).map(&mut key));
        batch_of(vec![
            ("key", Arc::new(keys)),
            ("value", Arc::clone(batch.column(0))),
        ])
    };
    batches.iter().map(&mut with_key).collect()
}

/// The same batches with the same two headers in every row.
pub(crate) fn with_headers(batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let headers = headers(BATCH_ROWS);
    let with_headers = |batch: &RecordBatch| {
        let schema = batch.schema();
        let names = schema.fields().iter().map(|field| field.name().as_str());
        let mut columns: Vec<_> = names.zip(batch.columns().iter().cloned()).collect();
        columns.push(("headers", headers.slice(0, batch.num_rows())));
        batch_of(columns)
    };
    batches.iter().map(with_headers).collect()
}

/// What a constant column holds: the same pairs again for each row.
fn headers(rows: usize) -> ArrayRef {
    let mut lists = ListBuilder::new(StructBuilder::from_fields(
        vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", DataType::Binary, true),
        ],
        2 * rows,
    ));
    for _ in 0..rows {
        for (name, value) in [("source", "bench"), ("content-type", "application/json")] {
            let pair = lists.values();
            if let Some(names) = pair.field_builder::<StringBuilder>(0) {
                names.append_value(name);
            }
            if let Some(values) = pair.field_builder::<BinaryBuilder>(1) {
                values.append_value(value);
            }
            pair.append(true);
        }
        lists.append(true);
    }
    Arc::new(lists.finish())
}

#[expect(clippy::expect_used, reason = "columns made here have one length")]
pub(crate) fn batch_of(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let field =
        |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(schema), columns).expect("columns of one length")
}
