//! Leaders, topics and partitions that change during a write.

use tokafka_client::producer::{DeliveryCause, OffsetRun};
use tokafka_devbroker::{DevBrokerConfig, FaultAction};

use crate::bench::{Bench, config, partition, rows, until_held, until_written};

async fn two_nodes() -> Bench {
    let config = DevBrokerConfig {
        nodes: 2,
        ..config()
    };
    Bench::with(config, &[]).await
}

fn assert_whole(bench: &Bench, count: usize) {
    assert_eq!(bench.log(0), rows(count));
    let last = i64::try_from(count).unwrap() - 1;
    let report = bench.deliveries.take();
    assert_eq!(partition(&report, 0).runs, [OffsetRun { first: 0, last }]);
}

#[tokio::test]
async fn a_leader_that_moves_with_five_requests_out_is_followed() {
    for carried_out in [0, 1, 3, 5] {
        let bench = two_nodes().await;
        bench.write(1).await.unwrap();
        // From here on requests are carried out up to a point, and held there.
        bench.fault(carried_out, 1, FaultAction::HoldRequest);
        let all = rows(22);
        for rows in all[2..].chunks(2) {
            bench.send(0, rows).await.unwrap();
        }
        until_held(&bench).await;
        bench.broker.move_leader("t", 0, 2);
        bench.broker.release_all();
        bench.deliveries.settled().await.unwrap();
        assert_whole(&bench, 22);
    }
}

#[tokio::test]
async fn a_leader_that_moves_to_and_fro_loses_and_doubles_nothing() {
    let bench = two_nodes().await;
    let all = rows(400);
    for (at, rows) in all.chunks(2).enumerate() {
        bench.send(0, rows).await.unwrap();
        if at % 20 == 19 {
            let node = if at % 40 == 19 { 2 } else { 1 };
            bench.broker.move_leader("t", 0, node);
        }
    }
    bench.deliveries.settled().await.unwrap();
    assert_whole(&bench, 400);
}

#[tokio::test]
async fn the_first_batch_of_a_topic_is_refused_while_others_wait_behind_it() {
    let bench = Bench::start(&[]).await;
    let refusal = FaultAction::Refuse(kafka_protocol::ResponseError::NotLeaderOrFollower);
    bench.fault(0, 2, refusal);
    bench.write(8).await.unwrap();
    assert_whole(&bench, 16);
}

#[tokio::test]
async fn partitions_that_are_added_during_a_write_do_not_move_its_keys() {
    let bench = Bench::start(&[]).await;
    bench.write(1).await.unwrap();
    bench.broker.grow_topic("t", 8);
    bench.producer.topic("t").await.unwrap();
    assert_eq!(
        bench.topic.partition_count(),
        4,
        "of the topic as it was opened"
    );
    bench.write(1).await.unwrap();
    assert_eq!(bench.log(0).len(), 4);
    assert_eq!(
        bench.producer.topic("t").await.unwrap().partition_count(),
        8
    );
}

#[tokio::test]
async fn a_topic_that_is_deleted_during_a_write_fails_it() {
    let timeouts = [
        ("request.timeout.ms", "200"),
        ("delivery.timeout.ms", "600"),
    ];
    let bench = Bench::start(&timeouts).await;
    bench.write(1).await.unwrap();
    bench.broker.delete_topic("t");
    let error = bench.write(1).await.unwrap_err();
    assert!(!matches!(error.cause, DeliveryCause::Cancelled), "{error}");
    assert!(error.to_string().contains("topic t partition 0"), "{error}");
}

#[tokio::test]
async fn permission_that_is_lost_in_the_middle_fails_the_rest_at_once() {
    let bench = Bench::start(&[]).await;
    bench.write(1).await.unwrap();
    let refusal = kafka_protocol::ResponseError::TopicAuthorizationFailed;
    bench.fault(0, 1_000, FaultAction::Refuse(refusal));
    let error = bench.write(2).await.unwrap_err();
    assert!(
        matches!(error.cause, DeliveryCause::Refused { code, .. } if code == refusal),
        "{error}"
    );
    let report = bench.deliveries.take();
    let delivery = partition(&report, 0);
    assert_eq!((delivery.rows, delivery.not_written_rows), (2, 4));
}

#[tokio::test]
async fn a_quota_is_kept_and_nothing_times_out_under_it() {
    let timeouts = [
        ("request.timeout.ms", "1000"),
        ("delivery.timeout.ms", "60000"),
    ];
    let bench = Bench::start(&timeouts).await;
    bench.broker.set_produce_quota(Some(100_000));
    let all = rows(10_000);
    for rows in all.chunks(500) {
        bench.send(0, rows).await.unwrap();
    }
    until_written(&bench, 10_000).await;
    bench.deliveries.settled().await.unwrap();
    assert_eq!(bench.log(0), all);
    let report = bench.deliveries.take();
    assert!(!report.throttled.is_zero());
    assert_eq!(report.retries, 0);
}
