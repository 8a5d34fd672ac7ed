//! How the batches of a stream are planned.

use std::sync::Arc;

use datafusion::{arrow::array::AsArray, datasource::MemTable, prelude::*};
use insta::assert_snapshot;
use tokafka_datafusion::{KafkaDataFrame, stream_schema};

use super::frames::{SLOTS, batch, check, query, session, stream, tables, to_copies};
use crate::{DataStreamWriter, StreamingFrame};

/// The plan of the write of a batch of three slots for each stream.
pub(super) async fn explain(writer: DataStreamWriter) -> String {
    let plan = check(writer).plan;
    let tables = plan.tables.iter().map(|_| batch());
    let frame = plan.over_tables(tables.collect(), 0).unwrap();
    let written = frame.write().options([
        ("kafka.bootstrap.servers", "nowhere.invalid:9092"),
        ("topic", "copies"),
    ]);
    written.explain().await.unwrap()
}

#[tokio::test]
async fn each_slot_has_a_writer_and_columns_that_are_not_written_are_not_read() {
    let frame = stream(&session(), "s")
        .filter(col("key").is_not_null())
        .unwrap();
    assert_snapshot!(explain(to_copies(frame)).await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=copies, columns=[key, value, partition], ignored=[topic, offset, timestamp, timestampType], writers=3, ordered=false
          FilterExec: key@0 IS NOT NULL
            DataSourceExec: partitions=3, partition_sizes=[1, 1, 1]
    ");
}

#[tokio::test]
async fn transformations_are_those_of_a_data_frame() {
    let context = session();
    let frame = stream(&context, "s")
        .select_exprs(&[
            "CAST(key AS STRING) AS key",
            "CAST(value AS STRING) AS text",
            "partition",
        ])
        .unwrap()
        .alias("t")
        .unwrap()
        .with_column("parts", make_array(vec![col("t.text"), col("t.key")]))
        .unwrap()
        .unnest_columns(&["parts"])
        .unwrap()
        .with_column_renamed("parts", "value")
        .unwrap()
        .drop_columns(&["text", "partition"])
        .unwrap()
        .select(vec![col("key"), col("value")])
        .unwrap();
    let names: Vec<_> = frame
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names, ["key", "value"]);
    assert_snapshot!(explain(to_copies(frame)).await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=copies, columns=[key, value], ignored=[], writers=3, ordered=false
          ProjectionExec: expr=[key@0 as key, parts@1 as value]
            UnnestExec
              ProjectionExec: expr=[key@0 as key, make_array(text@1, key@0) as parts]
                ProjectionExec: expr=[CAST(key@0 AS Utf8View) as key, CAST(value@1 AS Utf8View) as text]
                  DataSourceExec: partitions=3, partition_sizes=[1, 1, 1]
    ");
}

#[tokio::test]
async fn streams_are_counted_in_the_order_of_the_plan_and_each_once() {
    let context = tables();
    let (s, other) = (stream(&context, "a"), stream(&context, "b"));
    let union = s
        .clone()
        .union(other.clone())
        .unwrap()
        .union_by_name(s.clone())
        .unwrap();
    let definition = check(to_copies(union.clone()));
    let tables = &definition.plan.tables;
    assert_eq!(tables.len(), 2);
    let first = check(to_copies(s)).plan.tables;
    assert!(Arc::ptr_eq(&tables[0], &first[0]));
    assert_snapshot!(explain(to_copies(union)).await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=copies, columns=[key, value, partition], ignored=[topic, offset, timestamp, timestampType], writers=9, ordered=false
          UnionExec
            DataSourceExec: partitions=3, partition_sizes=[1, 1, 1]
            DataSourceExec: partitions=3, partition_sizes=[1, 1, 1]
            DataSourceExec: partitions=3, partition_sizes=[1, 1, 1]
    ");
}

#[tokio::test]
async fn sql_over_a_view_of_a_stream_is_the_same_stream() {
    let twice = "SELECT value FROM s UNION ALL SELECT value FROM s WHERE key IS NULL";
    assert_eq!(check(query(twice).await).plan.tables.len(), 1);
    let frame = tokafka_datafusion::sql(&tables(), twice).await.unwrap();
    let (state, plan) = frame.into_parts();
    let frame = StreamingFrame::from_plan(&SessionContext::new_with_state(state), plan);
    assert_eq!(check(to_copies(frame)).plan.tables.len(), 1);
}

#[tokio::test]
async fn now_is_the_time_of_the_batch_each_time_it_is_planned() {
    let frame = stream(&session(), "s")
        .select(vec![now().alias("time"), col("value")])
        .unwrap();
    let plan = check(to_copies(frame)).plan;
    for time in [1_700_000_000_123, 0, 1_700_000_000_123] {
        let frame = plan.over_tables(vec![batch()], time).unwrap();
        // A write selects once more, and takes the frame apart.
        let (state, query) = frame.select_columns(&["time"]).unwrap().into_parts();
        let rows = DataFrame::new(state, query).collect().await.unwrap();
        let times = rows[0]
            .column(0)
            .as_primitive::<datafusion::arrow::datatypes::TimestampNanosecondType>();
        assert_eq!(times.value(0), time * 1_000_000);
    }
}

#[tokio::test]
async fn a_single_value_can_be_looked_up() {
    let looked_up = "SELECT value, (SELECT max(name) FROM small) AS key FROM s";
    assert_snapshot!(explain(query(looked_up).await).await, @r"
    ScalarSubqueryExec: subqueries=1
      KafkaCountExec
        CoalescePartitionsExec
          KafkaWriteExec: topic=copies, columns=[key, value], ignored=[], writers=3, ordered=false
            ProjectionExec: expr=[value@0 as value, scalar_subquery(<pending>) as key]
              DataSourceExec: partitions=3, partition_sizes=[1, 1, 1]
      AggregateExec: mode=Single, gby=[], aggr=[max(small.name)]
        DataSourceExec: partitions=1, partition_sizes=[1]
    ");
}

#[tokio::test]
async fn a_batch_can_be_empty() {
    let plan = check(to_copies(stream(&session(), "s"))).plan;
    let nothing = MemTable::try_new(stream_schema(false), vec![vec![]; SLOTS]).unwrap();
    let frame = plan.over_tables(vec![Arc::new(nothing)], 0).unwrap();
    assert_eq!(frame.count().await.unwrap(), 0);
}
