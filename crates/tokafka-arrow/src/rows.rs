//! Some rows of a record batch, bound to what the loop over them needs.

use std::{
    ops::Range,
    time::{SystemTime, UNIX_EPOCH},
};

use arrow::{
    array::{ArrayRef, AsArray},
    datatypes::Int32Type,
};
use tokafka_client::batch::Record;

use crate::{
    layout::RecordColumns,
    topics::{TopicRun, TopicRuns},
    value::{Cells, HeaderCells, HeaderScratch, JsonRows, ValueFormat, Values, millis},
};

/// Rows that are bound at once: their slices then stay in the innermost caches.
pub(crate) const CHUNK: usize = 1024;

/// The rows of a batch, cut into chunks.
pub(crate) fn chunks(rows: usize, format: &ValueFormat) -> impl Iterator<Item = Range<usize>> {
    let chunk = match format {
        ValueFormat::Bytes => CHUNK,
        ValueFormat::Json(_) => JsonRows::CHUNK,
    };
    (0..rows)
        .step_by(chunk)
        .map(move |start| start..rows.min(start + chunk))
}

/// Milliseconds since 1970.
pub(crate) fn now_millis() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Where the rows of a chunk come from and go to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The topics of the whole batch.
    pub(crate) topics: &'a TopicRuns,
    /// Number of the batch's first row in the writer's input.
    pub(crate) first: u64,
    /// The time for rows without one, in ms.
    pub(crate) now: i64,
    /// How values become bytes.
    pub(crate) format: &'a ValueFormat,
}

/// Rows whose columns are slices, whatever their types were. A column that is not there is empty.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) runs: Vec<TopicRun>,
    /// Number of the first row in the writer's input.
    pub(crate) first: u64,
    keys: Cells<'a>,
    pub(crate) values: Values<'a>,
    headers: HeaderCells<'a>,
    /// Below zero where the row names none.
    partitions: Vec<i32>,
    timestamps: Vec<i64>,
    /// The time of rows without one.
    now: i64,
}

impl<'a> Rows<'a> {
    /// Binds the columns of these rows of a batch, which are the columns' only rows. `json` is
    /// where values lie that are JSON.
    pub(crate) fn bind(
        columns: &'a RecordColumns,
        rows: Range<usize>,
        of: Context<'_>,
        json: &'a mut JsonRows,
    ) -> Self {
        let cells = |column: &'a Option<ArrayRef>| match column {
            Some(column) => Cells::of(column.as_ref()),
            None => Cells::default(),
        };
        let values = match &columns.value {
            Some(column) => of.format.bind(column.as_ref(), json),
            None => Values::Bytes(Cells::default()),
        };
        let headers = columns
            .headers
            .as_ref()
            .map(|headers| HeaderCells::of(headers));
        let timestamps = columns
            .timestamp
            .as_ref()
            .map(|times| millis(times, of.now));
        let shift = |run: TopicRun| TopicRun {
            rows: run.rows.start - rows.start..run.rows.end - rows.start,
            ..run
        };
        Self {
            runs: of.topics.within(rows.clone()).map(shift).collect(),
            first: of.first + rows.start as u64,
            keys: cells(&columns.key),
            values,
            headers: headers.unwrap_or_default(),
            partitions: partitions(columns),
            timestamps: timestamps.unwrap_or_default(),
            now: of.now,
        }
    }

    /// One row as a record, but for its value; its headers lie in `scratch`.
    // Left to the compiler, it would not always be inlined, and other code decided on it.
    #[inline(always)]
    pub(crate) fn record<'s>(&'s self, row: usize, scratch: &'s mut HeaderScratch) -> Record<'s> {
        Record {
            timestamp: self.timestamps.get(row).copied().unwrap_or(self.now),
            key: self.key(row),
            value: None,
            headers: self.headers.encode(row, scratch),
        }
    }

    /// True if rows may have keys.
    pub(crate) fn have_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// True if rows may name partitions.
    pub(crate) fn name_partitions(&self) -> bool {
        !self.partitions.is_empty()
    }

    /// The key of a row.
    #[inline]
    pub(crate) fn key(&self, row: usize) -> Option<&'a [u8]> {
        self.keys.get(row)
    }

    /// The partition that a row names.
    #[inline]
    pub(crate) fn partition(&self, row: usize) -> Option<u32> {
        self.partitions
            .get(row)
            .and_then(|partition| u32::try_from(*partition).ok())
    }
}

fn partitions(columns: &RecordColumns) -> Vec<i32> {
    let column = columns.partition.as_ref();
    match column.and_then(|column| column.as_primitive_opt::<Int32Type>()) {
        Some(column) => column
            .iter()
            .map(|partition| partition.unwrap_or(-1))
            .collect(),
        None => Vec::new(),
    }
}
