//! Records for the eye, as JSON lines, and as Arrow.

mod arrow;
mod bytes;
mod cell;
mod harmless;
mod json;
mod output;
mod table;
mod time;

pub(crate) use arrow::io_error;
pub(crate) use cell::{headers, shown};
pub(crate) use harmless::harmless;
pub(crate) use output::Output;
pub(crate) use time::{parse_rfc3339, rfc3339};
