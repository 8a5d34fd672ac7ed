use super::*;
use crate::{
    batch::{
        Batches, BufferPool, Compression, Compressor, Headers, OpenBatch, ProducerStamp, Record,
    },
    ranges::reader::FetchedRecords,
};
use bytes::Bytes;
use kafka_protocol::messages::{
    ProducerId,
    fetch_response::{AbortedTransaction, PartitionData},
};

const LIMIT: usize = 1 << 20;
const TRANSACTIONAL: u8 = 1 << 4;
const CONTROL: u8 = 1 << 5 | TRANSACTIONAL;
/// One past the last offset that the broker of these tests shows.
const VISIBLE_END: i64 = 100;

/// A batch of `count` records from `offset` on, as a broker keeps it.
fn stored(offset: i64, count: usize) -> Vec<u8> {
    let mut open = OpenBatch::new(&BufferPool::new(0), 64);
    for number in 0..count {
        let value = number.to_string();
        open.push(Record {
            timestamp: 0,
            key: None,
            value: Some(value.as_bytes()),
            headers: Headers::NONE,
        });
    }
    let batch = open
        .finish(&mut Compressor::new(Compression::NONE))
        .unwrap();
    let mut bytes = batch.seal(ProducerStamp::NONE).to_vec();
    bytes.extend_from_slice(batch.body());
    bytes[..8].copy_from_slice(&offset.to_be_bytes());
    bytes
}

/// Changes a batch behind its checksum, and makes the checksum right again.
fn edited(mut batch: Vec<u8>, edit: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    edit(&mut batch);
    let length = u32::try_from(batch.len() - 12).unwrap();
    batch[8..12].copy_from_slice(&length.to_be_bytes());
    let stored = Batches::new(batch.clone().into()).next().unwrap().unwrap();
    if let Err(BatchError::Checksum { computed, .. }) = stored.verify() {
        batch[17..21].copy_from_slice(&computed.to_be_bytes());
    }
    batch
}

/// A batch of one record by a producer, with attributes.
fn by_producer(offset: i64, producer: u8, attributes: u8) -> Vec<u8> {
    edited(stored(offset, 1), |batch| {
        batch[22] |= attributes;
        batch[43..51].copy_from_slice(&i64::from(producer).to_be_bytes());
    })
}

/// What compaction leaves of a batch from `offset` to `last` if none of its records is left.
fn emptied(offset: i64, last: i64) -> Vec<u8> {
    edited(stored(offset, 1), |batch| {
        batch.truncate(61);
        batch[23..27].copy_from_slice(&((last - offset) as i32).to_be_bytes());
        batch[57..61].fill(0);
    })
}

/// A message of format 0: it has no batch around it.
fn old_message(offset: i64) -> Vec<u8> {
    let mut message = offset.to_be_bytes().to_vec();
    message.extend_from_slice(&14_i32.to_be_bytes());
    message.extend_from_slice(&[0, 0, 0, 0, 0, 0]);
    message.extend_from_slice(&[0xff; 8]);
    message
}

fn page(records: Vec<u8>, aborted: &[(i64, i64)]) -> Page {
    let aborted = aborted.iter().map(|(producer, first)| {
        AbortedTransaction::default()
            .with_producer_id(ProducerId(*producer))
            .with_first_offset(*first)
    });
    let answer = PartitionData::default()
        .with_records(Some(Bytes::from(records)))
        .with_aborted_transactions(Some(aborted.collect()));
    Page::new(answer, VISIBLE_END)
}

/// Offsets of the records that readers get of the page at hand.
fn offsets(cursor: &mut RangeCursor) -> Result<Vec<i64>, BatchError> {
    let mut offsets = Vec::new();
    while let Some(batch) = cursor.next_batch()? {
        let records = FetchedRecords::of(&batch, LIMIT)?;
        for record in records.iter().flat_map(FetchedRecords::iter) {
            offsets.push(record?.offset);
        }
    }
    Ok(offsets)
}

fn cursor_at(range: Range<i64>, page: Page) -> RangeCursor {
    let mut cursor = RangeCursor::new(range);
    cursor.turn_to(page);
    cursor
}

#[test]
fn batches_are_cut_to_the_range() {
    let log = [stored(10, 3), stored(13, 3), stored(20, 2)].concat();
    for (range, expected) in [
        (0..100, vec![10, 11, 12, 13, 14, 15, 20, 21]),
        (11..14, vec![11, 12, 13]),
        (15..21, vec![15, 20]),
        (16..20, vec![]),
        (12..12, vec![]),
    ] {
        let mut cursor = cursor_at(range.clone(), page(log.clone(), &[]));
        assert_eq!(offsets(&mut cursor), Ok(expected), "{range:?}");
        let position = range.end.min(22);
        assert_eq!(cursor.position(), position, "{range:?}");
    }
}

