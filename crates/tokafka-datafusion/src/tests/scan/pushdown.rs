use datafusion::{
    arrow::{
        array::AsArray,
        datatypes::{Int32Type, Int64Type},
    },
    prelude::SessionConfig,
};
use insta::assert_snapshot;

use super::Bench;

#[tokio::test]
async fn explain_shows_topic_offsets_filters_and_limit() {
    let bench = Bench::filled(3, "'kafka.client.id' 'hidden'").await;
    let plan = bench
        .plan("SELECT value FROM k WHERE partition = 1 AND offset BETWEEN 3 AND 8 LIMIT 2")
        .await;
    assert_snapshot!(plan, @"KafkaScanExec: topic=orders, offsets=[1: 3..9], partitions=1, columns=[value], filters=[partition = Int32(1), offset >= Int64(3), offset <= Int64(8)], limit=2");
    let plan = bench.plan("SELECT key FROM k WHERE (partition = 0 AND offset >= 20) OR (partition = 2 AND offset < 2)").await;
    assert_snapshot!(plan, @"
    FilterExec: partition@1 = 0 AND offset@2 >= 20 OR partition@1 = 2 AND offset@2 < 2, projection=[key@0]
      RepartitionExec: partitioning=RoundRobinBatch(4), input_partitions=2
        KafkaScanExec: topic=orders, offsets=[0: 20..27, 2: 0..2], partitions=2, columns=[key, partition, offset], filters=[partition = Int32(0) AND offset >= Int64(20) OR partition = Int32(2) AND offset < Int64(2)]
    ");
    let plan = bench.plan("SELECT count(*) FROM k").await;
    assert_snapshot!(plan, @"
    ProjectionExec: expr=[count(Int64(1))@0 as count(*)]
      AggregateExec: mode=Final, gby=[], aggr=[count(Int64(1))]
        CoalescePartitionsExec
          AggregateExec: mode=Partial, gby=[], aggr=[count(Int64(1))]
            RepartitionExec: partitioning=RoundRobinBatch(4), input_partitions=3
              KafkaScanExec: topic=orders, offsets=[0: 0..27, 1: 0..27, 2: 0..26], partitions=3, columns=none (counted by batch headers)
    ");
    let plan = bench.shown("EXPLAIN VERBOSE SELECT * FROM k").await;
    assert!(
        plan.contains("KafkaScanExec") && !plan.contains("hidden"),
        "{plan}"
    );
}

#[tokio::test]
async fn only_the_partitions_that_a_filter_leaves_are_fetched() {
    let bench = Bench::filled(3, "").await;
    assert_eq!(
        bench
            .number("SELECT count(value) FROM k WHERE partition IN (0, 2)")
            .await,
        53
    );
    assert_eq!(bench.fetches(), 2);
    assert_eq!(
        bench
            .number("SELECT count(value) FROM k WHERE partition % 2 = 1 AND offset > 25")
            .await,
        1
    );
    assert_eq!(bench.fetches(), 3);
    assert_eq!(
        bench
            .number("SELECT count(value) FROM k WHERE partition = 9 OR offset < 0")
            .await,
        0
    );
    assert_eq!(bench.fetches(), 3);
    let either = "SELECT count(value) FROM k WHERE (partition = 0 AND offset >= 20) OR (partition = 2 AND offset < 2)";
    assert_eq!(bench.number(either).await, 9);
    assert_eq!(bench.fetches(), 5);
}

/// A topic of one partition with many batches, of which a fetch brings one.
async fn many_batches() -> Bench {
    let options = "'kafka.batch.size' '100', 'kafka.max.partition.fetch.bytes' '1'";
    let bench = Bench::filled(1, options).await;
    assert!(bench.broker.batches("orders", 0).len() > 20);
    bench
}

#[tokio::test]
async fn a_limit_ends_the_reading_early() {
    let bench = many_batches().await;
    let rows = bench.run("SELECT value FROM k LIMIT 3").await.unwrap();
    assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 3);
    // One is asked for ahead.
    let limited = bench.fetches();
    assert!(limited <= 4, "{limited} fetches");
    let rows = bench
        .run("SELECT value FROM k WHERE offset >= 70 LIMIT 1 OFFSET 2")
        .await
        .unwrap();
    assert_eq!(rows[0].num_rows(), 1);
    assert!(bench.fetches() <= limited + 4);
    assert_eq!(bench.number("SELECT count(value) FROM k").await, 80);
    assert!(bench.fetches() > 20);
}

#[tokio::test]
async fn rows_are_read_by_as_many_as_the_session_wants() {
    let bench = Bench::filled(5, "").await;
    let mut state = bench.context.state();
    *state.config_mut() = SessionConfig::new().with_target_partitions(2);
    let plan = state
        .create_logical_plan("SELECT value FROM k")
        .await
        .unwrap();
    let plan = state.create_physical_plan(&plan).await.unwrap();
    let plan = datafusion::physical_plan::displayable(plan.as_ref())
        .indent(false)
        .to_string();
    assert_snapshot!(plan, @"KafkaScanExec: topic=orders, offsets=[0: 0..16, 1: 0..16, 2: 0..16, 3: 0..16, 4: 0..16], partitions=2, columns=[value]");
    assert_eq!(
        bench.number("SELECT count(DISTINCT value) FROM k").await,
        80
    );
}

#[tokio::test]
async fn a_batch_of_rows_is_no_longer_than_the_session_wants() {
    let bench = Bench::filled(1, "").await;
    bench
        .run("SET datafusion.execution.batch_size = 7")
        .await
        .unwrap();
    let rows = bench.run("SELECT value FROM k").await.unwrap();
    assert!(rows.iter().all(|batch| batch.num_rows() <= 7));
    assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 80);
}

#[tokio::test]
async fn the_order_of_the_log_is_not_sorted_anew() {
    let bench = Bench::filled(3, "").await;
    let ordered = "SELECT partition, offset, value FROM k ORDER BY partition, offset";
    let plan = bench.plan(ordered).await;
    assert!(!plan.contains("SortExec"), "{plan}");
    let rows = bench.run(ordered).await.unwrap();
    let places = rows.iter().flat_map(|batch| {
        let partitions = batch["partition"].as_primitive::<Int32Type>().values();
        let offsets = batch["offset"].as_primitive::<Int64Type>().values();
        partitions.iter().copied().zip(offsets.iter().copied())
    });
    let places: Vec<_> = places.collect();
    assert!(places.is_sorted() && places.len() == 80, "{places:?}");

    let newest = "SELECT offset, value FROM k WHERE partition = 1 ORDER BY offset LIMIT 4";
    let plan = bench.plan(newest).await;
    assert!(
        !plan.contains("SortExec") && plan.contains("limit=4"),
        "{plan}"
    );
    let other = bench.plan("SELECT value FROM k ORDER BY value").await;
    assert!(other.contains("SortExec"), "{other}");
}
