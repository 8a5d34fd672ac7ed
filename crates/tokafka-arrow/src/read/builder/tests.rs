use arrow::{
    array::{Array, AsArray},
    datatypes::{Int32Type, Int64Type, TimestampMillisecondType},
};
use tokafka_client::batch::{
    Batches, BufferPool, Compression, Compressor, Headers, OpenBatch, ProducerStamp, Record,
    StoredBatch,
};

use super::*;

fn stored(records: &[Record<'_>]) -> StoredBatch {
    let mut open = OpenBatch::new(&BufferPool::new(0), 1024);
    records.iter().for_each(|record| open.push(*record));
    let batch = open
        .finish(&mut Compressor::new(Compression::NONE))
        .unwrap();
    let bytes = [&batch.seal(ProducerStamp::NONE), batch.body().as_ref()].concat();
    Batches::new(bytes.into()).next().unwrap().unwrap()
}

fn built(records: &[Record<'_>]) -> RecordBatch {
    let mut builder = SourceBatchBuilder::new("orders");
    let records = stored(records).records(1 << 20).unwrap();
    records
        .iter()
        .for_each(|record| builder.append(3, &record.unwrap()));
    builder.finish()
}

#[test]
fn nulls_stay_nulls_and_no_headers_are_null_headers() {
    let mut headers = Vec::new();
    Headers::encode_into(
        &mut headers,
        [(&b"h"[..], None), (b"h", Some(&b"x"[..]))].into_iter(),
    );
    let batch = built(&[
        Record {
            timestamp: 7,
            key: None,
            value: Some(b"v"),
            headers: Headers::NONE,
        },
        Record {
            timestamp: 9,
            key: Some(b""),
            value: None,
            headers: Headers::from_encoded(&headers),
        },
    ]);
    assert_eq!(batch.schema(), source_view_schema());
    let [keys, values] = [0, 1].map(|at| batch.column(at).as_binary_view());
    assert!(keys.is_null(0) && keys.value(1).is_empty() && keys.is_valid(1));
    assert!(values.value(0) == b"v" && values.is_null(1));
    let lists = batch.column(7).as_list::<i32>();
    assert!(lists.is_null(0));
    let pairs = lists.value(1);
    let [names, values] = [0, 1].map(|at| pairs.as_struct().column(at).clone());
    assert_eq!(
        names.as_string::<i32>().iter().collect::<Vec<_>>(),
        [Some("h"), Some("h")]
    );
    let values = values.as_binary::<i32>();
    assert!(values.is_null(0) && values.value(1) == b"x");
}

#[test]
fn places_are_sparks_and_times_are_kafkas() {
    let record = |timestamp| Record {
        timestamp,
        key: None,
        value: None,
        headers: Headers::NONE,
    };
    let batch = built(&[record(5), record(i64::MAX)]);
    assert_eq!(batch.column(2).as_string_view().value(1), "orders");
    assert_eq!(batch.column(3).as_primitive::<Int32Type>().value(1), 3);
    assert_eq!(
        batch.column(4).as_primitive::<Int64Type>().values(),
        &[0, 1]
    );
    let times = batch.column(5).as_primitive::<TimestampMillisecondType>();
    assert_eq!(times.values(), &[5, i64::MAX]);
    assert_eq!(batch.column(6).as_primitive::<Int32Type>().value(0), 0);
}

#[test]
fn a_finished_builder_starts_anew() {
    let mut builder = SourceBatchBuilder::new("t");
    let record = Record {
        timestamp: 0,
        key: None,
        value: Some(b"abc"),
        headers: Headers::NONE,
    };
    let records = stored(&[record]).records(1 << 20).unwrap();
    records
        .iter()
        .for_each(|record| builder.append(0, &record.unwrap()));
    assert_eq!((builder.rows(), builder.bytes()), (1, 3));
    assert_eq!(builder.finish().num_rows(), 1);
    assert_eq!((builder.rows(), builder.bytes()), (0, 0));
    assert_eq!(builder.finish().num_rows(), 0);
}

/// Values that are longer than a view, so many that their body is shared, between short ones and nulls.
#[test]
fn what_is_shared_and_what_is_copied_are_the_same_rows() {
    let long: Vec<_> = (0..200_u8)
        .map(|number| vec![number; usize::from(number)])
        .collect();
    let records = long.iter().map(|bytes| Record {
        timestamp: 0,
        key: bytes.get(..bytes.len() / 2).filter(|key| key.len() % 3 > 0),
        value: Some(bytes),
        headers: Headers::NONE,
    });
    let records: Vec<_> = records.collect();
    let large = FetchedRecords::from(stored(&records).records(1 << 20).unwrap());
    let small = FetchedRecords::from(stored(&records[20..30]).records(1 << 20).unwrap());
    let mut shared = SourceBatchBuilder::new("t");
    let mut copied = SourceBatchBuilder::new("t");
    for (partition, records, at_most) in [
        (0, &small, 9),
        (1, &large, 150),
        (2, &small, usize::MAX),
        (1, &large, 200),
    ] {
        shared.extend(partition, records, at_most).unwrap();
        for record in records.iter().take(at_most) {
            copied.append(partition, &record.unwrap());
        }
    }
    assert_eq!(
        (shared.rows(), shared.bytes()),
        (copied.rows(), copied.bytes())
    );
    let (shared, copied) = (shared.finish(), copied.finish());
    assert_eq!((shared.num_rows(), &shared), (369, &copied));
    let body = large.body().as_ptr_range();
    let buffers = shared.column(1).as_binary_view().data_buffers();
    assert!(buffers.iter().any(|buffer| body.contains(&buffer.as_ptr())));
}

#[test]
fn columns_can_be_few_none_or_twice_the_same() {
    let records = [7, 8].map(|timestamp| Record {
        timestamp,
        key: None,
        value: Some(b"v"),
        headers: Headers::NONE,
    });
    let records = FetchedRecords::from(stored(&records).records(1 << 20).unwrap());
    let built = |columns: &[usize]| {
        let mut builder = SourceBatchBuilder::of_columns("t", columns);
        builder.extend(5, &records, usize::MAX).unwrap();
        builder.finish()
    };
    assert_eq!((built(&[]).num_rows(), built(&[]).num_columns()), (2, 0));
    let twice = built(&[4, 3, 4, 99]);
    assert_eq!(twice.num_columns(), 3);
    assert_eq!(twice.column(0), twice.column(2));
    assert_eq!(
        twice.column(1).as_primitive::<Int32Type>().values(),
        &[5, 5]
    );
}

#[test]
fn a_record_that_cannot_be_read_is_named_and_those_before_it_are_kept() {
    let record = |value| Record {
        timestamp: 0,
        key: None,
        value: Some(value),
        headers: Headers::NONE,
    };
    let batch = stored(&[record(b"good"), record(b"bad")]);
    let mut bytes = batch.bytes.to_vec();
    let header = 61;
    let second = header + (bytes.len() - header).div_ceil(2);
    bytes[second] = 0x7e;
    let batch = Batches::new(bytes.into()).next().unwrap().unwrap();
    let records = FetchedRecords::from(batch.records(1 << 20).unwrap());
    let mut builder = SourceBatchBuilder::new("t");
    let error = builder.extend(0, &records, usize::MAX).unwrap_err();
    assert_eq!(
        error.to_string(),
        "offset 1: malformed record batch: a field reaches past the end of its record"
    );
    let batch = builder.finish();
    assert_eq!(
        batch.column(1).as_binary_view().iter().collect::<Vec<_>>(),
        [Some(&b"good"[..])]
    );
}
