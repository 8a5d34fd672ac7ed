//! Brokers that forgot what a producer wrote: the log tells.

use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_client::producer::{Break, DeliveryCause, Missing, OffsetRun, Unreadable, Written};
use tokafka_devbroker::{DevBrokerConfig, Fault, FaultAction, Restart};

use crate::bench::{Bench, batch_at, partition, rows};

/// The third of three batches.
const LAST: Missing = Missing {
    rows: 2,
    first: 4,
    last: 5,
};

/// All of `count` rows are in the log once, in order, and the report says where.
fn assert_whole(bench: &Bench, count: usize) -> u64 {
    assert_eq!(bench.log(0), rows(count));
    let report = bench.deliveries.take();
    let last = i64::try_from(count).unwrap() - 1;
    let delivery = partition(&report, 0);
    assert_eq!(delivery.runs, [OffsetRun { first: 0, last }]);
    assert_eq!(delivery.rows, count as u64);
    assert_eq!(
        (delivery.may_be_written_rows, delivery.not_written_rows),
        (0, 0)
    );
    report.settled
}

#[tokio::test]
async fn five_answers_lost_and_a_restart_leave_every_row_there_once() {
    let bench = Bench::start(&[]).await;
    // A connection begins with one request at a time, and has one more after each answer.
    bench.write(5).await.unwrap();
    bench.fault(0, 1, FaultAction::HoldRequest);
    for rows in rows(20)[10..].chunks(2) {
        bench.send(0, rows).await.unwrap();
    }
    crate::bench::until_held(&bench).await;
    bench.broker.release_all();
    crate::bench::until_written(&bench, 12).await;
    bench.broker.restart(1, Restart::WithLogs).await.unwrap();
    bench.deliveries.settled().await.unwrap();
    assert_whole(&bench, 20);
}

#[tokio::test]
async fn of_batches_in_doubt_a_restarted_broker_knows_the_last_and_the_log_tells_of_the_others() {
    let bench = Bench::start(&[]).await;
    // A connection begins with one request at a time, and has one more after each answer.
    bench.write(5).await.unwrap();
    let timeout = FaultAction::CarryOutThenAnswer(ResponseError::RequestTimedOut);
    bench.fault(0, 1, FaultAction::HoldRequest);
    bench.fault(0, 4, timeout);
    bench.fault(0, 1, FaultAction::HoldRequest);
    for rows in rows(20)[10..].chunks(2) {
        bench.send(0, rows).await.unwrap();
    }
    crate::bench::until_held(&bench).await;
    bench.broker.release_all();
    crate::bench::until_requested(&bench, ApiKey::Produce, 11).await;
    bench.broker.restart(1, Restart::WithLogs).await.unwrap();
    bench.deliveries.settled().await.unwrap();
    assert_eq!(assert_whole(&bench, 20), 3);
}

/// Kafka forgets a producer as soon as it is restarted if the records are older than a day.
#[tokio::test]
async fn old_records_are_not_written_twice_by_a_broker_that_forgot_the_producer() {
    let bench = Bench::start(&[]).await;
    bench.write(5).await.unwrap();
    bench.fault(0, 1, FaultAction::HoldRequest);
    let timeout = FaultAction::CarryOutThenAnswer(ResponseError::RequestTimedOut);
    bench.fault(0, 4, timeout);
    for rows in rows(20)[10..].chunks(2) {
        let batch = batch_at(&bench.producer, 1, rows);
        let sent = bench
            .producer
            .send(&bench.topic, 0, batch, &bench.deliveries);
        sent.await.unwrap();
    }
    crate::bench::until_held(&bench).await;
    bench.broker.release_all();
    crate::bench::until_written(&bench, 20).await;
    bench.broker.forget_producers();
    bench.deliveries.settled().await.unwrap();
    assert_eq!(assert_whole(&bench, 20), 4);
}

#[tokio::test]
async fn batches_that_a_restarted_broker_forgot_are_found_in_the_log() {
    let bench = Bench::start(&[]).await;
    bench.write(1).await.unwrap();
    for _ in 0..2 {
        bench.fault(
            0,
            1,
            FaultAction::CarryOutThenAnswer(ResponseError::RequestTimedOut),
        );
    }
    let all = rows(8);
    bench.send(0, &all[2..4]).await.unwrap();
    bench.send(0, &all[4..6]).await.unwrap();
    crate::bench::until_written(&bench, 6).await;
    bench.broker.restart(1, Restart::WithLogs).await.unwrap();
    bench.send(0, &all[6..]).await.unwrap();
    bench.deliveries.settled().await.unwrap();
    assert_whole(&bench, 8);
}

