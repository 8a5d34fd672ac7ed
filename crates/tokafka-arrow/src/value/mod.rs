//! Columns as the loop over rows sees them: the type is decided once per column, the loop gets
//! bytes, or text that only has to be copied.

mod cells;
mod headers;
mod json;
mod omissions;
mod timestamp;
mod values;

pub(crate) use cells::Cells;
pub(crate) use headers::{HeaderCells, HeaderScratch, first_unnamed};
pub(crate) use json::JsonRows;
pub use json::{JsonEncoder, JsonOptions};
pub use omissions::Omissions;
pub(crate) use timestamp::{invalid_timestamp, is_cut, millis};
pub(crate) use values::{RowValue, RowValues, ValueFormat, Values};
