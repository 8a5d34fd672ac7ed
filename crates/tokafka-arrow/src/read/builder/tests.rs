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
    assert_eq!(batch.schema(), source_schema());
    let [keys, values] = [0, 1].map(|at| batch.column(at).as_binary::<i32>());
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
    assert_eq!(batch.column(2).as_string::<i32>().value(1), "orders");
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
