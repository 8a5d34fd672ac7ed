//! Data frames to write.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Int32Array, Int64Array, RecordBatch, StringArray},
        datatypes::{DataType, Field, Schema},
    },
    datasource::MemTable,
    prelude::{DataFrame, SessionConfig, SessionContext},
};

pub(crate) const BATCHES: usize = 4;
pub(crate) const ROWS_PER_BATCH: usize = 10;
pub(crate) const ROWS_PER_PARTITION: usize = BATCHES * ROWS_PER_BATCH;

/// A session that would use four partitions.
pub(crate) fn session() -> SessionContext {
    SessionContext::new_with_config(SessionConfig::new().with_target_partitions(4))
}

/// The table `t`: `id` counts up through all partitions, `value` is the same as text, `key` is
/// `id` modulo 3, `part` is the partition modulo 3, `note` is of no use to Kafka.
pub(crate) fn table(partitions: usize) -> SessionContext {
    let context = session();
    let batches = |partition| {
        (0..BATCHES)
            .map(move |batch| batch_of(partition, batch))
            .collect()
    };
    let data = (0..partitions).map(batches).collect();
    let table = MemTable::try_new(batch_of(0, 0).schema(), data).unwrap();
    context.register_table("t", Arc::new(table)).unwrap();
    context
}

fn batch_of(partition: usize, batch: usize) -> RecordBatch {
    let first = (partition * ROWS_PER_PARTITION + batch * ROWS_PER_BATCH) as i64;
    let ids: Vec<i64> = (first..first + ROWS_PER_BATCH as i64).collect();
    let texts = |text: fn(i64) -> String| {
        Arc::new(StringArray::from_iter_values(
            ids.iter().map(|id| text(*id)),
        ))
    };
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, false),
        Field::new("part", DataType::Int32, false),
        Field::new("note", DataType::Utf8, false),
    ]);
    let columns: Vec<datafusion::arrow::array::ArrayRef> = vec![
        Arc::new(Int64Array::from(ids.clone())),
        texts(|id| (id % 3).to_string()),
        texts(|id| format!("{id:06}")),
        Arc::new(Int32Array::from(vec![
            (partition % 3) as i32;
            ROWS_PER_BATCH
        ])),
        texts(|_| "of no use".to_owned()),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

/// A query over [`table`].
pub(crate) async fn query(partitions: usize, sql: &str) -> DataFrame {
    table(partitions).sql(sql).await.unwrap()
}
