//! Frames over streams, and what stands for the offsets of a batch.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, BinaryViewArray, RecordBatch, StringArray, new_null_array},
        datatypes::{DataType, Field, Schema},
    },
    catalog::TableProvider,
    datasource::MemTable,
    prelude::{SessionConfig, SessionContext},
};
use tokafka_datafusion::stream_schema;

use crate::{DataStreamWriter, StartError, StreamingFrame, read_stream, start, start::Definition};

/// A session that would use four partitions, and batches smaller than a slot.
pub(super) fn session() -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(4);
    let context = SessionContext::new_with_config(config.with_batch_size(ROWS / 3));
    tokafka_datafusion::register(&context);
    context
}

/// A stream, as the view `s` too.
pub(super) fn stream(context: &SessionContext, topic: &str) -> StreamingFrame {
    let reader = read_stream(context).format("kafka").options([
        ("kafka.bootstrap.servers", "nowhere.invalid:9092"),
        ("subscribe", topic),
    ]);
    reader.load().unwrap()
}

/// A session with the stream `s`, another stream `other`, and the static tables `small` and `large`, whose
/// columns are `id` and `name`: smaller and larger than a [`batch`].
pub(super) fn tables() -> SessionContext {
    let context = session();
    stream(&context, "s").create_view(&context, "s").unwrap();
    stream(&context, "other")
        .create_view(&context, "other")
        .unwrap();
    context.register_table("small", names(0..3, 1)).unwrap();
    context.register_table("large", names(0..500, 2)).unwrap();
    context
}

/// Each id has as many names.
fn names(ids: std::ops::Range<usize>, each: usize) -> Arc<dyn TableProvider> {
    let rows =
        ids.flat_map(|id| (0..each).map(move |name| (id.to_string(), format!("{id}/{name}"))));
    let (ids, names): (Vec<_>, Vec<_>) = rows.unzip();
    let fields = ["id", "name"].map(|name| Field::new(name, DataType::Utf8, true));
    let schema = Arc::new(Schema::new(fields.to_vec()));
    let columns: [ArrayRef; 2] = [
        Arc::new(StringArray::from(ids)),
        Arc::new(StringArray::from(names)),
    ];
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.to_vec()).unwrap();
    Arc::new(MemTable::try_new(schema, vec![vec![batch]]).unwrap())
}

pub(super) const SLOTS: usize = 3;
pub(super) const ROWS: usize = 40;

/// What stands for a batch of three slots: keys are the remainder by 7, or null, and values count up through all
/// slots.
pub(super) fn batch() -> Arc<dyn TableProvider> {
    let schema = stream_schema(false);
    let slot = |slot: usize| {
        let rows = slot * ROWS..(slot + 1) * ROWS;
        let keys = rows
            .clone()
            .map(|row| (row % 7 > 0).then(|| (row % 7).to_string()));
        let keys: BinaryViewArray = keys.map(|key| key.map(String::into_bytes)).collect();
        let values: BinaryViewArray = rows
            .map(|row| Some(format!("{row:04}").into_bytes()))
            .collect();
        let columns = schema
            .fields()
            .iter()
            .map(|field| match field.name().as_str() {
                "key" => Arc::new(keys.clone()) as ArrayRef,
                "value" => Arc::new(values.clone()),
                _ => new_null_array(field.data_type(), ROWS),
            });
        vec![RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()]
    };
    let slots = (0..SLOTS).map(slot).collect();
    Arc::new(MemTable::try_new(Arc::clone(&schema), slots).unwrap())
}

/// A query of [`tables`], to be written to the topic `copies`.
pub(super) async fn query(sql: &str) -> DataStreamWriter {
    let frame = tokafka_datafusion::sql(&tables(), sql).await.unwrap();
    to_copies(StreamingFrame::from_frame(frame))
}

pub(super) fn to_copies(frame: StreamingFrame) -> DataStreamWriter {
    frame.write_stream().format("kafka").options([
        ("kafka.bootstrap.servers", "nowhere.invalid:9092"),
        ("topic", "copies"),
        ("checkpointLocation", "/nowhere"),
    ])
}

pub(super) fn check(writer: DataStreamWriter) -> Definition {
    match start::check(writer) {
        Ok(definition) => definition,
        Err(error) => panic!("{error}"),
    }
}

/// Why it does not start.
pub(super) fn refusal(writer: DataStreamWriter) -> String {
    match start::check(writer) {
        Ok(_) => panic!("not refused"),
        Err(StartError::Refused(reason)) => reason,
        Err(other) => panic!("{other}"),
    }
}