#[tokio::test]
async fn a_sequence_that_is_refused_of_records_that_are_not_there_is_written_at_the_next_epoch() {
    for code in [
        ResponseError::OutOfOrderSequenceNumber,
        ResponseError::UnknownProducerId,
    ] {
        for after in [0, 1, 4] {
            let bench = Bench::start(&[]).await;
            bench.fault(after, 1, FaultAction::Refuse(code));
            bench.write(8).await.unwrap();
            assert_eq!(assert_whole(&bench, 16), 0, "{code} after {after}");
            let epochs: Vec<_> = bench
                .broker
                .batches("t", 0)
                .iter()
                .map(|batch| i16::from_be_bytes([batch[51], batch[52]]))
                .collect();
            // A later one may have been refused only because of one before it.
            let raised = after > 0 || epochs.last() == Some(&1);
            assert!(epochs.is_sorted() && raised, "{epochs:?}");
        }
    }
}

#[tokio::test]
async fn a_duplicate_without_an_offset_is_found_in_the_log() {
    for after in [0, 1, 4] {
        let bench = Bench::start(&[]).await;
        let answer = FaultAction::CarryOutThenAnswer(ResponseError::DuplicateSequenceNumber);
        bench.fault(after, 1, answer);
        bench.write(8).await.unwrap();
        assert!(assert_whole(&bench, 16) >= 1, "after {after}");
    }
}

#[tokio::test]
async fn records_of_others_between_ours_are_not_taken_for_ours() {
    let bench = Bench::start(&[]).await;
    let other = Bench::join(&bench, &[]).await;
    bench.write(1).await.unwrap();
    other.write(1).await.unwrap();
    let answer = FaultAction::CarryOutThenAnswer(ResponseError::DuplicateSequenceNumber);
    bench.fault(0, 1, answer);
    bench.write(1).await.unwrap();
    let report = bench.deliveries.take();
    let runs = [(0, 1), (4, 5)].map(|(first, last)| OffsetRun { first, last });
    assert_eq!(partition(&report, 0).runs, runs);
    assert_eq!(
        (report.settled, report.settled_rows, report.epochs_raised),
        (1, 2, 1)
    );
}

