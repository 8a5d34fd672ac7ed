//! How much a batch takes, and of which partitions.

use std::time::{Duration, Instant};

use super::*;

const EARLIEST: (&str, &str) = ("startingOffsets", "earliest");

fn ago(seconds: u64) -> Option<Instant> {
    Instant::now().checked_sub(Duration::from_secs(seconds))
}

/// `maxOffsetsPerTrigger`.
#[tokio::test]
async fn a_batch_takes_of_each_partition_by_what_it_has() {
    let bench = Bench::new(&[("t", 3)]).await;
    for (partition, count) in [(0, 101), (1, 11), (2, 1)] {
        bench.append("t", partition, count);
    }
    let limit = ("maxOffsetsPerTrigger", "10");
    let mut source = bench.open(&[("subscribe", "t"), EARLIEST, limit]).await;
    let start = source.initial_offsets().await.unwrap();
    let first = next(&mut source, &start).await;
    assert_eq!(first.end.to_json(), r#"{"t":{"0":8,"1":1,"2":1}}"#);
    assert_eq!(first.latest.to_json(), r#"{"t":{"0":101,"1":11,"2":1}}"#);
    let ranges = source.ranges(&start, &first.end).await.unwrap();
    assert_eq!(slots(&ranges), ["t-0 0..8", "t-1 0..1", "t-2 0..1"]);
    let second = next(&mut source, &first.end).await;
    assert_eq!(second.end.to_json(), r#"{"t":{"0":17,"1":2,"2":1}}"#);
    let ranges = source.ranges(&first.end, &second.end).await.unwrap();
    assert_eq!(slots(&ranges), ["t-0 8..17", "t-1 1..2"]);
    let all = source
        .next(&start, ReadLimit::Everything, None)
        .await
        .unwrap();
    assert_eq!(all.end, all.latest);
}

/// `minOffsetsPerTrigger`.
#[tokio::test]
async fn a_small_backlog_waits_but_for_the_first_time_and_not_for_ever() {
    let bench = Bench::new(&[("t", 2)]).await;
    bench.append("t", 0, 1);
    let limits = [("minOffsetsPerTrigger", "5"), ("maxTriggerDelay", "5s")];
    let options = [&[("subscribe", "t"), EARLIEST], &limits[..]].concat();
    let mut source = bench.open(&options).await;
    let start = source.initial_offsets().await.unwrap();
    let first = next(&mut source, &start).await.end;
    assert_eq!(first.to_json(), r#"{"t":{"0":1,"1":0}}"#);

    bench.append("t", 1, 4);
    let mut at = async |last, limit| source.next(&first, limit, last).await.unwrap().end;
    assert_eq!(at(ago(1), ReadLimit::Options).await, first);
    assert_eq!(at(None, ReadLimit::Options).await, first);
    let all = r#"{"t":{"0":1,"1":4}}"#;
    assert_eq!(at(ago(6), ReadLimit::Options).await.to_json(), all);
    assert_eq!(at(ago(1), ReadLimit::Everything).await.to_json(), all);
    bench.append("t", 0, 1);
    assert_eq!(
        at(ago(1), ReadLimit::Options).await.to_json(),
        r#"{"t":{"0":2,"1":4}}"#
    );
}

/// `compositeReadLimit`.
#[tokio::test]
async fn the_least_is_tested_before_the_most_is_applied() {
    let bench = Bench::new(&[("t", 2)]).await;
    bench.append("t", 0, 30);
    let limits = [
        ("minOffsetsPerTrigger", "15"),
        ("maxOffsetsPerTrigger", "20"),
    ];
    let options = [&[("subscribe", "t"), EARLIEST], &limits[..]].concat();
    let mut source = bench.open(&options).await;
    let start = source.initial_offsets().await.unwrap();
    let first = next(&mut source, &start).await.end;
    assert_eq!(first.get("t", 0), Some(20));
    let mut at = async |start| {
        source
            .next(start, ReadLimit::Options, ago(1))
            .await
            .unwrap()
            .end
    };
    assert_eq!(at(&first).await, first);
    bench.append("t", 1, 15);
    let second = at(&first).await;
    assert_eq!(second.to_json(), r#"{"t":{"0":28,"1":12}}"#);
    assert_eq!(at(&second).await, second);
}

/// `... partitions added while running are read`, `subscribing topic by pattern`: topics too.
#[tokio::test]
async fn what_appears_is_read_from_its_beginning() {
    let bench = Bench::new(&[("t1", 1), ("other", 1)]).await;
    bench.append("t1", 0, 2);
    let mut source = bench.open(&[("subscribePattern", r"\d$")]).await;
    let start = source.initial_offsets().await.unwrap();
    assert_eq!(start.to_json(), r#"{"t1":{"0":2}}"#);
    bench.broker.grow_topic("t1", 2);
    bench.broker.create_topic("t2", 1);
    bench.append("t1", 1, 3);
    bench.append("t2", 0, 4);
    let end = next(&mut source, &start).await.end;
    assert_eq!(end.to_json(), r#"{"t1":{"0":2,"1":3},"t2":{"0":4}}"#);
    let ranges = source.ranges(&start, &end).await.unwrap();
    assert_eq!(slots(&ranges), ["t1-1 0..3", "t2-0 0..4"]);
    bench.append("t1", 1, 1);
    let again = source.ranges(&start, &end).await.unwrap();
    assert_eq!(slots(&again), slots(&ranges));
}

#[tokio::test]
async fn what_appears_counts_for_the_limits() {
    let bench = Bench::new(&[("t", 1)]).await;
    let limit = ("maxOffsetsPerTrigger", "2");
    let mut source = bench.open(&[("subscribe", "t"), limit]).await;
    let start = source.initial_offsets().await.unwrap();
    bench.broker.grow_topic("t", 2);
    bench.append("t", 1, 9);
    assert_eq!(
        next(&mut source, &start).await.end.to_json(),
        r#"{"t":{"0":0,"1":2}}"#
    );
}

#[tokio::test]
async fn of_assigned_partitions_no_others_are_read() {
    let bench = Bench::new(&[("t", 3)]).await;
    let mut source = bench.open(&[("assign", r#"{"t":[1]}"#)]).await;
    let start = source.initial_offsets().await.unwrap();
    bench.append("t", 0, 1);
    bench.append("t", 1, 2);
    let end = next(&mut source, &start).await.end;
    assert_eq!(end.to_json(), r#"{"t":{"1":2}}"#);
}

#[tokio::test]
async fn nothing_new_ends_where_it_begins() {
    let bench = Bench::new(&[("t", 2)]).await;
    bench.append("t", 0, 2);
    for limit in [&[][..], &[("maxOffsetsPerTrigger", "1")]] {
        let mut source = bench.open(&[&[("subscribe", "t")], limit].concat()).await;
        let start = source.initial_offsets().await.unwrap();
        assert_eq!(next(&mut source, &start).await.end, start);
        assert!(
            source
                .ranges(&start, &start)
                .await
                .unwrap()
                .slots
                .is_empty()
        );
    }
}

/// `SPARK-30656: minPartitions`, `maxRecordsPerPartition`.
#[tokio::test]
async fn long_partitions_are_divided_on_demand() {
    let bench = Bench::new(&[("t", 2)]).await;
    bench.append("t", 0, 2);
    bench.append("t", 1, 10);
    let divided = async |name| {
        let mut source = bench.open(&[("subscribe", "t"), (name, "4")]).await;
        let (start, end) = (
            offsets(&[("t", 0, 0), ("t", 1, 0)]),
            offsets(&[("t", 0, 2), ("t", 1, 10)]),
        );
        slots(&source.ranges(&start, &end).await.unwrap())
    };
    let parts = ["t-0 0..2", "t-1 0..3", "t-1 3..6", "t-1 6..10"];
    assert_eq!(divided("minPartitions").await, parts);
    assert_eq!(divided("maxRecordsPerPartition").await, parts);
}

/// `read Kafka transactional messages`: where batches end.
#[tokio::test]
async fn an_open_transaction_is_read_by_those_who_do_not_mind() {
    let bench = Bench::new(&[("t", 1)]).await;
    bench.append("t", 0, 2);
    bench.append_as("t", 0, 5, |record| Record {
        transactional: true,
        producer_id: 7,
        producer_epoch: 0,
        ..record
    });
    let ends = async |isolation| {
        let level = ("kafka.isolation.level", isolation);
        let mut source = bench.open(&[("subscribe", "t"), EARLIEST, level]).await;
        let start = source.initial_offsets().await.unwrap();
        next(&mut source, &start).await.end.get("t", 0)
    };
    assert_eq!(ends("read_uncommitted").await, Some(7));
    assert_eq!(ends("read_committed").await, Some(2));
    let mut source = bench.open(&[("subscribe", "t"), EARLIEST]).await;
    let start = source.initial_offsets().await.unwrap();
    assert_eq!(next(&mut source, &start).await.end.get("t", 0), Some(7));
}

/// `test custom metrics`: with a rate limit, and without.
#[tokio::test]
async fn a_batch_says_how_far_it_is_behind() {
    let bench = Bench::new(&[("t", 2)]).await;
    bench.append("t", 0, 4);
    bench.append("t", 1, 4);
    let metrics = async |limit| {
        let mut source = bench.open(&[("subscribe", "t"), EARLIEST, limit]).await;
        let start = source.initial_offsets().await.unwrap();
        let next = next(&mut source, &start).await;
        source
            .metrics(&next)
            .into_iter()
            .map(|(name, text)| format!("{name}={text}"))
            .collect::<Vec<_>>()
    };
    let behind = |[avg, max, min]: [&str; 3]| {
        [
            format!("avgOffsetsBehindLatest={avg}"),
            format!("maxOffsetsBehindLatest={max}"),
            format!("minOffsetsBehindLatest={min}"),
        ]
    };
    assert_eq!(
        metrics(("maxOffsetsPerTrigger", "2")).await,
        behind(["3.0", "3", "3"])
    );
    assert_eq!(
        metrics(("includeHeaders", "true")).await,
        behind(["0.0", "0", "0"])
    );
}
