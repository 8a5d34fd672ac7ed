//! The rules of `ProducerStateManager`, as a table.

use kafka_protocol::{messages::InitProducerIdRequest, protocol::StrBytes};

use crate::client::{Batch, broker_with_topic};

/// Producer id, epoch, first sequence, records; then error code and base offset.
type Step = ((i64, i16, i32, usize), (i16, i64));

async fn run(steps: &[Step]) {
    let (_broker, mut client) = broker_with_topic().await;
    for (step, ((id, epoch, sequence, count), expected)) in steps.iter().enumerate() {
        let batch = Batch {
            values: vec!["v"; *count],
            producer: (*id, *epoch, *sequence),
            ..Batch::default()
        };
        let answer = client.produce(batch.encode()).await;
        assert_eq!(
            (answer.error_code, answer.base_offset),
            *expected,
            "step {step}"
        );
    }
}

#[tokio::test]
async fn sequences_of_a_producer_count_up() {
    run(&[
        ((7, 0, 0, 2), (0, 0)),
        ((7, 0, 2, 1), (0, 2)),
        ((7, 0, 4, 1), (45, -1)),
        ((7, 0, 3, 1), (0, 3)),
        ((8, 0, 0, 1), (0, 4)),
    ])
    .await;
}

#[tokio::test]
async fn an_unknown_producer_may_begin_with_any_sequence() {
    run(&[
        ((7, 3, 100, 2), (0, 0)),
        ((7, 3, 102, 1), (0, 2)),
        ((7, 3, 0, 1), (45, -1)),
    ])
    .await;
}

#[tokio::test]
async fn five_batches_are_remembered_and_answered_with_their_old_offset() {
    let mut steps: Vec<Step> = (0..6).map(|i| ((7, 0, i, 1), (0, i64::from(i)))).collect();
    steps.extend((1..6).map(|i| ((7, 0, i, 1), (0, i64::from(i)))));
    steps.push(((7, 0, 0, 1), (45, -1)));
    steps.push(((7, 0, 6, 1), (0, 6)));
    run(&steps).await;
}

#[tokio::test]
async fn the_same_first_sequence_with_another_count_is_no_duplicate() {
    run(&[
        ((7, 0, 0, 3), (0, 0)),
        ((7, 0, 0, 2), (45, -1)),
        ((7, 0, 0, 3), (0, 0)),
    ])
    .await;
}

#[tokio::test]
async fn a_new_epoch_begins_at_zero_and_fences_the_old_one() {
    run(&[
        ((7, 0, 0, 1), (0, 0)),
        ((7, 1, 1, 1), (45, -1)),
        ((7, 1, 0, 1), (0, 1)),
        ((7, 0, 1, 1), (47, -1)),
        ((7, 0, 0, 1), (47, -1)),
        ((7, 1, 0, 1), (0, 1)),
        ((7, 1, 1, 1), (0, 2)),
    ])
    .await;
}

#[tokio::test]
async fn sequences_wrap_to_zero() {
    run(&[
        ((7, 0, i32::MAX - 1, 3), (0, 0)),
        ((7, 0, i32::MAX - 1, 3), (0, 0)),
        ((7, 0, 1, 1), (0, 3)),
    ])
    .await;
}

#[tokio::test]
async fn a_duplicate_is_answered_with_its_timestamp_and_not_written_again() {
    let (broker, mut client) = broker_with_topic().await;
    let batch = Batch {
        values: vec!["a", "b"],
        producer: (7, 0, 0),
        ..Batch::default()
    };
    client.produce(batch.encode()).await;
    let again = client.produce(batch.encode()).await;
    assert_eq!((again.error_code, again.base_offset), (0, 0));
    assert_eq!(again.log_append_time_ms, batch.first_timestamp + 1);
    let sequences: Vec<_> = broker
        .records("t", 0)
        .iter()
        .map(|record| record.sequence)
        .collect();
    assert_eq!(sequences, [0, 1]);
}

#[tokio::test]
async fn a_broker_that_forgot_its_producers_takes_a_batch_twice() {
    let (broker, mut client) = broker_with_topic().await;
    let batch = Batch {
        producer: (7, 0, 9),
        ..Batch::default()
    };
    client.produce(batch.encode()).await;
    broker.forget_producers();
    assert_eq!(client.produce(batch.encode()).await.base_offset, 1);
}

fn init(producer_id: i64, epoch: i16) -> InitProducerIdRequest {
    InitProducerIdRequest::default()
        .with_transactional_id(None)
        .with_producer_id(producer_id.into())
        .with_producer_epoch(epoch)
}

#[tokio::test]
async fn producer_ids_are_new_each_time_even_for_a_producer_that_has_one() {
    let (_broker, mut client) = broker_with_topic().await;
    let requests = (0..=5)
        .map(|version| (version, init(-1, -1)))
        .chain([(5, init(3, 2))]);
    for (expected, (version, request)) in (0..).zip(requests) {
        let answer = client.call(version, &request).await;
        assert_eq!((answer.error_code, answer.producer_epoch), (0, 0));
        assert_eq!(*answer.producer_id, expected, "version {version}");
    }
}

#[tokio::test]
async fn a_transactional_id_and_half_a_producer_are_refused() {
    let (_broker, mut client) = broker_with_topic().await;
    let transactional =
        init(-1, -1).with_transactional_id(Some(StrBytes::from_static_str("x").into()));
    for request in [transactional, init(3, -1), init(-1, 2)] {
        let answer = client.call(5, &request).await;
        assert_eq!((answer.error_code, *answer.producer_id), (42, -1));
    }
}
