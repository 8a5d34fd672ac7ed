//! Rows that look like text, large enough to come from memory and not from a cache.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, RecordBatch, StringArray, StringBuilder},
    datatypes::{Field, Schema},
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

#[expect(clippy::expect_used, reason = "columns made here have one length")]
pub(crate) fn batch_of(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let field =
        |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(schema), columns).expect("columns of one length")
}
