//! Decompressing what may be a bomb.

use super::{Codec, snappy};
use crate::error::BatchError;
use bytes::Bytes;
use std::io::Read;

/// The records of a batch. Uncompressed ones are shared, not copied, and have no limit: they are
/// in memory already. Others take at most about `limit` bytes; zstd's window, which its frame
/// chooses, up to 128 MiB for the time of the call.
pub(super) fn decompress(codec: Codec, body: &Bytes, limit: usize) -> Result<Bytes, BatchError> {
    match codec {
        Codec::None => Ok(body.clone()),
        Codec::Gzip => read(codec, flate2::bufread::MultiGzDecoder::new(&**body), limit),
        Codec::Snappy => snappy::decompress(body, limit).map(Bytes::from),
        Codec::Lz4 => read(codec, lz4_flex::frame::FrameDecoder::new(&**body), limit),
        Codec::Zstd => read(codec, zstd_decoder(body)?, limit),
    }
}

fn zstd_decoder<'a>(body: &'a [u8]) -> Result<impl Read + use<'a>, BatchError> {
    zstd::stream::read::Decoder::with_buffer(body).map_err(|error| Codec::Zstd.error(error))
}

fn read(codec: Codec, decoder: impl Read, limit: usize) -> Result<Bytes, BatchError> {
    let mut out = Vec::new();
    let mut bounded = decoder.take(limit.saturating_add(1) as u64);
    bounded
        .read_to_end(&mut out)
        .map_err(|error| codec.error(error))?;
    if out.len() > limit {
        // What is known of the size: the codec may go on.
        return Err(BatchError::TooLarge {
            size: out.len(),
            limit,
        });
    }
    Ok(out.into())
}
