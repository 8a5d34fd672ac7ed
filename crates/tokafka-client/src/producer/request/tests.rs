use kafka_protocol::{messages::ProduceRequest, protocol::Decodable};

use super::*;
use crate::batch::{BufferPool, Compression, Compressor, Headers, OpenBatch, Record};

fn batch(value: &[u8]) -> FinishedBatch {
    let mut batch = OpenBatch::new(&BufferPool::new(0), 64);
    batch.push(Record {
        timestamp: 1,
        key: None,
        value: Some(value),
        headers: Headers::NONE,
    });
    batch
        .finish(&mut Compressor::new(Compression::NONE))
        .unwrap()
}

fn entry(name: &str, id: u128, partition: i32, value: &[u8]) -> Entry {
    let topic = TopicKey {
        name: name.into(),
        id: Uuid::from_u128(id),
    };
    Entry {
        part: Part {
            lane: LaneId(0),
            attempt: Attempt::first(),
            topic,
            partition,
        },
        batch: batch(value),
        stamp: ProducerStamp {
            producer_id: 7,
            epoch: 1,
            base_sequence: 40,
        },
    }
}

const TERMS: Terms = Terms {
    acks: Acks::All,
    timeout: Duration::from_secs(30),
};

fn decoded(version: i16, entries: &mut [Entry]) -> ProduceRequest {
    let mut bytes = BytesMut::new();
    for piece in body(version, TERMS, entries) {
        bytes.extend_from_slice(&piece);
    }
    let mut bytes = bytes.freeze();
    let request = ProduceRequest::decode(&mut bytes, version).unwrap();
    assert!(bytes.is_empty(), "version {version} leaves bytes over");
    request
}

#[test]
fn every_version_is_what_the_generated_decoder_reads() {
    for version in VERSIONS {
        let mut entries = [
            entry("b", 1, 3, b"b3"),
            entry("a", 2, 1, b"a1"),
            entry("b", 1, 0, b"b0"),
        ];
        let request = decoded(version, &mut entries);
        assert_eq!(
            (request.transactional_id, request.acks, request.timeout_ms),
            (None, -1, 30_000)
        );
        let mut topics = Vec::new();
        for topic in &request.topic_data {
            for partition in &topic.partition_data {
                let records = partition.records.as_ref().unwrap();
                let value = &records[records.len() - 3..records.len() - 1];
                let topic = (topic.name.to_string(), topic.topic_id.as_u128());
                topics.push((topic, partition.index, value.to_vec()));
            }
        }
        let named = |name: &str, id| {
            if version > LAST_BY_NAME {
                (String::new(), id)
            } else {
                (name.to_owned(), 0)
            }
        };
        let (a, b) = (named("a", 2), named("b", 1));
        let a = vec![(a, 1, b"a1".to_vec())];
        let b = vec![(b.clone(), 0, b"b0".to_vec()), (b, 3, b"b3".to_vec())];
        let expected = if version > LAST_BY_NAME {
            [b, a].concat()
        } else {
            [a, b].concat()
        };
        assert_eq!(topics, expected, "version {version}");
    }
}

#[test]
fn a_batch_is_its_sealed_header_and_its_body_untouched() {
    let mut entries = [entry("a", 2, 1, b"value")];
    let request = decoded(9, &mut entries);
    let records = request.topic_data[0].partition_data[0]
        .records
        .clone()
        .unwrap();
    let header = BatchHeader::parse(&records).unwrap();
    assert_eq!(
        (
            header.producer_id,
            header.producer_epoch,
            header.base_sequence
        ),
        (7, 1, 40)
    );
    assert_eq!(records.slice(BatchHeader::LEN..), *entries[0].batch.body());
}

#[test]
fn bodies_are_pieces_of_their_own_and_not_copied() {
    let mut entries = [entry("a", 2, 1, b"value")];
    let pieces = body(9, TERMS, &mut entries);
    assert!(
        pieces
            .iter()
            .any(|piece| piece.as_ptr() == entries[0].batch.body().as_ptr())
    );
}

#[test]
fn acks_are_written_as_kafka_numbers_them() {
    for (acks, expected) in [(Acks::None, 0), (Acks::Leader, 1), (Acks::All, -1)] {
        let mut entries = [entry("a", 2, 1, b"value")];
        let mut bytes = BytesMut::new();
        for piece in body(9, Terms { acks, ..TERMS }, &mut entries) {
            bytes.extend_from_slice(&piece);
        }
        assert_eq!(
            ProduceRequest::decode(&mut bytes.freeze(), 9).unwrap().acks,
            expected
        );
    }
}

#[test]
fn a_topic_without_an_id_goes_by_name() {
    let topic = |id| TopicKey {
        name: "a".into(),
        id,
    };
    assert_eq!(topic(Uuid::nil()).versions(), 7..=12);
    assert_eq!(topic(Uuid::from_u128(1)).versions(), 7..=13);
}
