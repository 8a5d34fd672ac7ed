//! The rows of a query on standard output.

use std::io::{BufWriter, Write, stdout};

use datafusion::{
    arrow::{
        array::RecordBatch,
        csv,
        error::ArrowError,
        ipc::writer::StreamWriter,
        json::{LineDelimitedWriter, WriterBuilder, writer::LineDelimited},
        util::pretty::pretty_format_batches,
    },
    execution::SendableRecordBatchStream,
};
use futures::StreamExt;

use super::legible::{Text, legible};
use crate::{args::SqlOutput, render::io_error};

type Out = BufWriter<std::io::Stdout>;

/// Writes the rows of one query as they come; a table when all have come.
pub(super) struct Printer(Form);

enum Form {
    Table(Vec<RecordBatch>),
    Json(Box<JsonWriter>),
    Csv(Box<csv::Writer<Out>>),
    Arrow(Box<StreamWriter<Out>>),
}

type JsonWriter = datafusion::arrow::json::Writer<Out, LineDelimited>;

impl Printer {
    /// Begins the output; it has its columns even if no row follows.
    pub(super) fn new(output: SqlOutput, rows: &SendableRecordBatchStream) -> anyhow::Result<Self> {
        let out = BufWriter::new(stdout());
        let empty = RecordBatch::new_empty(rows.schema());
        let mut printer = Self(match output {
            SqlOutput::Table => Form::Table(Vec::new()),
            SqlOutput::Json => {
                let writer: LineDelimitedWriter<Out> =
                    WriterBuilder::new().with_explicit_nulls(true).build(out);
                Form::Json(Box::new(writer))
            }
            SqlOutput::Csv => Form::Csv(Box::new(csv::WriterBuilder::new().build(out))),
            SqlOutput::Arrow => {
                let writer = StreamWriter::try_new(out, &rows.schema()).map_err(io_error)?;
                Form::Arrow(Box::new(writer))
            }
        });
        printer.push(&empty)?;
        Ok(printer)
    }

    fn push(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        match &mut self.0 {
            Form::Table(batches) => batches.push(legible(batch, Text::ForTheEye)?),
            Form::Json(writer) => writer
                .write(&legible(batch, Text::AsItIs)?)
                .map_err(io_error)?,
            Form::Csv(writer) => writer
                .write(&legible(batch, Text::AsItIs)?)
                .map_err(csv_error)?,
            Form::Arrow(writer) => writer.write(batch).map_err(io_error)?,
        }
        Ok(())
    }

    /// Writes all rows. Those before an error are written, too.
    pub(super) async fn print(mut self, mut rows: SendableRecordBatchStream) -> anyhow::Result<()> {
        while let Some(batch) = rows.next().await {
            self.push(&batch?)?;
        }
        match self.0 {
            Form::Table(batches) => {
                let table = pretty_format_batches(&batches).map_err(io_error)?;
                writeln!(stdout(), "{table}")?;
            }
            Form::Json(mut writer) => {
                writer.finish().map_err(io_error)?;
                writer.into_inner().flush()?;
            }
            Form::Csv(writer) => writer.into_inner().flush()?,
            Form::Arrow(mut writer) => writer.finish().map_err(io_error)?,
        }
        Ok(())
    }
}

fn csv_error(error: ArrowError) -> anyhow::Error {
    match error {
        ArrowError::CsvError(reason) | ArrowError::NotYetImplemented(reason) => anyhow::anyhow!(
            "CSV cannot hold it: {reason}. Select to_json(column), or use --output json"
        ),
        other => io_error(other).into(),
    }
}
