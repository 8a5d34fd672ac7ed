//! What EXPLAIN tells of a write.

use crate::{DataFrameWriter, KafkaDataFrame};
use datafusion::{
    logical_expr::Partitioning,
    physical_plan::displayable,
    prelude::{DataFrame, col, lit},
};
use insta::assert_snapshot;

use super::frames::{query, table};

const SECRET: &str = "open sesame";

fn to_orders(frame: DataFrame) -> DataFrameWriter {
    let address = ("kafka.bootstrap.servers", "nowhere.invalid:9092");
    frame
        .write()
        .format("kafka")
        .options([address, ("topic", "orders")])
}

async fn explain(writer: DataFrameWriter) -> String {
    writer.explain().await.unwrap()
}

#[tokio::test]
async fn a_fixed_topic_is_named_and_columns_of_no_use_are_listed_and_not_read() {
    let frame = query(2, "SELECT * FROM t").await;
    assert_snapshot!(explain(to_orders(frame)).await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=orders, columns=[key, value], ignored=[id, part, note], writers=2, ordered=false
          DataSourceExec: partitions=2, partition_sizes=[4, 4]
    ");
}

#[tokio::test]
async fn a_topic_column_is_named() {
    let frame = query(1, "SELECT key AS topic, value FROM t").await;
    let writer = frame
        .write()
        .option("kafka.bootstrap.servers", "nowhere.invalid:9092");
    assert_snapshot!(explain(writer).await, @r"
    KafkaCountExec
      KafkaWriteExec: topic_column=topic, columns=[topic, value], ignored=[], writers=1, ordered=true
        ProjectionExec: expr=[key@0 as topic, value@1 as value]
          DataSourceExec: partitions=1, partition_sizes=[4]
    ");
}

#[tokio::test]
async fn repartition_fixes_the_number_of_writers() {
    let frame = query(5, "SELECT value FROM t").await;
    let frame = frame.repartition(Partitioning::RoundRobinBatch(3)).unwrap();
    assert_snapshot!(explain(to_orders(frame)).await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=orders, columns=[value], ignored=[], writers=3, ordered=false
          PinnedPartitionsExec: repartition=RoundRobinBatch(3), input_partitions=5
            DataSourceExec: partitions=5, partition_sizes=[4, 4, 4, 4, 4]
    ");
}

#[tokio::test]
async fn repartition_below_a_filter_and_a_projection_is_kept() {
    let frame = table(5).table("t").await.unwrap();
    let frame = frame.repartition(Partitioning::RoundRobinBatch(3)).unwrap();
    let frame = frame.filter(col("id").gt(lit(7))).unwrap();
    let frame = frame.select(vec![col("note").alias("value")]).unwrap();
    assert_snapshot!(explain(to_orders(frame)).await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=orders, columns=[value], ignored=[], writers=3, ordered=false
          PinnedPartitionsExec: repartition=RoundRobinBatch(3), input_partitions=5
            ProjectionExec: expr=[note@0 as value]
              FilterExec: id@0 > 7, projection=[note@1]
                DataSourceExec: partitions=5, partition_sizes=[4, 4, 4, 4, 4]
    ");
}

#[tokio::test]
async fn repartition_by_a_column_that_is_not_written_is_kept() {
    let frame = table(5).table("t").await.unwrap();
    let frame = frame
        .repartition(Partitioning::Hash(vec![col("id")], 3))
        .unwrap();
    let frame = frame.select(vec![col("value")]).unwrap();
    assert_snapshot!(explain(to_orders(frame)).await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=orders, columns=[value], ignored=[], writers=3, ordered=false
          PinnedPartitionsExec: repartition=Hash([__carried_1@1], 3), input_partitions=5
            ProjectionExec: expr=[value@1 as value, id@0 as __carried_1]
              DataSourceExec: partitions=5, partition_sizes=[4, 4, 4, 4, 4]
    ");
}

#[tokio::test]
async fn coalesce_joins_partitions() {
    let frame = query(5, "SELECT value FROM t").await;
    assert_snapshot!(explain(to_orders(frame).coalesce(2)).await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=orders, columns=[value], ignored=[], writers=2, ordered=false
          PinnedPartitionsExec: coalesce=2, input_partitions=5
            DataSourceExec: partitions=5, partition_sizes=[4, 4, 4, 4, 4]
    ");
}

#[tokio::test]
async fn order_by_means_one_writer_even_if_the_key_is_not_written() {
    let frame = query(5, "SELECT value FROM t ORDER BY id DESC").await;
    assert_snapshot!(explain(to_orders(frame)).await, @r"
    KafkaCountExec
      KafkaWriteExec: topic=orders, columns=[value], ignored=[], writers=1, ordered=true
        ProjectionExec: expr=[value@0 as value, id@1 as __carried_1]
          SortPreservingMergeExec: [id@1 DESC]
            ProjectionExec: expr=[value@1 as value, id@0 as id]
              SortExec: expr=[id@0 DESC], preserve_partitioning=[true]
                DataSourceExec: partitions=5, partition_sizes=[4, 4, 4, 4, 4]
    ");
}

#[tokio::test]
async fn order_by_with_a_limit_means_one_writer() {
    let frame = query(
        5,
        "SELECT concat(value, '!') AS value FROM t ORDER BY value LIMIT 3",
    )
    .await;
    assert_snapshot!(explain(to_orders(frame)).await, @r"
    KafkaCountExec
      KafkaWriteExec: topic=orders, columns=[value], ignored=[], writers=1, ordered=true
        SortPreservingMergeExec: [value@0 ASC NULLS LAST], fetch=3
          SortExec: TopK(fetch=3), expr=[value@0 ASC NULLS LAST], preserve_partitioning=[true]
            ProjectionExec: expr=[concat(value@0, !) as value]
              DataSourceExec: partitions=5, partition_sizes=[4, 4, 4, 4, 4]
    ");
}

#[tokio::test]
async fn one_writer_takes_a_filtered_table_as_one_stream() {
    let frame = query(5, "SELECT value FROM t WHERE id > 7").await;
    assert_snapshot!(explain(to_orders(frame).writers(1)).await, @r"
    KafkaCountExec
      KafkaWriteExec: topic=orders, columns=[value], ignored=[], writers=1, ordered=true
        PinnedPartitionsExec: exactly=1, input_partitions=5
          FilterExec: id@0 > 7, projection=[value@1]
            DataSourceExec: partitions=5, partition_sizes=[4, 4, 4, 4, 4]
    ");
}

#[tokio::test]
async fn without_a_wish_there_is_a_writer_for_each_partition() {
    let frame = query(5, "SELECT value FROM t").await;
    assert_snapshot!(explain(to_orders(frame)).await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=orders, columns=[value], ignored=[], writers=5, ordered=false
          DataSourceExec: partitions=5, partition_sizes=[4, 4, 4, 4, 4]
    ");
}

#[tokio::test]
async fn the_tree_shows_the_same_facts() {
    let frame = query(2, "SELECT * FROM t").await;
    let plan = to_orders(frame).plan().await.unwrap().plan;
    assert_snapshot!(displayable(plan.as_ref()).tree_render(), @r"
    ┌───────────────────────────┐
    │       KafkaCountExec      │
    └─────────────┬─────────────┘
    ┌─────────────┴─────────────┐
    │   CoalescePartitionsExec  │
    └─────────────┬─────────────┘
    ┌─────────────┴─────────────┐
    │       KafkaWriteExec      │
    │    --------------------   │
    │   columns: [key, value]   │
    │                           │
    │          ignored:         │
    │      [id, part, note]     │
    │                           │
    │       ordered: false      │
    │       topic: orders       │
    │         writers: 2        │
    └─────────────┬─────────────┘
    ┌─────────────┴─────────────┐
    │       DataSourceExec      │
    │    --------------------   │
    │        bytes: 8960        │
    │       format: memory      │
    │          rows: 8          │
    └───────────────────────────┘
    ");
}

#[tokio::test]
async fn of_two_columns_with_one_name_the_first_is_written() {
    let both = "SELECT a.value, b.value FROM t a JOIN t b ON a.id = b.id";
    let plan = explain(to_orders(query(1, both).await)).await;
    assert!(plan.contains("columns=[value], ignored=[value]"), "{plan}");
}

/// Whether the option is taken or refused.
#[tokio::test]
async fn no_secret_is_shown() {
    for name in [
        "kafka.sasl.jaas.config",
        "kafka.ssl.key.password",
        "kafka.no.such.option",
    ] {
        let writer = to_orders(query(1, "SELECT value FROM t").await).option(name, SECRET);
        let mut shown = format!("{writer:?}");
        match writer.plan().await {
            Ok(planned) => shown += &format!("{} {planned:?}", planned.explain()),
            Err(error) => shown += &format!("{error} {error:?}"),
        }
        assert!(!shown.contains(SECRET), "{shown}");
    }
}
