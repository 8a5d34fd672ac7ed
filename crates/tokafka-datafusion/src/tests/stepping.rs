//! An input that gives a row, waits until it may go on, gives another and ends.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use datafusion::{
    arrow::{
        array::{RecordBatch, StringArray},
        datatypes::{DataType, Field, Schema, SchemaRef},
    },
    catalog::streaming::StreamingTable,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_plan::{stream::RecordBatchStreamAdapter, streaming::PartitionStream},
    prelude::{DataFrame, SessionContext},
};
use futures::{StreamExt, stream};
use tokio::sync::Notify;

/// The input; clones are one input.
#[derive(Debug, Clone)]
pub(crate) struct Stepping {
    schema: SchemaRef,
    paused: Arc<AtomicBool>,
    may_go_on: Arc<Notify>,
}

impl Default for Stepping {
    fn default() -> Self {
        let value = Field::new("value", DataType::Utf8, false);
        Self {
            schema: Arc::new(Schema::new(vec![value])),
            paused: Arc::default(),
            may_go_on: Arc::default(),
        }
    }
}

impl Stepping {
    /// True once the first row was taken and the next one is asked for.
    pub(crate) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    pub(crate) fn go_on(&self) {
        self.may_go_on.notify_one();
    }
}

impl PartitionStream for Stepping {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let row = move || {
            let values = Arc::new(StringArray::from(vec!["a row"]));
            Ok(RecordBatch::try_new(Arc::clone(&schema), vec![values]).unwrap())
        };
        let (paused, may_go_on) = (Arc::clone(&self.paused), Arc::clone(&self.may_go_on));
        let second = row.clone();
        let second = stream::once(async move {
            paused.store(true, Ordering::Relaxed);
            may_go_on.notified().await;
            second()
        });
        let rows = stream::iter([row()]).chain(second);
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            rows,
        ))
    }
}

pub(crate) fn frame(input: &Stepping) -> DataFrame {
    let schema = Arc::clone(&input.schema);
    let table = StreamingTable::try_new(schema, vec![Arc::new(input.clone())]).unwrap();
    SessionContext::new().read_table(Arc::new(table)).unwrap()
}
