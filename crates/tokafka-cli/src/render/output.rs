//! Where records of a topic go.

use std::io::{self, BufWriter, Stdout, Write, stdout};

use tokafka_client::batch::RecordRef;

use super::{arrow::ArrowStream, json, table::Table};
use crate::args::ReadOutput;

/// Records on standard output, in one of the forms.
pub(crate) struct Output(Form);

enum Form {
    Table(BufWriter<Stdout>, Table),
    Json(BufWriter<Stdout>),
    Arrow(Box<ArrowStream<BufWriter<Stdout>>>),
}

/// Rows that are laid out together.
const TABLE_ROWS: usize = 500;

impl Output {
    /// Begins the output; an Arrow stream has its schema written even if no record follows.
    pub(crate) fn new(form: ReadOutput, topic: &str) -> io::Result<Self> {
        let out = BufWriter::new(stdout());
        Ok(Self(match form {
            ReadOutput::Table => Form::Table(out, Table::default()),
            ReadOutput::Json => Form::Json(out),
            ReadOutput::Arrow => Form::Arrow(Box::new(ArrowStream::new(out, topic)?)),
        }))
    }

    /// Takes a record; it may stay in memory until the next `flush`.
    pub(crate) fn push(&mut self, partition: i32, record: &RecordRef<'_>) -> io::Result<()> {
        match &mut self.0 {
            Form::Table(out, table) => {
                table.push(partition, record);
                if table.len() >= TABLE_ROWS {
                    table.flush(out)
                } else {
                    Ok(())
                }
            }
            Form::Json(out) => json::line(out, partition, record),
            Form::Arrow(stream) => stream.push(partition, record),
        }
    }

    /// Writes out all that was taken.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Form::Table(out, table) => {
                table.flush(out)?;
                out.flush()
            }
            Form::Json(out) => out.flush(),
            Form::Arrow(stream) => stream.flush(),
        }
    }

    /// Ends the output.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        match &mut self.0 {
            Form::Arrow(stream) => stream.finish(),
            Form::Table(..) | Form::Json(_) => self.flush(),
        }
    }
}
