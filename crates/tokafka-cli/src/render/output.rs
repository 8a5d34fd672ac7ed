//! Where records of a topic go.

use std::io::{self, BufWriter, Stdout, Write, stdout};

use tokafka_client::batch::RecordRef;

use super::{arrow::ArrowStream, json, table::Table};
use crate::args::ReadOutput;

/// Records on standard output, in one of the forms.
pub(crate) enum Output {
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
        Ok(match form {
            ReadOutput::Table => Self::Table(out, Table::default()),
            ReadOutput::Json => Self::Json(out),
            ReadOutput::Arrow => Self::Arrow(Box::new(ArrowStream::new(out, topic)?)),
        })
    }

    /// Takes a record; it may stay in memory until the next `flush`.
    pub(crate) fn push(&mut self, partition: i32, record: &RecordRef<'_>) -> io::Result<()> {
        match self {
            Self::Table(out, table) => {
                table.push(partition, record);
                if table.len() >= TABLE_ROWS { table.flush(out) } else { Ok(()) }
            }
            Self::Json(out) => json::line(out, partition, record),
            Self::Arrow(stream) => stream.push(partition, record),
        }
    }

    /// Writes out all that was taken.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Table(out, table) => {
                table.flush(out)?;
                out.flush()
            }
            Self::Json(out) => out.flush(),
            Self::Arrow(stream) => stream.flush(),
        }
    }

    /// Ends the output.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        match &mut self {
            Self::Arrow(stream) => stream.finish(),
            Self::Table(..) | Self::Json(_) => self.flush(),
        }
    }
}