#[test]
fn batches_that_compaction_emptied_are_batches_without_records() {
    let log = [stored(0, 1), emptied(5, 9), stored(20, 1)].concat();
    let mut cursor = cursor_at(0..VISIBLE_END, page(log.clone(), &[]));
    assert_eq!(offsets(&mut cursor), Ok(vec![0, 20]));
    let mut cursor = cursor_at(7..9, page(log, &[]));
    let batch = cursor.next_batch().unwrap().unwrap();
    assert_eq!(batch.offsets, 7..9);
    assert!(cursor.is_at_end());
}

#[test]
fn control_batches_are_batches_whose_records_nobody_gets() {
    let log = [
        by_producer(0, 7, TRANSACTIONAL),
        by_producer(1, 7, CONTROL),
        stored(2, 1),
    ];
    let mut cursor = cursor_at(0..3, page(log.concat(), &[]));
    let mut seen = Vec::new();
    while let Some(batch) = cursor.next_batch().unwrap() {
        seen.push((batch.offsets.start, batch.hidden));
    }
    assert_eq!(seen, [(0, false), (1, true), (2, false)]);
}

#[test]
fn records_of_an_aborted_transaction_are_hidden_up_to_its_marker() {
    let log = [
        by_producer(0, 7, TRANSACTIONAL),
        by_producer(1, 8, TRANSACTIONAL),
        by_producer(2, 7, CONTROL),
        by_producer(3, 7, TRANSACTIONAL),
        by_producer(4, 8, CONTROL),
    ]
    .concat();
    for (aborted, expected) in [
        (&[][..], vec![0, 1, 3]),
        (&[(7, 0)], vec![1, 3]),
        (&[(8, 1)], vec![0, 3]),
        (&[(7, 0), (8, 1)], vec![3]),
    ] {
        let mut cursor = cursor_at(0..VISIBLE_END, page(log.clone(), aborted));
        assert_eq!(offsets(&mut cursor), Ok(expected), "{aborted:?}");
        assert_eq!(cursor.position(), 5);
    }
}

#[test]
fn a_part_of_a_batch_at_the_end_is_read_from_the_next_answer() {
    let mut log = [stored(0, 2), stored(2, 2)].concat();
    log.truncate(log.len() - 1);
    let mut cursor = cursor_at(0..4, page(log, &[]));
    assert_eq!(offsets(&mut cursor), Ok(vec![0, 1]));
    assert_eq!(cursor.position(), 2);
    cursor.turn_to(page(stored(2, 2), &[]));
    assert_eq!(offsets(&mut cursor), Ok(vec![2, 3]));
    assert!(cursor.is_at_end());
}

#[test]
fn an_answer_that_leads_no_further_is_an_error_and_not_asked_for_again() {
    let partial = stored(5, 1)[..65].to_vec();
    for (log, case) in [(partial, "a part"), (stored(0, 3), "what was asked before")] {
        let mut cursor = cursor_at(5..9, page(log, &[]));
        let error = offsets(&mut cursor).unwrap_err().to_string();
        assert!(error.contains("no whole batch"), "{case}: {error}");
    }
}

#[test]
fn a_batch_with_a_wrong_checksum_is_refused_unless_it_lies_beyond_the_range() {
    let mut log = [stored(0, 1), stored(1, 1)].concat();
    *log.last_mut().unwrap() ^= 1;
    let mut cursor = cursor_at(0..9, page(log.clone(), &[]));
    assert_eq!(cursor.next_batch().unwrap().unwrap().offsets, 0..1);
    let error = cursor.next_batch().unwrap_err();
    assert!(
        matches!(error, BatchError::Checksum { offset: 1, .. }),
        "{error}"
    );
    assert_eq!(cursor.position(), 1);
    assert_eq!(offsets(&mut cursor_at(0..1, page(log, &[]))), Ok(vec![0]));
}

#[test]
fn messages_of_an_old_format_are_refused_after_what_can_be_read() {
    let log = [stored(0, 2), old_message(2)].concat();
    let mut cursor = cursor_at(0..3, page(log, &[]));
    assert_eq!(cursor.next_batch().unwrap().unwrap().offsets, 0..2);
    let error = cursor.next_batch().unwrap_err();
    assert_eq!(error, BatchError::OldFormat(0));
    assert_eq!(cursor.position(), 2);
}

#[test]
fn a_range_whose_end_the_log_lost_ends_once_several_answers_in_a_row_show_nothing() {
    let nothing = || page(vec![], &[]);
    let mut cursor = RangeCursor::new(90..VISIBLE_END);
    cursor.turn_to(nothing());
    cursor.turn_to(page(stored(95, 1), &[]));
    assert_eq!(offsets(&mut cursor), Ok(vec![95]));
    for answers in 0..SILENT_ANSWERS {
        assert!(!cursor.is_at_end(), "{answers}");
        cursor.turn_to(nothing());
    }
    assert!(cursor.is_at_end());
}

#[test]
fn a_range_that_goes_beyond_what_is_visible_waits() {
    let mut cursor = RangeCursor::new(0..VISIBLE_END + 1);
    for _ in 0..=SILENT_ANSWERS {
        cursor.turn_to(page(vec![], &[]));
        assert_eq!(offsets(&mut cursor), Ok(vec![]));
    }
    assert!(!cursor.is_at_end());
}
