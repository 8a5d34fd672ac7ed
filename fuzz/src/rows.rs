//! Rows of any form are encoded and read back. Also run by a test of `tokafka-arrow`.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BinaryArray, Int32Array, RecordBatch, StringArray,
        StringViewArray, TimestampMicrosecondArray,
    },
    datatypes::{Field, Int32Type, Schema},
};
use tokafka_arrow::{BatchEncoder, SourceBatchBuilder, WriteOptions};
use tokafka_client::batch::{Batches, ProducerStamp};

const PARTITIONS: u32 = 3;
const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

/// The first byte says which columns there are and of which types, the second how they are
/// written, the third how the batch is sliced; the rest are rows.
pub(crate) fn rows(data: &[u8]) {
    let Some((&[form, how, slice], rest)) = data.split_first_chunk() else {
        return;
    };
    let batch = batch(form, rest);
    let batch = batch.slice(usize::from(slice).min(batch.num_rows()), {
        batch.num_rows().saturating_sub(usize::from(slice))
    });
    let options = WriteOptions::new()
        .topic("t")
        .include_timestamp(how & 8 != 0)
        .producer("bootstrap.servers", "broker:9092")
        .producer("batch.size", if how & 16 == 0 { "16384" } else { "100" })
        .producer("compression.type", CODECS[usize::from(how) % CODECS.len()]);
    let mut encoder = BatchEncoder::new(&batch.schema(), &options, PARTITIONS).expect("an encoder");
    let mut taken = Vec::new();
    // A row that cannot be written is refused with all of its batch.
    if encoder.encode(&batch, |batch| taken.push(batch)).is_err() {
        return;
    }
    encoder.finish(|batch| taken.push(batch)).expect("the rest");

    let mut source = SourceBatchBuilder::new("t");
    for encoded in &taken {
        let bytes = [
            &encoded.batch.seal(ProducerStamp::NONE)[..],
            encoded.batch.body(),
        ]
        .concat();
        let stored = Batches::new(bytes.into())
            .next()
            .expect("a batch")
            .expect("a batch");
        stored.verify().expect("its checksum");
        let records = stored.records(1 << 30).expect("records");
        for record in &records {
            let partition = encoded.partition.cast_signed();
            source.append(partition, &record.expect("a record"));
        }
    }
    compare(&batch, &source.finish());
}

/// Keys and values of each partition, which keep their order, are those of the rows.
fn compare(rows: &RecordBatch, read: &RecordBatch) {
    assert_eq!(rows.num_rows(), read.num_rows());
    let mut expected = bytes(rows, "key")
        .into_iter()
        .zip(bytes(rows, "value"))
        .collect::<Vec<_>>();
    let mut found = bytes(read, "key")
        .into_iter()
        .zip(bytes(read, "value"))
        .collect::<Vec<_>>();
    if let Some(partitions) = rows.column_by_name("partition") {
        let partitions = partitions.as_primitive::<Int32Type>();
        let read = read
            .column_by_name("partition")
            .expect("a partition")
            .as_primitive::<Int32Type>();
        let by_partition = |rows: Vec<_>, partitions: Vec<Option<i32>>| {
            let mut sorted: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for (row, partition) in rows.into_iter().zip(partitions) {
                sorted.entry(partition).or_default().push(row);
            }
            sorted
        };
        if partitions.null_count() == 0 {
            let expected = by_partition(expected, partitions.iter().collect());
            assert_eq!(expected, by_partition(found, read.iter().collect()));
            return;
        }
    }
    expected.sort();
    found.sort();
    assert_eq!(expected, found);
}

/// A column of strings or bytes; all null if there is none.
fn bytes(batch: &RecordBatch, name: &str) -> Vec<Option<Vec<u8>>> {
    let Some(column) = batch.column_by_name(name) else {
        return vec![None; batch.num_rows()];
    };
    let column = arrow::compute::cast(column, &arrow::datatypes::DataType::Binary).expect("bytes");
    let column = column.as_binary::<i32>();
    column.iter().map(|value| value.map(Vec::from)).collect()
}

fn batch(form: u8, data: &[u8]) -> RecordBatch {
    let rows = parse(data);
    let text =
        |bytes: &Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let keys = rows.iter().map(|row| row.key);
    let values = || rows.iter().map(|row| row.value);
    let value: ArrayRef = match form & 3 {
        0 => Arc::new(BinaryArray::from_iter(values())),
        1 => Arc::new(StringArray::from_iter(values().map(|value| text(&value)))),
        _ => Arc::new(StringViewArray::from_iter(
            values().map(|value| text(&value)),
        )),
    };
    let mut columns: Vec<(&str, ArrayRef)> = vec![("value", value)];
    if form & 4 != 0 {
        columns.push(("key", Arc::new(BinaryArray::from_iter(keys))));
    }
    if form & 8 != 0 {
        let partitions = rows.iter().map(|row| row.partition);
        columns.push(("partition", Arc::new(Int32Array::from_iter(partitions))));
    }
    if form & 16 != 0 {
        let times = rows.iter().map(|row| row.time);
        columns.push((
            "timestamp",
            Arc::new(TimestampMicrosecondArray::from_iter(times)),
        ));
    }
    let field =
        |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(schema), columns).expect("a record batch")
}

struct Row<'a> {
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
    partition: Option<i32>,
    time: Option<i64>,
}

/// Three bytes say what a row is like, its bytes follow.
fn parse(mut data: &[u8]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    while let Some((&[form, key, value], rest)) = data.split_first_chunk() {
        let (time, rest) = match rest.split_first_chunk() {
            Some((bytes, rest)) if form & 4 != 0 => (i64::from_be_bytes(*bytes), rest),
            _ => (i64::from(form), rest),
        };
        let (key, rest) = rest.split_at(usize::from(key).min(rest.len()));
        let (value, rest) = rest.split_at(usize::from(value).min(rest.len()));
        rows.push(Row {
            key: (form & 1 == 0).then_some(key),
            value: (form & 2 == 0).then_some(value),
            partition: (form & 8 == 0).then_some(i32::from(form >> 4) % 4),
            time: (form & 16 == 0).then_some(time),
        });
        data = rest;
    }
    rows
}