#[tokio::test]
async fn a_log_that_may_not_be_read_leaves_the_doubt_and_later_writes_go_on() {
    let bench = Bench::start(&[]).await;
    bench.write(1).await.unwrap();
    let answer = FaultAction::CarryOutThenAnswer(ResponseError::DuplicateSequenceNumber);
    bench.fault(0, 1, answer);
    bench.broker.inject(Fault {
        api: ApiKey::ListOffsets,
        topic: Some("t".to_owned()),
        partition: Some(0),
        after: 0,
        times: 1,
        action: FaultAction::Refuse(ResponseError::TopicAuthorizationFailed),
    });
    let error = bench.write(1).await.unwrap_err();
    assert!(
        matches!(error.cause, DeliveryCause::Unreadable(_)),
        "{error}"
    );
    assert_eq!(error.written, Written::Maybe);
    for part in ["could not be read from the log", "may have been written"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert_eq!(
        partition(&bench.deliveries.take(), 0).may_be_written_rows,
        2
    );

    let later = bench.producer.deliveries();
    let batch = bench.batch(&rows(3));
    let sent = bench.producer.send(&bench.topic, 0, batch, &later);
    sent.await.unwrap();
    later.settled().await.unwrap();
    assert_eq!(bench.log(0), [rows(2), rows(2), rows(3)].concat());
}

#[tokio::test]
async fn acknowledged_records_that_are_gone_fail_the_write_and_later_ones_go_on() {
    for overwritten in [false, true] {
        let bench = Bench::start(&[]).await;
        bench.write(3).await.unwrap();
        bench.broker.truncate("t", 0, 2);
        if overwritten {
            Bench::join(&bench, &[]).await.write(3).await.unwrap();
        }
        let error = bench.write(1).await.unwrap_err();
        assert_eq!(
            error.cause,
            DeliveryCause::Unsettled(Break::AcknowledgedGone(LAST))
        );
        assert_eq!(error.written, Written::No);
        for part in ["2 records", "at offsets 4 to 5", "no longer in its log"] {
            assert!(error.to_string().contains(part), "{error}");
        }

        let before = bench.log(0).len();
        let later = bench.producer.deliveries();
        let batch = bench.batch(&rows(3));
        let sent = bench.producer.send(&bench.topic, 0, batch, &later);
        sent.await.unwrap();
        later.settled().await.unwrap();
        assert_eq!(bench.log(0)[before..], rows(3));
    }
}

/// A bench whose broker keeps few batches, with one that was acknowledged.
async fn forgetful() -> Bench {
    let config = DevBrokerConfig {
        retention_bytes: 400,
        ..DevBrokerConfig::default()
    };
    let bench = Bench::with(config, &[]).await;
    bench.write(1).await.unwrap();
    bench
}

#[tokio::test]
async fn what_retention_may_have_deleted_stays_in_doubt() {
    let bench = forgetful().await;
    let timeout = FaultAction::CarryOutThenAnswer(ResponseError::RequestTimedOut);
    bench.fault(0, 1, timeout);
    bench.fault(0, 1, FaultAction::HoldRequest);
    bench.send(0, &rows(2)).await.unwrap();
    crate::bench::until_requested(&bench, ApiKey::Produce, 3).await;
    let other = Bench::join(&bench, &[]).await;
    other.write(20).await.unwrap();
    let refusal = FaultAction::Refuse(ResponseError::OutOfOrderSequenceNumber);
    bench.fault(0, 1, refusal);
    bench.broker.restart(1, Restart::WithLogs).await.unwrap();
    let error = bench.deliveries.settled().await.unwrap_err();
    assert_eq!(error.written, Written::Maybe);
    let start = bench.broker.records("t", 0)[0].offset;
    assert_eq!(
        error.cause,
        DeliveryCause::Unreadable(Box::new(Unreadable::Trimmed { start }))
    );
}

#[tokio::test]
async fn what_was_never_appended_goes_on_whatever_retention_deleted() {
    let bench = forgetful().await;
    let other = Bench::join(&bench, &[]).await;
    other.write(20).await.unwrap();
    let refusal = FaultAction::Refuse(ResponseError::OutOfOrderSequenceNumber);
    bench.fault(0, 1, refusal);
    bench.write(1).await.unwrap();
    assert_eq!(bench.log(0)[6..], rows(2));
}

#[tokio::test]
async fn a_first_batch_without_timestamps_is_found_in_the_log() {
    let bench = Bench::start(&[]).await;
    let answer = FaultAction::CarryOutThenAnswer(ResponseError::DuplicateSequenceNumber);
    bench.fault(0, 1, answer);
    let batch = batch_at(&bench.producer, -1, &rows(2));
    let sent = bench
        .producer
        .send(&bench.topic, 0, batch, &bench.deliveries);
    sent.await.unwrap();
    bench.deliveries.settled().await.unwrap();
    assert_whole(&bench, 2);
}

#[tokio::test]
async fn a_sequence_that_is_always_refused_fails_after_retries() {
    let bench = Bench::start(&[("retries", "3"), ("enable.idempotence", "true")]).await;
    bench.write(1).await.unwrap();
    let refusal = FaultAction::Refuse(ResponseError::OutOfOrderSequenceNumber);
    bench.fault(0, 1_000, refusal);
    let error = bench.write(1).await.unwrap_err();
    let DeliveryCause::RetriesExhausted { attempts: 4, last } = &error.cause else {
        panic!("{error}");
    };
    assert!(
        last.as_deref().unwrap().contains("OutOfOrderSequence"),
        "{last:?}"
    );
    assert_eq!(error.written, Written::No);
}

#[tokio::test]
async fn an_acknowledgement_where_acknowledged_records_lay_fails_the_write() {
    let bench = Bench::start(&[]).await;
    bench.write(3).await.unwrap();
    bench.broker.truncate("t", 0, 0);
    bench.broker.forget_producers();
    let error = bench.write(1).await.unwrap_err();
    assert_eq!(
        error.cause,
        DeliveryCause::Unsettled(Break::AcknowledgedGone(LAST))
    );
}
