//! From rows to batches. Sizes come first: a record is only written where it fits.
//!
//! Nothing here waits or sends. [`Encoder::encode`] stops at each batch that is closed and gives it
//! back; the caller sends it and calls again with the same [`Cursor`].

use tokafka_client::{
    batch::{BatchHeader, BufferPool, OpenBatch, Record, record_len_bound},
    settings::ProducerSettings,
};

use crate::{
    check::number,
    error::DataError,
    lanes::{ClosedBatch, Lanes, Push, TopicShape},
    partition::Spread,
    rows::Rows,
    share::open_bytes,
    topics::{TopicIndex, TopicRun},
    value::{HeaderScratch, RowValue, RowValues, Values},
};

/// Batches are this long if `batch.size` is not set: several fit into one request.
const BATCH_TARGET: usize = 512 * 1024;
/// Left free in a request for what surrounds its batches.
const REQUEST_OVERHEAD: usize = 1024;

/// What bounds the encoder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// `max.request.size`: no record is larger.
    pub(crate) max_request: usize,
    /// Bytes that may lie in open batches.
    pub(crate) open_bytes: usize,
    /// `partitioner.ignore.keys`.
    pub(crate) keys: KeyUse,
}

/// Whether keys decide on partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyUse {
    Partition,
    Ignored,
}

/// Encodes the rows of one writer.
#[derive(Debug)]
pub(crate) struct Encoder {
    lanes: Lanes,
    limits: Limits,
    scratch: HeaderScratch,
    /// The partitions of the rows of a chunk, as far as rows or their keys decide on them.
    places: Vec<Option<u32>>,
}

/// How far the rows of a chunk are encoded.
#[derive(Debug)]
pub(crate) struct Cursor {
    run: usize,
    row: usize,
}

impl Limits {
    /// What the settings of a producer say.
    pub(crate) fn of(settings: &ProducerSettings) -> Self {
        Self {
            max_request: settings.max_request_size,
            open_bytes: open_bytes(settings),
            keys: if settings.ignore_keys {
                KeyUse::Ignored
            } else {
                KeyUse::Partition
            },
        }
    }
}

/// Bytes at which a batch is full.
pub(crate) fn target(settings: &ProducerSettings) -> usize {
    let fits = settings.max_request_size.saturating_sub(REQUEST_OVERHEAD);
    settings.batch_size.unwrap_or(BATCH_TARGET).min(fits)
}

impl Encoder {
    /// An encoder without topics.
    pub(crate) fn new(buffers: BufferPool, limits: Limits) -> Self {
        let lanes = Lanes::new(buffers, limits.open_bytes);
        Self {
            lanes,
            limits,
            scratch: HeaderScratch::default(),
            places: Vec::new(),
        }
    }

    /// Adds the topic that has the next number.
    pub(crate) fn add_topic(&mut self, shape: TopicShape) {
        self.lanes.add_topic(shape);
    }

    /// How many topics were added.
    pub(crate) fn topic_count(&self) -> usize {
        self.lanes.topic_count()
    }

    /// Makes batches of a topic no longer than that, since a broker refused longer ones.
    pub(crate) fn lower_target(&mut self, topic: TopicIndex, target: usize) {
        let shape = &mut self.lanes.topic(topic).shape;
        shape.target = shape.target.min(target);
    }

    /// From now on open batches hold at most that many bytes.
    pub(crate) fn limit_open(&mut self, bytes: usize) {
        self.lanes.open_limit = bytes;
    }

    /// The beginning of a chunk of rows, whose topics were added.
    pub(crate) fn start(&mut self, rows: &Rows<'_>) -> Cursor {
        self.scratch.reset();
        self.place(rows);
        Cursor { run: 0, row: 0 }
    }

    /// Encodes rows until a batch is closed, or until all of them lie in batches: then `None`.
    ///
    /// # Errors
    /// A record is larger than `max.request.size`. The rows before it lie in batches.
    pub(crate) fn encode(
        &mut self,
        rows: &Rows<'_>,
        cursor: &mut Cursor,
    ) -> Result<Option<ClosedBatch>, DataError> {
        while let Some(run) = rows.runs.get(cursor.run) {
            match self.lanes.next_closed() {
                Some(batch) => return Ok(Some(batch)),
                None => match &rows.values {
                    Values::Bytes(values) => self.encode_run((rows, values), run, cursor)?,
                    Values::Json(values) => self.encode_run((rows, *values), run, cursor)?,
                },
            }
        }
        Ok(self.lanes.next_closed())
    }

    /// Closes the open batches and gives them back one by one: `None` after the last.
    pub(crate) fn next_open(&mut self) -> Option<ClosedBatch> {
        if let Some(batch) = self.lanes.next_closed() {
            return Some(batch);
        }
        self.lanes.close_all();
        self.lanes.next_closed()
    }

    /// True if rows wait in batches.
    pub(crate) fn has_rows(&self) -> bool {
        self.lanes.has_rows()
    }

    /// Finds the partitions that rows name, or that their keys belong to.
    // Apart from encoding: a processor hashes several keys at a time then.
    fn place(&mut self, rows: &Rows<'_>) {
        self.places.clear();
        let by_key = self.limits.keys == KeyUse::Partition;
        let decided = rows.name_partitions() || by_key && rows.have_keys();
        if !decided {
            return;
        }
        for run in &rows.runs {
            let spread = Spread::over(self.lanes.topic(run.topic).shape.partitions);
            let place = |row| {
                let key = rows.key(row).filter(|_| by_key);
                rows.partition(row).or_else(|| Some(spread.partition(key?)))
            };
            self.places.extend(run.rows.clone().map(place));
        }
    }

    /// Encodes rows of one topic until one of its batches is closed or the run ends.
    // Inlined, the loops of several kinds of values would share one function's registers.
    #[inline(never)]
    fn encode_run(
        &mut self,
        (rows, values): (&Rows<'_>, &impl RowValues),
        run: &TopicRun,
        cursor: &mut Cursor,
    ) -> Result<(), DataError> {
        let mut lanes = self.lanes.fill(run.topic);
        for row in cursor.row..run.rows.end {
            cursor.row = row;
            let record = rows.record(row, &mut self.scratch);
            let value = values.value(row);
            let len = record_len(&record, value.len());
            // Kafka's client states the same size (`DefaultRecordBatch.estimateBatchSizeUpperBound`).
            let (size, limit) = (BatchHeader::LEN + len, self.limits.max_request);
            if size > limit {
                let row = number(rows.first, row);
                return Err(DataError::RecordTooLarge { row, size, limit });
            }
            let partition = match self.places.get(row) {
                Some(Some(partition)) => *partition,
                // Where the present run of rows without a key goes.
                _ => lanes.place(len),
            };
            let put = |batch: &mut OpenBatch| value.push(record, batch);
            match lanes.push(partition, (number(rows.first, row), len), put) {
                Push::Taken => {}
                Push::Crowded => {
                    cursor.row += 1;
                    self.lanes.relieve();
                    return Ok(());
                }
                Push::Full => {
                    self.lanes.close(run.topic, partition);
                    return Ok(());
                }
            }
        }
        cursor.row = run.rows.end;
        cursor.run += 1;
        Ok(())
    }
}

#[inline]
fn record_len(record: &Record<'_>, value: Option<usize>) -> usize {
    let headers = record.headers.encoded().len();
    record_len_bound(record.key.map(<[u8]>::len), value, headers)
}

#[cfg(test)]
mod tests;
