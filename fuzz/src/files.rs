//! A file of rows, read in the way of `tokafka write`. Also run by tests of the program.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    sync::Arc,
};

use datafusion::prelude::SessionContext;
use futures::TryStreamExt;
use tokio::runtime::Builder;
use tokio_util::sync::CancellationToken;

use super::{files::OrderedFiles, format::CsvForm, inputs::Inputs, plan::SourcePlan};
use crate::args::FileFormat;

pub(super) const CSV: CsvForm = CsvForm {
    delimiter: b',',
    header: true,
};

/// Rows that are read: a few bytes can stand for more than anybody can count, as in a file without columns.
const MOST: usize = 1 << 20;

/// The first byte says of which format the file is, and how its CSV is written down; the rest is the
/// file. An error is as good as rows.
///
/// So is a panic of the readers of binary files, which trust what is in them: the program ends a write
/// with a report then.
pub(super) fn file(path: &Path, data: &[u8]) {
    let Some((how, bytes)) = data.split_first() else {
        return;
    };
    let format = match how % 4 {
        0 => FileFormat::Csv,
        1 => FileFormat::Ndjson,
        2 => FileFormat::Parquet,
        _ => FileFormat::Arrow,
    };
    let csv = CsvForm {
        delimiter: if how & 4 == 0 { b',' } else { b'\t' },
        header: how & 8 == 0,
    };
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let read = AssertUnwindSafe(|| runtime.block_on(read((format, csv), path, bytes)));
    match catch_unwind(read) {
        Ok(_) => {}
        Err(_) if matches!(format, FileFormat::Parquet | FileFormat::Arrow) => {}
        Err(panic) => resume_unwind(panic),
    }
}

/// How many rows there are, if not more than about [`MOST`].
pub(super) async fn read(
    (format, csv): (FileFormat, CsvForm),
    path: &Path,
    bytes: &[u8],
) -> anyhow::Result<usize> {
    fs::write(path, bytes)?;
    let source = SourcePlan {
        inputs: vec![path.to_str().expect("text").to_owned()],
        format: Some(format),
        csv,
    };
    let Inputs::Files(files) = Inputs::open(&source, &CancellationToken::new()).await? else {
        unreachable!("it is no standard input")
    };
    let context = SessionContext::new();
    let table = OrderedFiles::open(&context, &files, csv).await?;
    // All columns: without any, a length that is changed is not compared with anything.
    let frame = context.read_table(Arc::new(table))?;
    let mut batches = frame.execute_stream().await?;
    let mut rows = 0_usize;
    while rows < MOST
        && let Some(batch) = batches.try_next().await?
    {
        rows = rows.saturating_add(batch.num_rows());
    }
    Ok(rows)
}
