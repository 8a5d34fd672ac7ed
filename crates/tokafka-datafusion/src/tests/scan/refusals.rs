use insta::assert_snapshot;

use super::Bench;

async fn options(options: &str) -> String {
    let bench = Bench::new(2, "").await;
    let outcome = bench.table("r", "orders", options).await;
    outcome.unwrap_err().strip_backtrace()
}

#[tokio::test]
async fn create_names_an_option_that_is_wrong() {
    assert_snapshot!(options("startingOffsets 'latest'").await, @"External error: starting offset can't be latest for batch queries on Kafka (option startingOffsets)");
    assert_snapshot!(options("endingOffsets 'Earliest'").await, @"External error: ending offset can't be earliest for batch queries on Kafka (option endingOffsets)");
    assert_snapshot!(options(r#"startingOffsets '{"orders":{"1":-1}}'"#).await, @"External error: startingOffsets for orders-1 can't be latest for batch queries on Kafka (option startingOffsets)");
    assert_snapshot!(options(r#"endingOffsets '{"orders":{"0":-2}}'"#).await, @"External error: ending offset for orders-0 can't be earliest for batch queries on Kafka (option endingOffsets)");
    assert_snapshot!(options("startingOffsets '7'").await, @r#"External error: Expected e.g. {"topicA":{"0":23,"1":-1},"topicB":{"0":-2}}, got 7: invalid type: integer `7`, expected an object with a member for each topic at line 1 column 1 (option startingOffsets)"#);
    assert_snapshot!(options(r#"startingOffsets '{"refunds":{"0":1}}'"#).await, @"External error: topic refunds is not read (option startingOffsets)");
    assert_snapshot!(options("startingTimestamp 'noon'").await, @"External error: Expected a single long value, got noon: milliseconds since 1970, as 1700000000000 (option startingTimestamp)");
    assert_snapshot!(options("failOnDataLoss 'no'").await, @"External error: Invalid value no for option failOnDataLoss: must be true or false");
    assert_snapshot!(options("subscribe 'orders'").await, @"External error: a Kafka table reads one topic: name it in LOCATION 'kafka://host:9092/topic' (option subscribe)");
    assert_snapshot!(options("'kafka.isolation.level' 'dirty'").await, @"External error: Invalid value dirty for configuration isolation.level: String must be one of: read_committed, read_uncommitted");
    assert_snapshot!(options("startingOffset 'earliest'").await, @"External error: Unknown option startingoffset, did you mean startingOffsets?: options are topic, includeTimestamp, and Kafka's own settings as kafka.<name>");
    let backwards =
        r#"startingOffsets '{"orders":{"0":1,"1":0}}', endingOffsets '{"orders":{"0":0,"1":0}}'"#;
    assert_snapshot!(options(backwards).await, @"External error: The specified start offset 1 is greater than the specified end offset 0 for topic orders partition 0.");
}

#[tokio::test]
async fn a_query_names_what_the_topic_does_not_have() {
    let bench = Bench::filled(2, "").await;
    let one = r#"startingOffsets '{"orders":{"0":1}}'"#;
    bench.table("one", "orders", one).await.unwrap();
    assert_snapshot!(bench.refused("SELECT * FROM one").await, @"External error: If startingOffsets contains specific offsets, you must specify all TopicPartitions. Specified: [0] Assigned: [0, 1] of topic orders");
    let backwards = r#"startingOffsets '{"orders":{"0":9,"1":0}}', endingTimestamp '1'"#;
    bench.table("backwards", "orders", backwards).await.unwrap();
    assert_snapshot!(bench.refused("SELECT * FROM backwards").await, @"External error: The resolved start offset 9 is greater than the resolved end offset 0 for topic orders partition 0.");
    bench
        .table("missing", "refunds", "'kafka.max.block.ms' '100'")
        .await
        .unwrap();
    assert_snapshot!(bench.refused("SELECT * FROM missing").await, @"External error: topic refunds does not exist");
    bench.table("any", "", "").await.unwrap();
    assert_snapshot!(bench.refused("SELECT * FROM any").await, @"External error: no topic to read: each row names its own. Make a table whose LOCATION 'kafka://host:9092/topic', or option topic, names it");
}

#[tokio::test]
async fn what_an_insert_would_lose_is_refused() {
    let bench = Bench::new(1, "").await;
    let cases = [
        ("offset", "7"),
        ("timestampType", "0"),
        ("topic", "'refunds'"),
        ("timestamp", "to_timestamp_millis(1)"),
    ];
    let mut errors = vec![];
    for (column, value) in cases {
        let insert = format!("INSERT INTO k (value, {column}) SELECT 'v', {value}");
        errors.push(bench.refused(&insert).await);
    }
    assert_snapshot!(errors.join("\n"), @"
    External error: column offset of this table is only read: the broker gives it. Leave it out: INSERT INTO t (key, value) …
    External error: column timestamptype of this table is only read: the broker gives it. Leave it out: INSERT INTO t (key, value) …
    External error: column topic of this table is only read: all rows go to the topic that LOCATION names. Leave it out: INSERT INTO t (key, value) …
    External error: column timestamp of this table is only read: it is written with the option includeTimestamp 'true'. Leave it out: INSERT INTO t (key, value) …
    ");
    for rest in [
        "SELECT value FROM t",
        "SELECT value FROM t ORDER BY id",
        "SELECT value FROM t UNION ALL SELECT key FROM t",
        "SELECT value FROM t WHERE false",
        "SELECT max(value) FROM t GROUP BY key LIMIT 1",
    ] {
        bench.insert(&format!("INSERT INTO k (value) {rest}")).await;
    }
    assert_eq!(bench.number("SELECT count(*) FROM k").await, 80 * 4 + 1);
    assert!(
        bench
            .refused("INSERT INTO k SELECT * FROM k")
            .await
            .contains("only read")
    );
}
