//! Kafka's record batch, format v2 (magic 2): the bytes that topics, requests and log segments hold.
//!
//! Writing: [`OpenBatch`] takes records, [`OpenBatch::finish`] compresses them with a
//! [`Compressor`], and [`FinishedBatch::seal`] makes the header once the producer knows its id
//! and sequence. Header and body are sent one after the other; the body is never copied.
//!
//! Reading: [`Batches`] finds the batches in what a broker sent, [`StoredBatch`] checks and
//! decompresses one, [`Records`] lends its records without copying.
//!
//! Everything here is a pure function of bytes: no I/O, no clock. Bytes that were read are never
//! trusted: whatever they are, the outcome is a record or a [`BatchError`](crate::error::BatchError).
//!
//! ```text
//! header, big-endian                          record, varints zigzag-encoded
//!  0 base offset     i64   23 last delta  i32    length            varint
//!  8 batch length    i32   27 base time   i64    attributes        i8, unused
//! 12 leader epoch    i32   35 max time    i64    timestamp delta   varlong
//! 16 magic = 2       i8    43 producer id i64    offset delta      varint
//! 17 CRC32C          u32   51 epoch       i16    key, value        length (-1: null), bytes
//! 21 attributes      i16   53 sequence    i32    headers           count, then key, value each
//!                          57 records     i32
//! ```
//!
//! The CRC covers everything from the attributes to the end; what follows the header is
//! compressed as one piece. The format is specified by Kafka's
//! [message format](https://kafka.apache.org/documentation/#messageformat) and by its classes
//! `DefaultRecordBatch` and `DefaultRecord`.

mod checksum;
mod codec;
mod compress;
mod content;
mod cursor;
mod decompress;
mod deltas;
mod finished;
mod header;
mod open;
mod pool;
mod raw;
mod reader;
mod record;
mod records;
mod snappy;
mod span;
#[cfg(test)]
mod tests;
mod varint;

pub use codec::{Codec, Compression};
pub use compress::Compressor;
pub use content::RecordsChecksum;
pub use finished::{FinishedBatch, ProducerStamp};
pub use header::{BatchHeader, TimestampType};
pub use open::OpenBatch;
pub use pool::BufferPool;
pub use reader::{Batches, StoredBatch};
pub use record::{Headers, Record, record_len_bound};
pub use records::{HeaderIter, RecordIter, RecordRef, Records};
pub use span::RowSpan;
