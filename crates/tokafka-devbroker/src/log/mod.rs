//! The log of a partition: batches, their validation, the sequences of producers, and transactions.

mod batch;
mod codec;
mod partition;
mod producers;
mod raw;
mod record;
mod refused;
mod stored;
mod transactions;
mod validate;

pub(crate) use batch::BatchHeader;
pub(crate) use codec::CODEC_ZSTD;
pub(crate) use partition::{Appended, Found, Leader, Partition, ReadLimit};
pub(crate) use raw::RawBatch;
pub use stored::StoredRecord;
pub(crate) use stored::decode_batch;
pub(crate) use transactions::Aborted;
pub(crate) use validate::{Arrival, COMPRESSION, CheckedBatch, Rules, validate};
