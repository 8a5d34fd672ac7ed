//! Requests and answers that come late, and brokers that cannot write for a while.

use std::time::{Duration, Instant};

use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_client::producer::OffsetRun;
use tokafka_devbroker::FaultAction;

use crate::bench::{Bench, partition, rows};

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn assert_whole(bench: &Bench, count: usize, case: &str) {
    assert_eq!(bench.log(0), rows(count), "{case}");
    let last = i64::try_from(count).unwrap() - 1;
    let whole = [OffsetRun { first: 0, last }];
    assert_eq!(partition(&bench.deliveries.take(), 0).runs, whole, "{case}");
}

#[tokio::test]
async fn an_old_connection_and_a_new_one_may_come_to_it_in_either_order() {
    for action in [FaultAction::HoldRequest, FaultAction::HoldAnswer] {
        for first_released in [0, 1] {
            let bench = Bench::start(&[("request.timeout.ms", "150")]).await;
            bench.fault(1, 2, action);
            for rows in rows(12).chunks(2) {
                bench.send(0, rows).await.unwrap();
            }
            until("sent again", || bench.broker.held() == 2).await;
            bench.broker.release(first_released);
            until("released", || bench.broker.held() == 1).await;
            bench.broker.release(0);
            bench.deliveries.settled().await.unwrap();
            assert_whole(&bench, 12, &format!("{action:?} {first_released}"));
        }
    }
}

#[tokio::test]
async fn a_request_of_a_dead_connection_that_is_carried_out_at_the_very_end_changes_nothing() {
    let bench = Bench::start(&[("request.timeout.ms", "150")]).await;
    bench.fault(1, 1, FaultAction::HoldRequest);
    bench.write(10).await.unwrap();
    assert_eq!(bench.broker.held(), 1);
    bench.broker.release(0);
    until("released", || bench.broker.held() == 0).await;
    bench.send(0, &rows(22)[20..]).await.unwrap();
    bench.deliveries.settled().await.unwrap();
    assert_whole(&bench, 22, "late");
}

#[tokio::test]
async fn too_few_replicas_for_a_while_are_waited_for() {
    let bench = Bench::start(&[]).await;
    let refusal = FaultAction::Refuse(ResponseError::NotEnoughReplicas);
    bench.fault(2, u32::MAX, refusal);
    for rows in rows(16).chunks(2) {
        bench.send(0, rows).await.unwrap();
    }
    let requests = || bench.broker.request_count(ApiKey::Produce);
    until("tried again and again", || requests() > 8).await;
    assert_eq!(bench.log(0), rows(4));
    bench.broker.clear_faults();
    bench.deliveries.settled().await.unwrap();
    assert_whole(&bench, 16, "too few replicas");
}
