use std::time::Duration;

use crate::broker::{Broker, Row, TIMESTAMP, batch, rows, runs, send, write};

#[tokio::test]
async fn records_come_back_as_written_with_every_codec() {
    let broker = Broker::start().await;
    let written = every_shape();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let topic = broker.new_topic(codec, 1).await;
        let producer = broker.producer(&[("compression.type", codec)]).await;
        let report = write(producer, &topic, std::slice::from_ref(&written)).await;
        assert_eq!(runs(&report), [(0, written.len() as i64 - 1)], "{codec}");
        let read = broker.read(&topic, 0..written.len() as i64).await;
        let expected: Vec<_> = (0..).zip(written.clone()).collect();
        assert_eq!(read, expected, "{codec}");
    }
}

fn every_shape() -> Vec<Row> {
    let row = |key: Option<&str>, value: Option<&str>, headers: &[(&str, Option<&str>)]| Row {
        timestamp: TIMESTAMP,
        key: key.map(Into::into),
        value: value.map(Into::into),
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.map(Into::into)))
            .collect(),
    };
    let long = "long ".repeat(50_000);
    vec![
        row(Some("k"), Some("v"), &[]),
        row(None, Some("no key"), &[]),
        row(Some("no value"), None, &[]),
        row(Some(""), Some(""), &[]),
        row(
            Some("h"),
            Some("v"),
            &[
                ("a", Some("1")),
                ("a", Some("2")),
                ("", None),
                ("ü", Some("")),
            ],
        ),
        row(Some("long"), Some(&long), &[]),
        Row {
            timestamp: TIMESTAMP - 5_000,
            ..row(None, Some("earlier"), &[])
        },
        Row {
            timestamp: TIMESTAMP + 5_000,
            ..row(None, Some("later"), &[])
        },
    ]
}

#[tokio::test]
async fn every_acknowledged_batch_is_there_in_order_with_acks_1_and_all() {
    let broker = Broker::start().await;
    for acks in ["1", "all"] {
        let topic = broker.new_topic(&format!("acks-{acks}"), 1).await;
        let producer = broker.producer(&[("acks", acks)]).await;
        let batches: Vec<_> = (0..40)
            .map(|batch| rows(batch * 10..batch * 10 + 10))
            .collect();
        let report = write(producer, &topic, &batches).await;
        assert_eq!(runs(&report), [(0, 399)], "{acks}");
        assert_eq!(report.partitions[0].rows, 400);
        let read: Vec<_> = broker
            .read(&topic, 0..400)
            .await
            .into_iter()
            .map(|(_, row)| row)
            .collect();
        assert_eq!(read, rows(0..400), "{acks}");
    }
}

#[tokio::test]
async fn without_acks_rows_arrive_but_the_report_promises_nothing() {
    let broker = Broker::start().await;
    let topic = broker.new_topic("acks-0", 1).await;
    let producer = broker.producer(&[("acks", "0")]).await;
    let report = write(producer, &topic, &[rows(0..10)]).await;
    let delivery = &report.partitions[0];
    assert_eq!((delivery.rows, delivery.unacknowledged_rows), (0, 10));
    assert!(delivery.runs.is_empty());
    broker.wait_for_end(&topic, 10).await;
}

#[tokio::test]
async fn a_write_may_create_its_topic() {
    let broker = Broker::start().await;
    let topic = broker.topic_name("created");
    let producer = broker.producer(&[]).await;
    let report = write(producer, &topic, &[rows(0..3)]).await;
    assert_eq!(runs(&report), [(0, 2)]);
}

#[tokio::test]
async fn two_producers_in_one_partition_get_runs_that_tell_their_offsets_apart() {
    let broker = Broker::start().await;
    let name = broker.new_topic("interleaved", 1).await;
    let (first, second) = (broker.producer(&[]).await, broker.producer(&[]).await);
    let (topic, other) = (
        first.topic(&name).await.unwrap(),
        second.topic(&name).await.unwrap(),
    );
    let deliveries = first.deliveries();
    first
        .send(&topic, 0, batch(&first, &rows(0..2)), &deliveries)
        .await
        .unwrap();
    deliveries.settled().await.unwrap();
    assert_eq!(runs(&send(&second, &other, &[rows(0..3)]).await), [(2, 4)]);
    first
        .send(&topic, 0, batch(&first, &rows(2..4)), &deliveries)
        .await
        .unwrap();
    deliveries.settled().await.unwrap();
    assert_eq!(runs(&deliveries.take()), [(0, 1), (5, 6)]);
    first.close(Duration::from_secs(10)).await;
    second.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn many_partitions_are_written_side_by_side_each_in_order() {
    let broker = Broker::start().await;
    let name = broker.new_topic("many", 12).await;
    let producer = broker.producer(&[]).await;
    let topic = producer.topic(&name).await.unwrap();
    let deliveries = producer.deliveries();
    for round in 0..20 {
        for partition in 0..12 {
            let rows = rows(round * 5..round * 5 + 5);
            producer
                .send(&topic, partition, batch(&producer, &rows), &deliveries)
                .await
                .unwrap();
        }
    }
    deliveries.settled().await.unwrap();
    let report = deliveries.take();
    assert_eq!(report.partitions.len(), 12);
    for delivery in &report.partitions {
        let runs: Vec<_> = delivery
            .runs
            .iter()
            .map(|run| (run.first, run.last))
            .collect();
        assert_eq!(runs, [(0, 99)], "partition {}", delivery.partition);
    }
    producer.close(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn a_batch_that_the_broker_finds_too_large_is_halved_and_nothing_is_lost_or_moved() {
    let broker = Broker::start().await;
    let topic = broker
        .topic_with("halved", 1, &[("max.message.bytes", "20000")])
        .await;
    let producer = broker.producer(&[]).await;
    let wide = |numbers: std::ops::Range<u32>| -> Vec<Row> {
        numbers
            .map(|number| Row::value(&format!("{number:01000}")))
            .collect()
    };
    let report = write(producer, &topic, &[wide(0..5), wide(5..75), wide(75..80)]).await;
    assert_eq!(runs(&report), [(0, 79)]);
    let read: Vec<_> = broker
        .read(&topic, 0..80)
        .await
        .into_iter()
        .map(|(_, row)| row)
        .collect();
    assert_eq!(read, wide(0..80));
}
