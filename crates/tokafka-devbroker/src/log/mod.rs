//! The log of a partition: batches, their validation, and the sequences of producers.

mod batch;
mod codec;
mod partition;
mod producers;
mod record;
mod stored;
mod validate;

pub(crate) use batch::BatchHeader;
pub(crate) use codec::CODEC_ZSTD;
pub(crate) use partition::{Appended, Found, Partition, ReadLimit};
pub(crate) use producers::Memory;
pub use stored::StoredRecord;
pub(crate) use stored::decode_batch;
pub(crate) use validate::{CheckedBatch, Rules, validate};
