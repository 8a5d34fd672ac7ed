use insta::assert_snapshot;

use super::Bench;

const COUNTS: &str = "SELECT partition, count(*) AS n, min(offset) AS first, max(offset) AS last FROM r GROUP BY partition ORDER BY partition";

#[tokio::test]
async fn offsets_are_named_for_each_partition() {
    let bench = Bench::filled(2, "").await;
    let starts = r#"startingOffsets '{"orders":{"0":5,"1":-2}}'"#;
    let ends = r#"endingOffsets '{"orders":{"0":"7","1":-1}}'"#;
    bench
        .table("r", "orders", &format!("{starts}, {ends}"))
        .await
        .unwrap();
    assert_snapshot!(bench.shown(COUNTS).await, @"
    +-----------+----+-------+------+
    | partition | n  | first | last |
    +-----------+----+-------+------+
    | 0         | 2  | 5     | 6    |
    | 1         | 40 | 0     | 39   |
    +-----------+----+-------+------+
    ");
}

/// Times that do not ascend with offsets.
async fn timed() -> Bench {
    let bench = Bench::new(2, "includeTimestamp 'true'").await;
    let rows = [(0, 1_000), (0, 5_000), (0, 2_000), (0, 6_000), (1, 4_000)];
    for (partition, time) in rows {
        let insert = format!(
            "INSERT INTO k (value, partition, timestamp) VALUES ('v', {partition}, to_timestamp_millis({time}))"
        );
        assert_eq!(bench.insert(&insert).await, 1);
    }
    bench
}

#[tokio::test]
async fn a_range_of_times_is_from_the_first_record_that_is_as_late() {
    let bench = timed().await;
    let times = "startingTimestamp '1500', endingTimestamp '5500'";
    bench.table("r", "orders", times).await.unwrap();
    assert_snapshot!(bench.shown(COUNTS).await, @"
    +-----------+---+-------+------+
    | partition | n | first | last |
    +-----------+---+-------+------+
    | 0         | 2 | 1     | 2    |
    | 1         | 1 | 0     | 0    |
    +-----------+---+-------+------+
    ");
}

#[tokio::test]
async fn times_win_over_offsets_and_a_partition_without_one_is_an_error_or_its_end() {
    let bench = timed().await;
    let times = r#"startingOffsetsByTimestamp '{"orders":{"0":5500,"1":5500}}', startingOffsets 'earliest'"#;
    bench.table("s", "orders", times).await.unwrap();
    assert_snapshot!(bench.refused("SELECT * FROM s").await, @"External error: No offset matched from request of topic-partition orders-1 and timestamp 5500. With 'startingOffsetsByTimestampStrategy' 'latest' reading begins at the end of such a partition");
    let latest = format!("{times}, startingOffsetsByTimestampStrategy 'latest'");
    bench.table("r", "orders", &latest).await.unwrap();
    assert_snapshot!(bench.shown(COUNTS).await, @"
    +-----------+---+-------+------+
    | partition | n | first | last |
    +-----------+---+-------+------+
    | 0         | 1 | 3     | 3    |
    +-----------+---+-------+------+
    ");
}

#[tokio::test]
async fn filters_on_time_keep_every_record_that_is_as_late() {
    let bench = timed().await;
    let later = "SELECT partition, offset FROM k WHERE timestamp >= '1970-01-01T00:00:04Z' ORDER BY partition, offset";
    assert_snapshot!(bench.shown(later).await, @"
    +-----------+--------+
    | partition | offset |
    +-----------+--------+
    | 0         | 1      |
    | 0         | 3      |
    | 1         | 0      |
    +-----------+--------+
    ");
    let plan = bench.plan(later).await;
    assert!(plan.contains("offsets=[0: 1..4, 1: 0..1]"), "{plan}");
    assert!(plan.contains("FilterExec: timestamp"), "{plan}");
    assert_eq!(
        bench
            .number("SELECT count(*) FROM k WHERE timestamp < to_timestamp_millis(4000)")
            .await,
        2
    );
    assert_eq!(
        bench
            .number("SELECT count(*) FROM k WHERE timestamp >= to_timestamp_millis(9000)")
            .await,
        0
    );
}

#[tokio::test]
async fn offsets_that_are_not_there_are_an_error_unless_losses_are_allowed() {
    let bench = Bench::filled(1, "").await;
    let beyond = r#"startingOffsets '{"orders":{"0":70}}', endingOffsets '{"orders":{"0":90}}'"#;
    bench.table("s", "orders", beyond).await.unwrap();
    assert_snapshot!(bench.refused("SELECT * FROM s").await, @"External error: topic orders partition 0 has no offset 90 (option endingOffsets): it holds 0 to 80 (end exclusive). With 'failOnDataLoss' 'false' what is there is read");
    bench
        .table("r", "orders", &format!("{beyond}, failOnDataLoss 'false'"))
        .await
        .unwrap();
    assert_eq!(bench.number("SELECT count(*) FROM r").await, 10);
}
