//! What reading comes to.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{
    ApiKey, FetchResponse,
    fetch_response::{AbortedTransaction, PartitionData},
};
use tokafka_client::{
    batch::{
        BatchHeader, BufferPool, Codec, Compression, Compressor, Headers, OpenBatch, ProducerStamp,
        Record,
    },
    error::ReadError,
    ranges::RangeReader,
};

use crate::{
    broker::{Broker, Request},
    client::{MANY, NONSENSE, connect, each, ends, fetch_settings},
};

const END: i64 = 6;

type Records = (&'static str, fn() -> Vec<u8>);
type Answer = (&'static str, fn(&Request) -> FetchResponse);

/// Three rows from this offset on.
fn batch(base_offset: i64, codec: Codec) -> Vec<u8> {
    rows(base_offset, codec, b"value")
}

fn rows(base_offset: i64, codec: Codec, value: &[u8]) -> Vec<u8> {
    let mut open = OpenBatch::new(&BufferPool::new(0), 64);
    for _ in 0..3 {
        open.push(Record {
            timestamp: 1,
            key: None,
            value: Some(value),
            headers: Headers::NONE,
        });
    }
    let finished = open
        .finish(&mut Compressor::new(Compression { codec, level: None }))
        .unwrap();
    let mut header = finished.seal(ProducerStamp::NONE).to_vec();
    header.splice(..8, base_offset.to_be_bytes());
    header.extend_from_slice(finished.body());
    header
}

/// The batch with a header that says something else, and is signed for it.
fn changed(mut batch: Vec<u8>, change: impl Fn(&mut BatchHeader)) -> Vec<u8> {
    let mut header = BatchHeader::parse(&batch).unwrap();
    change(&mut header);
    batch.splice(..BatchHeader::LEN, header.encode());
    signed(batch)
}

/// CRC-32C, bit by bit.
fn signed(mut batch: Vec<u8>) -> Vec<u8> {
    let crc = !batch[21..].iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg())
        })
    });
    batch.splice(17..21, crc.to_be_bytes());
    batch
}

fn holding(records: Vec<u8>) -> PartitionData {
    PartitionData::default()
        .with_high_watermark(END)
        .with_last_stable_offset(END)
        .with_records(Some(records.into()))
}

