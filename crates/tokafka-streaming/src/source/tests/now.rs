//! Queries that read what is available now.

use super::*;
use crate::Heals;

const EARLIEST: (&str, &str) = ("startingOffsets", "earliest");

/// Of a topic `t` with two partitions of 5 records each, read in batches of about 4.
async fn prepared(bench: &Bench) -> (KafkaSource, SourceOffsets) {
    bench.append("t", 0, 5);
    bench.append("t", 1, 5);
    let limit = ("maxOffsetsPerTrigger", "4");
    let mut source = bench.open(&[("subscribe", "t"), EARLIEST, limit]).await;
    let start = source.initial_offsets().await.unwrap();
    source.prepare_available_now().await.unwrap();
    (source, start)
}

/// `Trigger.AvailableNow`.
#[tokio::test]
async fn batches_end_at_what_was_there_at_first() {
    let bench = Bench::new(&[("t", 2)]).await;
    let (mut source, mut start) = prepared(&bench).await;
    let mut batches = Vec::new();
    loop {
        bench.append("t", 0, 3);
        bench.broker.create_topic("other", 1);
        let end = next(&mut source, &start).await.end;
        if end == start {
            break;
        }
        batches.push(slots(&source.ranges(&start, &end).await.unwrap()));
        start = end;
    }
    assert_eq!(
        batches,
        [
            ["t-0 0..2", "t-1 0..2"],
            ["t-0 2..4", "t-1 2..4"],
            ["t-0 4..5", "t-1 4..5"]
        ]
    );
}

async fn refused(source: &mut KafkaSource, start: &SourceOffsets, end: &SourceOffsets) -> String {
    let error = source.ranges(start, end).await.unwrap_err();
    assert_eq!(error.heals(), Heals::Never);
    error.to_string()
}

/// `Query with Trigger.AvailableNow should throw error when topic partitions got unavailable during subsequent
/// batches`.
#[tokio::test]
async fn lost_partitions_are_an_error() {
    let bench = Bench::new(&[("t", 2)]).await;
    let (mut source, start) = prepared(&bench).await;
    let end = next(&mut source, &start).await.end;
    bench.broker.delete_topic("t");
    let lost = "Some of partitions in Kafka topic(s) have been lost during running query with Trigger.AvailableNow.";
    let error = refused(&mut source, &start, &end).await;
    assert!(error.starts_with(lost), "{error}");
    bench.broker.create_topic("t", 1);
    bench.append("t", 0, 5);
    let error = refused(&mut source, &start, &end).await;
    assert!(error.starts_with(lost), "{error}");
}

/// `... when offset(s) in planned topic partitions got unavailable during subsequent batches`.
#[tokio::test]
async fn lost_offsets_are_an_error() {
    let bench = Bench::new(&[("t", 2)]).await;
    let (mut source, start) = prepared(&bench).await;
    let end = next(&mut source, &start).await.end;
    bench.broker.delete_topic("t");
    bench.broker.create_topic("t", 2);
    bench.append("t", 0, 1);
    let error = refused(&mut source, &start, &end).await;
    let less = "Some of partitions in Kafka topic(s) report available offset which is less than end offset during running query with Trigger.AvailableNow.";
    assert!(error.starts_with(less), "{error}");
}

#[tokio::test]
async fn what_was_not_there_at_first_is_no_end() {
    let bench = Bench::new(&[("t", 2)]).await;
    let (mut source, start) = prepared(&bench).await;
    next(&mut source, &start).await;
    let error = refused(&mut source, &start, &offsets(&[("t", 0, 1)])).await;
    let same = "Kafka data source in Trigger.AvailableNow should provide the same topic partitions in pre-fetched offset to end offset for each microbatch.";
    assert!(error.starts_with(same), "{error}");
    let error = refused(&mut source, &start, &offsets(&[("t", 0, 1), ("t", 1, 6)])).await;
    let lower = "For Kafka data source with Trigger.AvailableNow, end offset should have lower or equal offset per each topic partition than pre-fetched offset.";
    assert!(error.starts_with(lower), "{error}");
}

/// `SPARK-53560: no crash looping during uncommitted batch retry in AvailableNow trigger`.
#[tokio::test]
async fn a_batch_of_an_earlier_run_may_know_fewer_partitions() {
    let bench = Bench::new(&[("t", 3)]).await;
    let (mut source, _) = prepared(&bench).await;
    let start = offsets(&[("t", 0, 0), ("t", 1, 0)]);
    let end = offsets(&[("t", 0, 2), ("t", 1, 2)]);
    let ranges = source.ranges(&start, &end).await.unwrap();
    assert_eq!(slots(&ranges), ["t-0 0..2", "t-1 0..2"]);
    assert_eq!(next(&mut source, &end).await.end.get("t", 2), Some(0));
}

/// A backlog that is below the least is read too: nothing more will come.
#[tokio::test]
async fn the_least_of_a_trigger_does_not_leave_anything() {
    let bench = Bench::new(&[("t", 1)]).await;
    bench.append("t", 0, 12);
    let limits = [
        ("minOffsetsPerTrigger", "5"),
        ("maxOffsetsPerTrigger", "10"),
    ];
    let mut source = bench
        .open(&[&[("subscribe", "t"), EARLIEST], &limits[..]].concat())
        .await;
    let start = source.initial_offsets().await.unwrap();
    source.prepare_available_now().await.unwrap();
    let first = next(&mut source, &start).await.end;
    assert_eq!(first, offsets(&[("t", 0, 10)]));
    let second = source
        .next(&first, ReadLimit::Options, Some(std::time::Instant::now()))
        .await
        .unwrap();
    assert_eq!(second.end, offsets(&[("t", 0, 12)]));
}

/// The end is fixed first: a query may begin behind it.
#[tokio::test]
async fn a_query_that_begins_at_the_end_begins_within_what_is_available() {
    let bench = Bench::new(&[("t", 1)]).await;
    bench.append("t", 0, 2);
    let mut source = bench.open(&[("subscribe", "t")]).await;
    source.prepare_available_now().await.unwrap();
    bench.append("t", 0, 3);
    bench.broker.grow_topic("t", 2);
    let start = source.initial_offsets().await.unwrap();
    assert_eq!(start, offsets(&[("t", 0, 5), ("t", 1, 0)]));
    let end = next(&mut source, &start).await.end;
    assert_eq!(end, start);
    assert!(source.ranges(&start, &end).await.unwrap().slots.is_empty());
}
