//! Connections that are cut at every byte.

use tokafka_client::producer::OffsetRun;
use tokafka_devbroker::Direction;

use crate::bench::{Bench, partition, rows};

/// Writes a batch, cuts the connection of the next after so many bytes, and writes on.
async fn cut_after(direction: Direction, bytes: usize) -> bool {
    let bench = Bench::start(&[]).await;
    let all = rows(8);
    bench.send(0, &all[..2]).await.unwrap();
    bench.deliveries.settled().await.unwrap();
    bench.broker.cut_after(direction, bytes);
    for rows in all[2..].chunks(2) {
        bench.send(0, rows).await.unwrap();
    }
    bench.deliveries.settled().await.unwrap();
    assert_eq!(bench.log(0), all, "{direction:?} {bytes}");
    let report = bench.deliveries.take();
    let whole = [OffsetRun { first: 0, last: 7 }];
    assert_eq!(partition(&report, 0).runs, whole, "{direction:?} {bytes}");
    report.retries > 0
}

/// How many cuts made the producer send again, cutting after each number of bytes in turn.
async fn cut_everywhere(direction: Direction, most: usize) -> usize {
    let mut retried = 0;
    for bytes in 0..most {
        retried += usize::from(cut_after(direction, bytes).await);
    }
    retried
}

#[tokio::test]
async fn a_request_that_is_cut_at_any_byte_is_written_once() {
    // A request of one batch of two rows has about 200 bytes, and three follow.
    let retried = cut_everywhere(Direction::Received, 260).await;
    assert!(retried > 250, "{retried}");
}

#[tokio::test]
async fn an_answer_that_is_cut_at_any_byte_leaves_the_records_there_once() {
    let retried = cut_everywhere(Direction::Sent, 130).await;
    assert!(retried > 120, "{retried}");
}

#[tokio::test]
async fn large_requests_and_answers_of_the_start_are_cut_here_and_there() {
    for bytes in (0..40_000).step_by(1_777) {
        let bench = Bench::start(&[]).await;
        bench.broker.cut_after(Direction::Received, bytes);
        let all = rows(8_000);
        for rows in all.chunks(500) {
            bench.send(0, rows).await.unwrap();
        }
        bench.deliveries.settled().await.unwrap();
        assert_eq!(bench.log(0), all, "{bytes}");
    }
}