/// Reads offsets 0 to [`END`]; gives the offsets that came, and how it ended.
async fn read(what: &str, broker: &Broker) -> (Vec<i64>, Result<(), ReadError>) {
    let cluster = connect(broker).await.expect(what);
    let settings = fetch_settings(broker);
    let opened = RangeReader::open(&cluster, &settings, "t", 0, 0..END);
    let mut reader = ends(opened).await.expect(what);
    let (mut offsets, mut outcome) = (Vec::new(), Ok(()));
    loop {
        match ends(reader.next()).await {
            Ok(Some(records)) => {
                let read = records.iter().map_while(Result::ok);
                offsets.extend(read.map(|record| record.offset));
            }
            Ok(None) => break,
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    assert!(offsets.is_sorted_by(|a, b| a < b), "{what}: {offsets:?}");
    let asked = broker.count(ApiKey::Fetch);
    assert!(asked < MANY, "{what}: {asked} requests");
    (offsets, outcome)
}

async fn answering(answer: impl Fn(&Request) -> PartitionData + Send + Sync + 'static) -> Broker {
    Broker::usual_but_for(ApiKey::Fetch, move |request| {
        request.answer(&request.fetched(answer(request)))
    })
    .await
}

#[tokio::test]
async fn a_log_as_it_should_be_is_read_whole() {
    for codec in [Codec::None, Codec::Gzip, Codec::Zstd] {
        let broker =
            answering(move |request| holding(batch(request.fetch_offset() / 3 * 3, codec)));
        let (offsets, outcome) = read("a log", &broker.await).await;
        assert_eq!(offsets, [0, 1, 2, 3, 4, 5]);
        outcome.unwrap();
    }
}

#[tokio::test]
async fn nonsense_for_an_answer_is_an_error_in_time() {
    each(NONSENSE, |(what, reply)| async move {
        let broker = Broker::usual_but_for(ApiKey::Fetch, reply).await;
        let (offsets, outcome) = read(what, &broker).await;
        assert_eq!(offsets, [0; 0], "{what}");
        assert!(outcome.is_err(), "{what}");
    })
    .await;
}

#[tokio::test]
async fn batches_that_bring_a_reader_no_further_are_an_error_and_no_row_comes_twice() {
    let answers: [Records; 4] = [
        ("always the first", || batch(0, Codec::None)),
        ("backwards", || {
            [batch(3, Codec::None), batch(0, Codec::None)].concat()
        }),
        ("before the log", || batch(-9, Codec::None)),
        ("half a batch", || batch(0, Codec::None)[..70].to_vec()),
    ];
    each(answers, |(what, records)| async move {
        let broker = answering(move |_| holding(records())).await;
        let (offsets, outcome) = read(what, &broker).await;
        assert!(offsets.len() <= 6, "{what}");
        assert!(outcome.is_err() || offsets.last() == Some(&5), "{what}");
    })
    .await;
}

#[tokio::test]
async fn batches_that_lie_about_themselves_are_an_error() {
    let lies: [Records; 9] = [
        ("a wrong checksum", || {
            let mut batch = batch(0, Codec::None);
            batch[70] ^= 1;
            batch
        }),
        ("too many records", || {
            changed(batch(0, Codec::None), |it| it.record_count = i32::MAX)
        }),
        ("too few records", || {
            changed(batch(0, Codec::None), |it| it.record_count = 1)
        }),
        ("a negative count", || {
            changed(batch(0, Codec::None), |it| it.record_count = -1)
        }),
        ("records past the last", || {
            changed(batch(0, Codec::None), |it| it.last_offset_delta = 1)
        }),
        ("another codec", || {
            changed(batch(0, Codec::None), |it| it.attributes = 4)
        }),
        ("a codec that is none", || {
            changed(batch(0, Codec::None), |it| it.attributes = 7)
        }),
        ("a record twice", || {
            let mut batch = batch(0, Codec::None);
            let length = (batch.len() - BatchHeader::LEN) / 3;
            // Length, attributes and timestamp come before the offset.
            batch[BatchHeader::LEN + 2 * length + 3] = 2;
            signed(batch)
        }),
        ("more than may be decompressed", || {
            rows(0, Codec::Zstd, &vec![0; 1 << 20])
        }),
    ];
    each(lies, |(what, records)| async move {
        let broker = answering(move |_| holding(records())).await;
        let (offsets, outcome) = read(what, &broker).await;
        assert!(
            outcome.is_err() || offsets.len() < 3,
            "{what}: {offsets:?}, {outcome:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn answers_of_any_content_end_in_time() {
    let answers: [Answer; 5] = [
        ("no topics", |_| FetchResponse::default()),
        ("another partition", |request| {
            request.fetched(holding(batch(0, Codec::None)).with_partition_index(9))
        }),
        ("an unknown error", |request| {
            request.fetched(PartitionData::default().with_error_code(999))
        }),
        ("always out of range", |request| {
            request.fetched(PartitionData::default().with_error_code(1))
        }),
        ("an error of all", |_| {
            FetchResponse::default().with_error_code(i16::MIN)
        }),
    ];
    each(answers, |(what, answer)| async move {
        let broker = Broker::usual_but_for(ApiKey::Fetch, move |request| {
            request.answer(&answer(request))
        });
        let (offsets, outcome) = read(what, &broker.await).await;
        assert_eq!(offsets, [0; 0], "{what}");
        assert!(outcome.is_err(), "{what}");
    })
    .await;
}

#[tokio::test]
async fn aborted_transactions_of_nobody_hide_nothing() {
    let broker = answering(|request| {
        let aborted = AbortedTransaction::default().with_first_offset(i64::MIN);
        holding(batch(request.fetch_offset() / 3 * 3, Codec::None))
            .with_aborted_transactions(Some(vec![aborted; 1_000]))
    });
    let (offsets, outcome) = read("aborted", &broker.await).await;
    assert_eq!(offsets, [0, 1, 2, 3, 4, 5]);
    outcome.unwrap();
}

#[tokio::test]
async fn a_throttle_of_weeks_or_of_less_than_nothing_ends_in_time() {
    each([i32::MAX, i32::MIN], |throttle| async move {
        let broker = Broker::usual_but_for(ApiKey::Fetch, move |request| {
            let page = holding(batch(request.fetch_offset() / 3 * 3, Codec::None));
            request.answer(&request.fetched(page).with_throttle_time_ms(throttle))
        });
        let (offsets, outcome) = read("a throttle", &broker.await).await;
        assert_eq!(offsets, [0, 1, 2, 3, 4, 5]);
        outcome.unwrap();
    })
    .await;
}

#[tokio::test]
async fn bytes_that_claim_to_be_a_batch_of_gigabytes_take_no_memory() {
    let broker = answering(|_| {
        let mut claim = BytesMut::new();
        claim.put_i64(0);
        claim.put_i32(i32::MAX);
        claim.put_bytes(0, 4);
        claim.put_i8(2);
        claim.put_bytes(0, 60);
        holding(Bytes::from(claim).to_vec())
    });
    let (offsets, outcome) = read("gigabytes", &broker.await).await;
    assert_eq!(offsets, [0; 0]);
    assert!(outcome.is_err());
}
