use datafusion::arrow::{
    array::AsArray,
    datatypes::{Int32Type, Int64Type},
};
use insta::assert_snapshot;

use super::Bench;

#[tokio::test]
async fn every_part_of_a_record_is_a_column() {
    let bench = Bench::new(2, "includeTimestamp 'true'").await;
    let headers = "[named_struct('key', 'h', 'value', CAST('x' AS BYTEA))]";
    let time = "to_timestamp_millis(1700000000000)";
    let inserts = [
        format!(
            "INSERT INTO k (key, value, partition, headers, timestamp) SELECT '7', 'paid', 1, {headers}, {time}"
        ),
        format!("INSERT INTO k (key, partition, timestamp) SELECT '7', 1, {time}"),
        format!("INSERT INTO k (value, partition, timestamp) SELECT '', 0, {time}"),
    ];
    for insert in inserts {
        assert_eq!(bench.insert(&insert).await, 1);
    }
    let columns = "key, value, topic, partition, offset, timestamp, timestampType, headers";
    let rows = format!("SELECT {columns} FROM k ORDER BY partition, offset");
    assert_snapshot!(bench.shown(&rows).await, @"
    +-----+----------+--------+-----------+--------+----------------------+---------------+-----------------------+
    | key | value    | topic  | partition | offset | timestamp            | timestamptype | headers               |
    +-----+----------+--------+-----------+--------+----------------------+---------------+-----------------------+
    |     |          | orders | 0         | 0      | 2023-11-14T22:13:20Z | 0             |                       |
    | 37  | 70616964 | orders | 1         | 0      | 2023-11-14T22:13:20Z | 0             | [{key: h, value: 78}] |
    | 37  |          | orders | 1         | 1      | 2023-11-14T22:13:20Z | 0             |                       |
    +-----+----------+--------+-----------+--------+----------------------+---------------+-----------------------+
    ");
    let nulls = "SELECT key IS NULL AS k, value IS NULL AS v, headers IS NULL AS h FROM k ORDER BY partition, offset";
    assert_snapshot!(bench.shown(nulls).await, @"
    +-------+-------+-------+
    | k     | v     | h     |
    +-------+-------+-------+
    | true  | false | true  |
    | false | false | false |
    | false | true  | true  |
    +-------+-------+-------+
    ");
    assert_eq!(
        bench
            .shown("SELECT * FROM k ORDER BY partition, offset")
            .await,
        bench.shown(&rows).await
    );
    assert_snapshot!(bench.shown("DESCRIBE k").await, @r#"
    +---------------+--------------------------------------------+-------------+
    | column_name   | data_type                                  | is_nullable |
    +---------------+--------------------------------------------+-------------+
    | key           | BinaryView                                 | YES         |
    | value         | BinaryView                                 | YES         |
    | topic         | Utf8View                                   | YES         |
    | partition     | Int32                                      | YES         |
    | offset        | Int64                                      | YES         |
    | timestamp     | Timestamp(ms, "UTC")                       | YES         |
    | timestamptype | Int32                                      | YES         |
    | headers       | List(Struct("key": Utf8, "value": Binary)) | YES         |
    +---------------+--------------------------------------------+-------------+
    "#);
}

#[tokio::test]
async fn every_partition_is_read_in_the_order_of_its_offsets() {
    let bench = Bench::filled(3, "").await;
    let rows = bench.shown("SELECT partition, count(*) AS n, min(offset) AS first, max(offset) AS last FROM k GROUP BY partition ORDER BY partition").await;
    assert_snapshot!(rows, @"
    +-----------+----+-------+------+
    | partition | n  | first | last |
    +-----------+----+-------+------+
    | 0         | 27 | 0     | 26   |
    | 1         | 27 | 0     | 26   |
    | 2         | 26 | 0     | 25   |
    +-----------+----+-------+------+
    ");
    let rows = bench
        .run("SELECT partition, offset, CAST(CAST(value AS VARCHAR) AS BIGINT) AS id FROM k")
        .await
        .unwrap();
    let mut next = [0; 3];
    for batch in rows {
        let partitions = batch["partition"].as_primitive::<Int32Type>().values();
        let offsets = batch["offset"].as_primitive::<Int64Type>().values();
        let ids = batch["id"].as_primitive::<Int64Type>().values();
        for ((partition, offset), id) in partitions.iter().zip(offsets).zip(ids) {
            assert_eq!(*offset, next[*partition as usize]);
            assert_eq!(*id, offset * 3 + i64::from(*partition));
            next[*partition as usize] += 1;
        }
    }
    assert_eq!(next, [27, 27, 26]);
}

#[tokio::test]
async fn a_query_reads_what_is_there_when_it_is_run() {
    let bench = Bench::filled(3, "").await;
    let frame = bench.context.sql("SELECT count(*) FROM k").await.unwrap();
    let before = frame.clone().collect().await.unwrap();
    let copy = "INSERT INTO k (key, value) SELECT key, value FROM k";
    assert_eq!(bench.insert(copy).await, 80);
    assert_eq!(bench.number("SELECT count(*) FROM k").await, 160);
    assert_ne!(frame.collect().await.unwrap(), before);
}

#[tokio::test]
async fn a_table_is_copied_to_another() {
    let bench = Bench::filled(3, "").await;
    bench.broker.create_topic("copies", 3);
    bench.table("c", "copies", "").await.unwrap();
    let copy = "INSERT INTO c (key, value, partition, headers) SELECT key, value, partition, headers FROM k";
    assert_eq!(bench.insert(copy).await, 80);
    for partition in 0..3 {
        let [from, to] = ["orders", "copies"].map(|topic| {
            let records = bench.broker.records(topic, partition).into_iter();
            records
                .map(|record| (record.offset, record.key, record.value))
                .collect::<Vec<_>>()
        });
        assert_eq!(from, to);
    }
}

#[tokio::test]
async fn declared_columns_are_what_is_read() {
    let bench = Bench::filled(1, "").await;
    let columns = "(\"offset\" BIGINT, value VARCHAR, \"key\" BYTEA, timestampType INT)";
    bench.declared("d", "orders", columns, "").await.unwrap();
    let rows = bench.shown("SELECT * FROM d WHERE offset = 41").await;
    assert_snapshot!(rows, @"
    +--------+--------+-----+---------------+
    | offset | value  | key | timestamptype |
    +--------+--------+-----+---------------+
    | 41     | 000041 | 32  | 0             |
    +--------+--------+-----+---------------+
    ");
    assert_eq!(
        bench
            .insert("INSERT INTO d (key, value) VALUES ('k', 'v')")
            .await,
        1
    );
    assert_eq!(
        bench
            .insert("INSERT INTO k (value) SELECT decode('ff', 'hex')")
            .await,
        1
    );
    let error = bench.refused("SELECT value FROM d").await;
    assert_snapshot!(error, @"External error: topic orders partition 0 offset 81: column value is no text (UTF-8). Declare it as BYTEA, or leave the columns of the table out");
    assert_eq!(bench.number("SELECT count(key) FROM d").await, 81);
}

#[tokio::test]
async fn headers_can_be_left_out() {
    let bench = Bench::filled(1, "includeHeaders 'false'").await;
    let columns = bench.shown("DESCRIBE k").await;
    assert!(
        columns.contains("timestamptype") && !columns.contains("headers"),
        "{columns}"
    );
}

#[tokio::test]
async fn an_empty_topic_has_no_rows() {
    let bench = Bench::new(3, "").await;
    assert_eq!(bench.number("SELECT count(*) FROM k").await, 0);
    assert_eq!(
        bench
            .run("SELECT value FROM k")
            .await
            .unwrap()
            .iter()
            .map(|batch| batch.num_rows())
            .sum::<usize>(),
        0
    );
    assert_eq!(bench.fetches(), 0);
}
