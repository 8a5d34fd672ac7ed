//! Columns as the loop over rows sees them: the type is decided once per column, the loop gets
//! slices.

mod cells;
mod headers;
mod timestamp;

pub(crate) use cells::Cells;
pub(crate) use headers::{HeaderCells, HeaderScratch, first_unnamed};
pub(crate) use timestamp::{invalid_timestamp, millis};

/// How a value column is turned into the bytes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueFormat {
    /// Strings as UTF-8, binary as it is.
    Bytes,
}
