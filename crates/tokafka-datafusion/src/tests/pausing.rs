//! An input that gives one row and then nothing, without ending.

use std::sync::Arc;

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

/// The input; clones are one input.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pausing(Arc<()>);

impl Pausing {
    /// True while a stream of it exists.
    pub(crate) fn is_running(&self) -> bool {
        Arc::weak_count(&self.0) > 0
    }
}

impl PartitionStream for Pausing {
    fn schema(&self) -> &SchemaRef {
        static SCHEMA: std::sync::LazyLock<SchemaRef> = std::sync::LazyLock::new(|| {
            Arc::new(Schema::new(vec![Field::new(
                "value",
                DataType::Utf8,
                false,
            )]))
        });
        &SCHEMA
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let running = Arc::downgrade(&self.0);
        let rows = Arc::new(StringArray::from(vec!["before the pause"]));
        let first = RecordBatch::try_new(Arc::clone(self.schema()), vec![rows]).unwrap();
        let batches = stream::iter([Ok(first)])
            .chain(stream::pending())
            .inspect(move |_| {
                let _kept_by_the_stream = &running;
            });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(self.schema()),
            batches,
        ))
    }
}

pub(crate) fn frame(input: Pausing) -> DataFrame {
    let schema = Arc::clone(input.schema());
    let table = StreamingTable::try_new(schema, vec![Arc::new(input)]).unwrap();
    SessionContext::new().read_table(Arc::new(table)).unwrap()
}
