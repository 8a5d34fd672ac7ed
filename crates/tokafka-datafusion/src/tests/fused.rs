//! JSON that the writer writes itself.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray},
        datatypes::{DataType, Field, Schema},
    },
    datasource::MemTable,
    prelude::{DataFrame, SessionContext},
};
use insta::assert_snapshot;
use proptest::prelude::*;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use super::frames::{session, table};
use crate::{KafkaDataFrame, register, sql};

fn orders() -> SessionContext {
    let context = table(2);
    register(&context);
    context
}

async fn explain(query: &str) -> String {
    let frame = sql(&orders(), query).await.unwrap();
    let writer = frame
        .write()
        .option("kafka.bootstrap.servers", "nowhere.invalid:9092")
        .option("topic", "orders");
    writer.explain().await.unwrap()
}

#[tokio::test]
async fn explain_says_that_the_writer_writes_the_json() {
    assert_snapshot!(explain("SELECT key, to_json(struct(id, note)) AS value FROM t").await, @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=orders, value=JSON(fused), columns=[key, value], ignored=[], writers=2, ordered=false
          ProjectionExec: expr=[key@1 as key, named_struct(id, id@0, note, note@2) as value]
            DataSourceExec: partitions=2, partition_sizes=[4, 4]
    ");
}

#[tokio::test]
async fn an_order_and_a_limit_do_not_need_the_text() {
    let query = "SELECT to_json(*) AS value FROM t ORDER BY id DESC LIMIT 3";
    assert_snapshot!(explain(query).await, @r"
    KafkaCountExec
      KafkaWriteExec: topic=orders, value=JSON(fused), columns=[value], ignored=[], writers=1, ordered=true
        ProjectionExec: expr=[value@0 as value, id@1 as __carried_1]
          SortPreservingMergeExec: [id@1 DESC], fetch=3
            SortExec: TopK(fetch=3), expr=[get_field(value@0, id) DESC], preserve_partitioning=[true]
              ProjectionExec: expr=[named_struct(id, id@0, key, key@1, value, value@2, part, part@3, note, note@4) as value, id@0 as id]
                DataSourceExec: partitions=2, partition_sizes=[4, 4]
    ");
}

#[tokio::test]
async fn text_that_is_needed_elsewhere_is_made_by_the_query() {
    for query in [
        "SELECT to_json(*) AS value, to_json(*) AS key FROM t",
        "SELECT DISTINCT to_json(struct(part)) AS value FROM t",
        "SELECT to_json(struct(id)) AS value FROM t UNION ALL SELECT note AS value FROM t",
        "SELECT upper(to_json(struct(id))) AS value FROM t",
        "SELECT CASE WHEN id > 3 THEN to_json(struct(id)) END AS value FROM t",
        "SELECT to_json(struct(id)) AS value FROM t ORDER BY value",
    ] {
        let plan = explain(query).await;
        assert!(!plan.contains("JSON(fused)"), "{query}: {plan}");
    }
}

type Row = (Option<i64>, Option<f64>, Option<String>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        any::<Option<i64>>(),
        any::<Option<f64>>(),
        any::<Option<String>>(),
    );
    prop::collection::vec(row, 1..40)
}

/// The table `t` in two partitions.
fn table_of(rows: &[Row]) -> SessionContext {
    let columns: [ArrayRef; 3] = [
        Arc::new(Int64Array::from_iter(rows.iter().map(|row| row.0))),
        Arc::new(Float64Array::from_iter(rows.iter().map(|row| row.1))),
        Arc::new(StringArray::from_iter(
            rows.iter().map(|row| row.2.as_deref()),
        )),
    ];
    let schema = Arc::new(Schema::new(vec![
        Field::new("a", DataType::Int64, true),
        Field::new("b", DataType::Float64, true),
        Field::new("c", DataType::Utf8, true),
    ]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.to_vec()).unwrap();
    let half = batch.slice(0, rows.len() / 2);
    let rest = batch.slice(half.num_rows(), rows.len() - half.num_rows());
    let table = MemTable::try_new(schema, vec![vec![half], vec![rest]]).unwrap();
    let context = session();
    context.register_table("t", Arc::new(table)).unwrap();
    register(&context);
    context
}

/// Key and value of all records that a query writes, sorted.
async fn written(frame: DataFrame, fused: bool) -> Vec<(Option<Vec<u8>>, Option<Vec<u8>>)> {
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    broker.create_topic("orders", 1);
    let writer = frame
        .write()
        .option("kafka.bootstrap.servers", broker.bootstrap())
        .option("topic", "orders");
    let plan = writer.clone().explain().await.unwrap();
    assert_eq!(plan.contains("value=JSON(fused)"), fused, "{plan}");
    writer.save().await.unwrap();
    let bytes = |field: Option<_>| field.map(Vec::from);
    let records = broker.records("orders", 0).into_iter();
    let mut records: Vec<_> = records
        .map(|record| (bytes(record.key), bytes(record.value)))
        .collect();
    records.sort_unstable();
    records
}

const QUERIES: [(&str, &str); 4] = [
    ("to_json(struct(*))", ""),
    (
        "to_json(struct(*), map('ignoreNullFields', 'false'))",
        "ORDER BY a LIMIT 20",
    ),
    ("CAST(to_json(make_array(a, a + 0)) AS BYTEA)", ""),
    (
        "to_json(CASE WHEN a > 0 THEN named_struct('b', b, 'c', [c]) END)",
        "WHERE b IS NOT NULL",
    ),
];

async fn assert_same(rows: &[Row]) {
    let context = table_of(rows);
    for (json, rest) in QUERIES {
        let fused = format!("SELECT {json} AS value, c AS key FROM t {rest}");
        // The writer cannot look through a coalesce.
        let text = json
            .strip_suffix(" AS BYTEA)")
            .map_or(json, |cast| &cast["CAST(".len()..]);
        let unfused =
            format!("SELECT coalesce({text}, NULLIF(c, c)) AS value, c AS key FROM t {rest}");
        let fused = written(sql(&context, &fused).await.unwrap(), true).await;
        let unfused = written(sql(&context, &unfused).await.unwrap(), false).await;
        assert_eq!(fused, unfused, "{json}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_writer_writes_the_bytes_that_the_query_would(rows in rows()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(assert_same(&rows));
    }
}
