//! An input that panics is an input that fails.

use std::{any::Any, panic::AssertUnwindSafe};

use datafusion::{
    common::exec_datafusion_err, execution::SendableRecordBatchStream,
    physical_plan::stream::RecordBatchStreamAdapter,
};
use futures::StreamExt;

/// The same rows; a panic of what makes them is an error, and the last item.
///
/// Functions of users panic, and so do Arrow's readers at some damaged files. The writer has to outlive
/// it: it knows what was acknowledged.
pub(super) fn guarded(input: SendableRecordBatchStream) -> SendableRecordBatchStream {
    let schema = input.schema();
    // It is not polled again.
    let batches = AssertUnwindSafe(input).catch_unwind();
    let batches = batches.map(|batch| {
        batch.unwrap_or_else(|panic| {
            let text = text(panic.as_ref());
            Err(exec_datafusion_err!("the query panicked: {text}"))
        })
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it did not say why")
}
