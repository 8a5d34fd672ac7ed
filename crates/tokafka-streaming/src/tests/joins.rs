//! Joins with static tables: which side is held in memory, and which rows come out, in which order.

use std::sync::Arc;

use datafusion::{
    arrow::array::{AsArray, RecordBatch},
    catalog::TableProvider,
};

use super::{
    frames::{SLOTS, batch, check, query, tables},
    plans::explain,
};

/// Every kind of join that can be started, with the stream on either side. `{t}` is the static table.
const JOINS: [&str; 12] = [
    "SELECT key, name, value FROM r JOIN {t} ON r.key = {t}.id",
    "SELECT key, name, value FROM {t} JOIN r ON r.key = {t}.id",
    "SELECT key, name, value FROM r, {t} WHERE r.key = {t}.id AND name > '1'",
    "SELECT key, name, value FROM r LEFT JOIN {t} ON r.key = {t}.id",
    "SELECT key, name, value FROM r LEFT JOIN {t} ON r.key = {t}.id AND {t}.name || 'x' > r.value",
    "SELECT key, name, value FROM {t} RIGHT JOIN r ON r.key = {t}.id",
    "SELECT key, value FROM r LEFT SEMI JOIN {t} ON r.key = {t}.id",
    "SELECT key, value FROM r LEFT ANTI JOIN {t} ON r.key = {t}.id",
    "SELECT key, value FROM {t} RIGHT SEMI JOIN r ON r.key = {t}.id",
    "SELECT key, value FROM {t} RIGHT ANTI JOIN r ON r.key = {t}.id",
    "SELECT key, value FROM r WHERE NOT EXISTS (SELECT 1 FROM {t} WHERE r.key = {t}.id)",
    "SELECT key, value, (SELECT max(name) FROM {t} WHERE {t}.id = r.key) AS name FROM r WHERE key IN (SELECT id FROM {t}) OR key IS NULL",
];

fn all() -> impl Iterator<Item = String> {
    let tables = ["small", "large"].into_iter();
    tables.flat_map(|table| JOINS.map(|join| join.replace("{t}", table)))
}

fn over_stream(join: &str) -> String {
    format!(
        "WITH r AS (SELECT CAST(key AS STRING) AS key, CAST(value AS STRING) AS value FROM s) {join}"
    )
}

/// The left child is the one that is held in memory, as the first of two below a join.
#[tokio::test]
async fn the_static_side_is_held_in_memory_and_each_slot_has_a_writer() {
    for join in all() {
        let plan = explain(query(&over_stream(&join)).await).await;
        assert!(
            plan.contains(&format!("writers={SLOTS},")),
            "{join}\n{plan}"
        );
        assert!(!plan.contains("RepartitionExec"), "{join}\n{plan}");
        assert!(
            plan.contains("HashJoinExec: mode=CollectLeft"),
            "{join}\n{plan}"
        );
        let lines: Vec<_> = plan.lines().collect();
        let slots = format!("partitions={SLOTS},");
        let stream = lines.iter().position(|line| line.contains(&slots));
        let depth = |line: &str| line.len() - line.trim_start().len();
        let joins = lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.contains("HashJoinExec"));
        for (at, line) in joins {
            let children = lines.iter().enumerate().skip(at + 1);
            let children = children.filter(|(_, child)| depth(child) == depth(line) + 2);
            let right = children.map(|(at, _)| at).nth(1);
            assert!(
                stream >= right,
                "the stream is on the left side\n{join}\n{plan}"
            );
        }
    }
}

/// The rows of a batch are those of the same query over a table of the same rows, and keep their order.
#[tokio::test]
async fn rows_are_those_of_a_static_query_and_keep_their_order() {
    for join in all() {
        let join = over_stream(&join);
        let plan = check(query(&format!("SELECT * FROM ({join})")).await).plan;
        let frame = plan.over_tables(vec![batch()], 0).unwrap();
        let slots = frame.collect_partitioned().await.unwrap();
        assert_eq!(slots.len(), SLOTS, "{join}");
        let slots: Vec<_> = slots.iter().map(|batches| rows(batches)).collect();
        for slot in &slots {
            let values: Vec<_> = slot.iter().map(|row| &row["value"]).collect();
            assert!(values.is_sorted(), "{join}\n{values:?}");
        }
        let mut found: Vec<_> = slots.concat();
        let mut expected = expected(&join).await;
        found.sort();
        expected.sort();
        assert!(!expected.is_empty(), "{join}");
        assert_eq!(found, expected, "{join}");
    }
}

type Row = std::collections::BTreeMap<String, Option<String>>;

async fn expected(join: &str) -> Vec<Row> {
    let context = tables();
    context.deregister_table("s").unwrap();
    let fixed: Arc<dyn TableProvider> = batch();
    context.register_table("s", fixed).unwrap();
    rows(&context.sql(join).await.unwrap().collect().await.unwrap())
}

fn rows(batches: &[RecordBatch]) -> Vec<Row> {
    let rows = batches.iter().flat_map(|batch| {
        (0..batch.num_rows()).map(|row| {
            let columns = batch.schema_ref().fields().iter().zip(batch.columns());
            let cells = columns.map(|(field, column)| {
                let texts = datafusion::arrow::compute::cast(
                    column,
                    &datafusion::arrow::datatypes::DataType::Utf8,
                );
                let texts = texts.unwrap();
                let texts = texts.as_string::<i32>();
                let cell = texts.iter().nth(row).flatten().map(str::to_owned);
                (field.name().clone(), cell)
            });
            cells.collect::<Row>()
        })
    });
    rows.collect()
}
