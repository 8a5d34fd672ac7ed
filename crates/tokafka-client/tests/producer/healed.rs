//! What heals by trying again.

use std::time::{Duration, Instant};

use kafka_protocol::ResponseError;
use tokafka_client::{
    batch::{Compressor, Headers, OpenBatch, Record},
    producer::{DeliveryCause, OffsetRun},
};
use tokafka_devbroker::FaultAction;

use crate::bench::{Bench, partition, rows};

#[tokio::test]
async fn what_can_heal_is_tried_again_and_written_exactly_once_in_order() {
    let cases = [
        FaultAction::Refuse(ResponseError::NotLeaderOrFollower),
        FaultAction::Refuse(ResponseError::UnknownTopicOrPartition),
        FaultAction::Refuse(ResponseError::NotEnoughReplicas),
        FaultAction::CarryOutThenAnswer(ResponseError::NotEnoughReplicasAfterAppend),
        FaultAction::CarryOutThenAnswer(ResponseError::RequestTimedOut),
        FaultAction::CarryOutThenAnswer(ResponseError::NotLeaderOrFollower),
        FaultAction::LoseAnswer,
        FaultAction::Cut,
        FaultAction::Silence,
    ];
    for action in cases {
        for after in [0, 3] {
            let bench = Bench::start(&[("request.timeout.ms", "400")]).await;
            bench.fault(after, 3, action);
            bench
                .write(12)
                .await
                .unwrap_or_else(|error| panic!("{action:?}: {error}"));
            assert_eq!(bench.log(0), rows(24), "{action:?} after {after}");
            let report = bench.deliveries.take();
            assert_eq!(
                partition(&report, 0).runs,
                [OffsetRun { first: 0, last: 23 }]
            );
            assert!(
                report.retries >= 3,
                "{action:?}: {} retries",
                report.retries
            );
        }
    }
}

#[tokio::test]
async fn a_throttle_is_kept_and_told_of() {
    let bench = Bench::start(&[]).await;
    bench.fault(0, 1, FaultAction::Throttle(Duration::from_millis(300)));
    let start = Instant::now();
    bench.write(2).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(
        bench.deliveries.take().throttled,
        Duration::from_millis(300)
    );
}

#[tokio::test]
async fn what_is_in_doubt_at_delivery_timeout_may_be_written_and_what_was_never_sent_is_not() {
    let timeouts = [
        ("request.timeout.ms", "200"),
        ("delivery.timeout.ms", "700"),
    ];
    let bench = Bench::start(&timeouts).await;
    bench.fault(0, 1_000, FaultAction::LoseAnswer);
    let error = bench.write(4).await.unwrap_err();
    let DeliveryCause::TimedOut {
        last: Some(last), ..
    } = &error.cause
    else {
        panic!("{error}")
    };
    assert!(last.contains("lost before Produce was answered"), "{last}");
    assert!(error.to_string().contains("delivery.timeout.ms"), "{error}");
    let report = bench.deliveries.take();
    let delivery = partition(&report, 0);
    assert_eq!(
        (delivery.may_be_written_rows, delivery.not_written_rows),
        (2, 6)
    );
    assert_eq!(bench.log(0), rows(2), "sent again exactly as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_to_all_partitions_lose_and_double_nothing_while_connections_break() {
    let bench = Bench::start(&[("request.timeout.ms", "1000")]).await;
    for (after, action) in [
        (3, FaultAction::LoseAnswer),
        (9, FaultAction::Cut),
        (15, FaultAction::LoseAnswer),
    ] {
        bench.fault(after, 2, action);
    }
    let writers: Vec<_> = (0..4_u32)
        .map(|writer| {
            let (producer, topic) = (bench.producer.clone(), bench.topic.clone());
            tokio::spawn(async move {
                let deliveries = producer.deliveries();
                for row in 0..200_u32 {
                    let mut batch = OpenBatch::new(producer.buffers(), 64);
                    let value = format!("{writer} {row:05}");
                    let value = Some(value.as_bytes());
                    batch.push(Record {
                        timestamp: 1,
                        key: None,
                        value,
                        headers: Headers::NONE,
                    });
                    let mut compressor = Compressor::new(producer.settings().compression);
                    let batch = batch.finish(&mut compressor).unwrap();
                    producer
                        .send(&topic, row % 4, batch, &deliveries)
                        .await
                        .unwrap();
                }
                deliveries.settled().await
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    for partition in 0..4 {
        let log = bench.log(partition);
        for writer in 0..4 {
            let start = format!("{writer} ");
            let ours: Vec<_> = log
                .iter()
                .filter(|row| row.starts_with(&start))
                .cloned()
                .collect();
            let expected: Vec<_> = (0..200)
                .filter(|row| row % 4 == partition)
                .map(|row| format!("{writer} {row:05}"))
                .collect();
            assert_eq!(ours, expected, "writer {writer} partition {partition}");
        }
    }
}
