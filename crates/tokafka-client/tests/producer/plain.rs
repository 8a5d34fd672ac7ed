//! Nothing goes wrong.

use std::time::Duration;

use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_client::producer::{OffsetRun, Producer};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction};

use crate::bench::{Bench, partition, rows, settings, until_written};

#[tokio::test]
async fn rows_arrive_in_order_and_are_told_of_by_offset_for_each_acks_and_codec() {
    for acks in ["1", "all"] {
        for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
            let bench = Bench::start(&[("acks", acks), ("compression.type", codec)]).await;
            bench.write(20).await.unwrap();
            assert_eq!(bench.log(0), rows(40), "{acks} {codec}");
            let report = bench.deliveries.take();
            let delivery = partition(&report, 0);
            assert_eq!(
                delivery.runs,
                [OffsetRun { first: 0, last: 39 }],
                "{acks} {codec}"
            );
            assert_eq!((delivery.rows, report.batches, report.retries), (40, 20, 0));
            bench.producer.close(Duration::from_secs(1)).await;
        }
    }
}

#[tokio::test]
async fn acks_0_tells_of_rows_but_not_of_offsets() {
    let bench = Bench::start(&[("acks", "0")]).await;
    bench.write(20).await.unwrap();
    let report = bench.deliveries.take();
    let delivery = partition(&report, 0);
    assert_eq!((delivery.rows, delivery.unacknowledged_rows), (0, 40));
    assert_eq!(delivery.runs, []);
    until_written(&bench, 40).await;
    assert_eq!(bench.log(0), rows(40));
}

#[tokio::test]
async fn an_idempotent_producer_stamps_its_batches_and_another_does_not() {
    for (acks, expected) in [("all", (0, 2)), ("1", (-1, -1))] {
        let bench = Bench::start(&[("acks", acks)]).await;
        bench.write(2).await.unwrap();
        let records = bench.broker.records("t", 0);
        assert_eq!((records[0].sequence, records[2].sequence), expected);
        assert_eq!(records[0].producer_id >= 0, acks == "all");
    }
}

#[tokio::test]
async fn batches_of_several_partitions_share_a_request() {
    let bench = Bench::start(&[("tokafka.connections.per.broker", "1")]).await;
    for partition in 0..4 {
        bench.send(partition, &rows(3)).await.unwrap();
    }
    bench.deliveries.settled().await.unwrap();
    assert_eq!(bench.broker.request_count(ApiKey::Produce), 1);
    for partition in 0..4 {
        assert_eq!(bench.log(partition), rows(3));
    }
    assert_eq!(bench.deliveries.take().requests, 1);
}

#[tokio::test]
async fn a_producer_id_is_asked_for_until_the_cluster_has_one() {
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    broker.inject(Fault {
        api: ApiKey::InitProducerId,
        topic: None,
        partition: None,
        after: 0,
        times: 2,
        action: FaultAction::Refuse(ResponseError::CoordinatorLoadInProgress),
    });
    Producer::connect(settings(&broker.bootstrap(), &[]))
        .await
        .unwrap();
    assert_eq!(broker.request_count(ApiKey::InitProducerId), 3);
}

#[tokio::test]
async fn a_partition_that_the_topic_does_not_have_is_refused_with_the_count_there_is() {
    let bench = Bench::start(&[]).await;
    let error = bench.send(4, &rows(1)).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no partition 4: it has 4 (0 to 3)"),
        "{error}"
    );
}
