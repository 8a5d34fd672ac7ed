//! Connections that are cut at every byte.

use tokafka_client::producer::OffsetRun;
use tokafka_devbroker::FaultAction;

use crate::bench::{Bench, partition, rows};

/// Writes a batch, has the connection of the next cut, and writes on; true if any was sent again.
async fn cut_by(cut: FaultAction) -> bool {
    let bench = Bench::start(&[]).await;
    let all = rows(8);
    bench.send(0, &all[..2]).await.unwrap();
    bench.deliveries.settled().await.unwrap();
    bench.fault(0, 1, cut);
    for rows in all[2..].chunks(2) {
        bench.send(0, rows).await.unwrap();
    }
    bench.deliveries.settled().await.unwrap();
    assert_eq!(bench.log(0), all, "{cut:?}");
    let report = bench.deliveries.take();
    let whole = [OffsetRun { first: 0, last: 7 }];
    assert_eq!(partition(&report, 0).runs, whole, "{cut:?}");
    report.retries > 0
}

/// Cuts after each number of bytes in turn, past the last one.
async fn cut_everywhere(cut: fn(usize) -> FaultAction, length: usize) {
    for bytes in 0..length {
        assert!(cut_by(cut(bytes)).await, "nothing was cut at {bytes}");
    }
}

#[tokio::test]
async fn a_request_that_is_cut_at_any_byte_is_written_once() {
    // With one batch of two rows it has less than 200 bytes.
    cut_everywhere(FaultAction::CutRequest, 200).await;
}

#[tokio::test]
async fn an_answer_that_is_cut_at_any_byte_leaves_the_records_there_once() {
    // About one batch it has less than 100 bytes.
    cut_everywhere(FaultAction::CutAnswer, 100).await;
}

#[tokio::test]
async fn large_requests_and_answers_of_the_start_are_cut_here_and_there() {
    for bytes in (0..40_000).step_by(1_777) {
        let bench = Bench::start(&[]).await;
        bench.fault(1, 1, FaultAction::CutRequest(bytes));
        let all = rows(8_000);
        for rows in all.chunks(500) {
            bench.send(0, rows).await.unwrap();
        }
        bench.deliveries.settled().await.unwrap();
        assert_eq!(bench.log(0), all, "{bytes}");
    }
}
