//! Decompression of the records of a batch.

use bytes::Bytes;
use kafka_protocol::{
    ResponseError,
    compression::{Decompressor, Gzip, Lz4, Snappy, Zstd},
};

use crate::refusal::Refusal;

/// The codec id of zstd in a batch's attributes.
pub(crate) const CODEC_ZSTD: i16 = 4;
/// Bit of an LZ4 frame's FLG byte: blocks do not refer to earlier blocks.
const LZ4_INDEPENDENT_BLOCKS: u8 = 0x20;

/// The records of a batch, decompressed.
///
/// What Kafka can't decompress it answers with `UNKNOWN_SERVER_ERROR`, and so do we; that includes
/// LZ4 frames with linked blocks.
pub(crate) fn decompress(codec_id: i16, mut records: Bytes) -> Result<Bytes, Refusal> {
    let taken = |plain: &mut Bytes| Ok(std::mem::take(plain));
    let plain = match codec_id {
        0 => return Ok(records),
        1 => Gzip::decompress(&mut records, taken),
        2 => Snappy::decompress(&mut records, taken),
        3 if has_linked_blocks(&records) => {
            return Err(unreadable("LZ4 blocks are not independent"));
        }
        3 => Lz4::decompress(&mut records, taken),
        CODEC_ZSTD => Zstd::decompress(&mut records, taken),
        unknown => {
            return Err(unreadable(format!(
                "unknown compression type id: {unknown}"
            )));
        }
    };
    plain.map_err(|error| unreadable(format!("Failed to decompress record stream: {error:#}")))
}

fn has_linked_blocks(frame: &[u8]) -> bool {
    frame
        .get(4)
        .is_some_and(|flags| flags & LZ4_INDEPENDENT_BLOCKS == 0)
}

fn unreadable(message: impl Into<String>) -> Refusal {
    Refusal::new(ResponseError::UnknownServerError, message)
}
