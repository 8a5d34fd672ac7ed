//! Arrow IPC streams: one on standard input, as a table that is read as it comes, and whether one in a
//! file is whole.
//!
//! The format lets a writer end a stream without an end marker. That is also how a stream looks whose
//! writer failed, and rows must not be missing in silence: the marker is asked for.

use std::{
    fs::File,
    io::{self, BufReader, Chain, Cursor, Read, Seek, Stdin, stdin},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, anyhow, bail, ensure};
use datafusion::{
    arrow::{
        datatypes::SchemaRef,
        error::ArrowError,
        ipc::{reader::StreamReader, root_as_message},
    },
    catalog::streaming::StreamingTable,
    error::{DataFusionError, Result as DataFusionResult},
    execution::TaskContext,
    physical_plan::{
        SendableRecordBatchStream,
        stream::{RecordBatchReceiverStream, RecordBatchReceiverStreamBuilder},
        streaming::PartitionStream,
    },
};

use super::lengths;

/// Bytes by which an Arrow stream is known.
pub(super) const ARROW_STREAM_START: usize = 4;
const CONTINUATION: [u8; 4] = [0xff; 4];

const CUT: &str = "the Arrow stream ends in the middle: it was cut";
const NOT_CLOSED: &str =
    "the Arrow stream ends without its end marker: it was cut, or its writer did not close it";
const MORE_FOLLOWS: &str = "more follows the end of the Arrow stream: write one stream at a time";
const READ_TWICE: &str = "standard input can be read once, and the query reads it again";

/// Batches that wait for the writers.
const BATCHES_AHEAD: usize = 2;

/// A stream of which only the columns were read; its rows can be read once.
#[derive(Debug)]
pub(super) struct ArrowInput {
    schema: SchemaRef,
    reader: Mutex<Option<Reader>>,
}

type Reader = StreamReader<Watched<Chain<Cursor<Vec<u8>>, Stdin>>>;

impl ArrowInput {
    /// Waits for the columns. `head` was taken from standard input before.
    pub(super) fn open(head: Vec<u8>) -> DataFusionResult<Arc<Self>> {
        let input = Watched::new(Cursor::new(head).chain(stdin()));
        let reader = StreamReader::try_new(input, None).map_err(broken)?;
        Ok(Arc::new(Self {
            schema: reader.schema(),
            reader: Mutex::new(Some(reader)),
        }))
    }

    pub(super) fn table(self: &Arc<Self>) -> DataFusionResult<StreamingTable> {
        StreamingTable::try_new(Arc::clone(&self.schema), vec![self.clone()])
    }
}

impl PartitionStream for ArrowInput {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStream::builder(self.schema.clone(), BATCHES_AHEAD);
        let reader = self
            .reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match reader {
            Some(reader) => read_ahead(reader, &mut stream),
            None => stream.spawn(async { Err(failed(READ_TWICE)) }),
        }
        stream.build()
    }
}

/// Reads in a thread of its own, no further than the writers can follow.
fn read_ahead(mut reader: Reader, stream: &mut RecordBatchReceiverStreamBuilder) {
    let sender = stream.tx();
    stream.spawn_blocking(move || {
        for batch in reader.by_ref() {
            let batch = batch.map_err(broken)?;
            if sender.blocking_send(Ok(batch)).is_err() {
                return Ok(());
            }
        }
        check_end(reader.get_mut())
    });
}

/// Fails if the stream did not end where its writer ended it, or if anything follows.
fn check_end(input: &mut Watched<impl Read>) -> DataFusionResult<()> {
    if input.ended {
        return Err(failed(NOT_CLOSED));
    }
    if input.read(&mut [0])? > 0 {
        return Err(failed(MORE_FOLLOWS));
    }
    Ok(())
}

fn broken(error: ArrowError) -> DataFusionError {
    match error {
        ArrowError::IoError(_, error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            failed(CUT)
        }
        error => error.into(),
    }
}

fn failed(what: &str) -> DataFusionError {
    DataFusionError::Execution(what.to_owned())
}

/// Fails if a stream in a file does not end where its writer ended it, if anything follows, or if a batch
/// cannot be as long as it says. Passes over the rows, which are not looked at.
pub(super) fn check_stream_file(path: &Path) -> anyhow::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let length = file.get_ref().metadata()?.len();
    while file.stream_position()? < length {
        let Some(message) = next_message(&mut file)? else {
            let end = file.stream_position()?;
            ensure!(end == length, MORE_FOLLOWS);
            return Ok(());
        };
        let message =
            root_as_message(&message).map_err(|error| anyhow!("not an Arrow stream: {error}"))?;
        let body = u64::try_from(message.bodyLength())
            .context("not an Arrow stream: a message is shorter than nothing")?;
        let start = file.stream_position()?;
        let end = start.saturating_add(body);
        ensure!(end <= length, CUT);
        lengths::check_body(&mut file, &message, start..end)?;
        let at = file.stream_position()?;
        file.seek_relative(end.cast_signed() - at.cast_signed())?;
    }
    bail!(NOT_CLOSED)
}

/// What describes the next message; none at the end marker.
fn next_message(file: &mut impl Read) -> anyhow::Result<Option<Vec<u8>>> {
    let mut start = [0; 8];
    file.read_exact(&mut start).context(CUT)?;
    let (marker, length) = start.split_at(CONTINUATION.len());
    ensure!(
        marker == CONTINUATION,
        "not an Arrow stream: a message does not begin like one"
    );
    let length = u32::from_le_bytes(length.try_into()?);
    let mut message = Vec::new();
    let read = file.take(length.into()).read_to_end(&mut message)?;
    ensure!(read == length as usize, CUT);
    Ok((length > 0).then_some(message))
}

/// Bytes, and whether all of them were asked for.
#[derive(Debug)]
struct Watched<R> {
    inner: R,
    ended: bool,
}

impl<R> Watched<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            ended: false,
        }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.ended |= read == 0 && !buffer.is_empty();
        Ok(read)
    }
}
