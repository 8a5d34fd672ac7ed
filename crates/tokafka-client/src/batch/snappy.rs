//! Snappy as Kafka has it: the framing of `SnappyOutputStream` in `snappy-java` (xerial), which
//! is not the framing that Snappy itself specifies.
//!
//! A 16-byte header, then blocks: length as big-endian `i32`, one raw Snappy block.

use super::Codec;
use crate::error::BatchError;
use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
/// Version 1, readable by version 1.
const VERSIONS: [u8; 8] = [0, 0, 0, 1, 0, 0, 0, 1];
/// Uncompressed bytes of a block, as in `snappy-java`.
const BLOCK: usize = 32 * 1024;

pub(super) fn compress(
    encoder: &mut Encoder,
    body: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), BatchError> {
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&VERSIONS);
    for block in body.chunks(BLOCK) {
        let start = out.len();
        let data = start + size_of::<u32>();
        out.resize(data + max_compress_len(block.len()), 0);
        let (length, room) = out.split_at_mut(start).1.split_at_mut(size_of::<u32>());
        let len = encoder
            .compress(block, room)
            .map_err(|error| Codec::Snappy.error(error))?;
        length.copy_from_slice(&(len as u32).to_be_bytes());
        out.truncate(data + len);
    }
    Ok(())
}

/// Reads framed blocks, and a single raw block, which other clients write.
pub(super) fn decompress(body: &[u8], limit: usize) -> Result<Vec<u8>, BatchError> {
    let mut out = Vec::new();
    match body.strip_prefix(&MAGIC) {
        Some(framed) => framed_blocks(framed, limit, &mut out)?,
        None => block(body, limit, &mut out)?,
    }
    Ok(out)
}

fn framed_blocks(framed: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), BatchError> {
    let (_, mut rest) = framed
        .split_first_chunk::<{ VERSIONS.len() }>()
        .ok_or_else(cut_short)?;
    while !rest.is_empty() {
        let (length, blocks) = rest.split_first_chunk().ok_or_else(cut_short)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (data, next) = blocks.split_at_checked(length).ok_or_else(cut_short)?;
        block(data, limit, out)?;
        rest = next;
    }
    Ok(())
}

fn block(data: &[u8], limit: usize, out: &mut Vec<u8>) -> Result<(), BatchError> {
    let refused = |error| Codec::Snappy.error(error);
    let start = out.len();
    let end = start.saturating_add(decompress_len(data).map_err(refused)?);
    if end > limit {
        return Err(BatchError::TooLarge { size: end, limit });
    }
    out.resize(end, 0);
    let len = Decoder::new()
        .decompress(data, out.split_at_mut(start).1)
        .map_err(refused)?;
    out.truncate(start + len);
    Ok(())
}

fn cut_short() -> BatchError {
    Codec::Snappy.error("the frame ends inside a block")
}
