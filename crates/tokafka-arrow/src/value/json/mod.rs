//! JSON as Spark's `to_json` writes it, byte for byte.
//!
//! A kernel per column is chosen when the column's type is known. Rows are written in two steps:
//! each kernel renders its column for some hundred rows, name and comma included, into a buffer
//! that stays in cache; then a row is the concatenation of its cells, copied into the record. So
//! the length of a row is known before it is written, and no type is looked at per row.
//!
//! What Spark writes is what its `JacksonGenerator` does: null fields are left out
//! (`ignoreNullFields`), null elements of arrays and maps are not; numbers are as Java prints them,
//! decimals as `BigDecimal.toString`; binary is base64; keys of maps are the text of Spark's own
//! form of the key, which for dates is the day and for timestamps the microsecond since 1970.
//!
//! ```text
//! encoder    rows of a column, and of a chunk on their way into records
//! omitted    what is in a column and not in its JSON
//! bind       from Arrow's type to a kernel
//! nested     structs, lists, maps, dictionaries
//! scalar     the rest     kernel   what all have in common
//! float  decimal  escape  interval  options  pattern  zone  moment
//! ```

mod bind;
mod decimal;
mod encoder;
mod escape;
mod float;
mod interval;
mod kernel;
mod moment;
mod nested;
mod omitted;
mod options;
mod pattern;
mod scalar;
mod zone;

pub use encoder::JsonEncoder;
pub(crate) use encoder::JsonRows;
pub use options::JsonOptions;
