//! An input whose partitions give their row when all of them were started.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Int64Array, RecordBatch},
        datatypes::{DataType, Field, Schema, SchemaRef},
    },
    catalog::streaming::StreamingTable,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_plan::{ExecutionPlan, stream::RecordBatchStreamAdapter, streaming::PartitionStream},
    prelude::SessionContext,
};
use futures::stream;
use tokio::sync::Barrier;

#[derive(Debug)]
struct Meeting {
    schema: SchemaRef,
    id: i64,
    all: Arc<Barrier>,
}

impl PartitionStream for Meeting {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let row = Arc::new(Int64Array::from(vec![self.id]));
        let row = RecordBatch::try_new(Arc::clone(&self.schema), vec![row]).unwrap();
        let all = Arc::clone(&self.all);
        let rows = stream::once(async move {
            all.wait().await;
            Ok(row)
        });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            rows,
        ))
    }
}

/// One row per partition: its number, as `id`.
pub(crate) async fn scan(partitions: usize) -> Arc<dyn ExecutionPlan> {
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    let all = Arc::new(Barrier::new(partitions));
    let meeting = |id| Meeting {
        schema: Arc::clone(&schema),
        id,
        all: Arc::clone(&all),
    };
    let inputs = (0..partitions as i64).map(|id| Arc::new(meeting(id)) as Arc<dyn PartitionStream>);
    let table = StreamingTable::try_new(Arc::clone(&schema), inputs.collect()).unwrap();
    let frame = SessionContext::new().read_table(Arc::new(table)).unwrap();
    frame.create_physical_plan().await.unwrap()
}
