//! Any answer to a fetch request.

use super::{
    cursor::RangeCursor,
    fetch::{self, Answer, Source},
    reader::FetchedRecords,
};
use crate::settings::IsolationLevel;
use kafka_protocol::messages::FetchResponse;
use uuid::Uuid;

/// Decompressed batches may have this many bytes: little, so that a fuzzer is fast.
const LIMIT: usize = 1 << 20;

/// The answer for partition 0 from offset 0 on: gives each offset once, in order.
pub(crate) fn fetched(response: FetchResponse) {
    let source = Source {
        topic: "t".into(),
        id: Uuid::from_u128(1),
        partition: 0,
        leader_epoch: 0,
    };
    let isolation = IsolationLevel::ReadCommitted;
    drop(fetch::hint(&response, &source));
    let Ok(Answer::Page(page)) = fetch::answer(response, &source, isolation) else {
        return;
    };
    let mut cursor = RangeCursor::new(0..i64::MAX);
    cursor.turn_to(page);
    let mut next = 0;
    while let Ok(Some(batch)) = cursor.next_batch() {
        let Ok(Some(records)) = FetchedRecords::of(&batch, LIMIT) else {
            continue;
        };
        for record in records.iter().flatten() {
            assert!(record.offset >= next, "a record comes twice");
            next = record.offset.saturating_add(1);
        }
    }
}
