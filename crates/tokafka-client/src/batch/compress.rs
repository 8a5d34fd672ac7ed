//! Compresses the records of a batch.

use super::{Codec, Compression, snappy};
use crate::error::BatchError;
use flate2::{Compress, Crc, FlushCompress, Status};
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use std::fmt;
use std::io::Write;

/// Reusable compression state and scratch memory; one per thread of encoding.
pub struct Compressor {
    state: State,
    scratch: Vec<u8>,
}

enum State {
    None,
    Gzip(Box<Compress>),
    Snappy(Box<snap::raw::Encoder>),
    Lz4(Box<FrameEncoder<Vec<u8>>>),
    Zstd {
        context: Box<zstd::bulk::Compressor<'static>>,
        level: i32,
    },
}

impl Compressor {
    /// Sets the codec up once, for many batches.
    pub fn new(compression: Compression) -> Self {
        let state = match compression.codec {
            Codec::None => State::None,
            Codec::Gzip => State::Gzip(Box::new(Compress::new(
                gzip_level(compression.level),
                false,
            ))),
            Codec::Snappy => State::Snappy(Box::new(snap::raw::Encoder::new())),
            Codec::Lz4 => State::Lz4(Box::new(lz4_encoder())),
            Codec::Zstd => State::Zstd {
                context: Box::default(),
                level: compression.level.unwrap_or(zstd::DEFAULT_COMPRESSION_LEVEL),
            },
        };
        Self {
            state,
            scratch: Vec::new(),
        }
    }

    /// The codec that batches are compressed with.
    pub fn codec(&self) -> Codec {
        match self.state {
            State::None => Codec::None,
            State::Gzip(_) => Codec::Gzip,
            State::Snappy(_) => Codec::Snappy,
            State::Lz4(_) => Codec::Lz4,
            State::Zstd { .. } => Codec::Zstd,
        }
    }

    /// Compresses `body` into scratch memory, which the next call overwrites.
    pub(super) fn compress(&mut self, body: &[u8]) -> Result<&[u8], BatchError> {
        let out = &mut self.scratch;
        out.clear();
        match &mut self.state {
            State::None => out.extend_from_slice(body),
            State::Gzip(deflate) => gzip(deflate, body, out)?,
            State::Snappy(encoder) => snappy::compress(encoder, body, out)?,
            State::Lz4(encoder) => lz4(encoder, body, out)?,
            State::Zstd { context, level } => zstd(context, *level, body, out)?,
        }
        Ok(&self.scratch)
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor")
            .field("codec", &self.codec())
            .finish_non_exhaustive()
    }
}

fn gzip_level(level: Option<i32>) -> flate2::Compression {
    match level {
        None | Some(-1) => flate2::Compression::default(),
        Some(level) => flate2::Compression::new(level.clamp(1, 9).unsigned_abs()),
    }
}

/// RFC 1952: deflate, no flags, no time, unknown system.
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

fn gzip(deflate: &mut Compress, body: &[u8], out: &mut Vec<u8>) -> Result<(), BatchError> {
    deflate.reset();
    out.extend_from_slice(&GZIP_HEADER);
    loop {
        let rest = body.get(deflate.total_in() as usize..).unwrap_or_default();
        out.reserve(rest.len() / 2 + 64);
        let status = deflate.compress_vec(rest, out, FlushCompress::Finish);
        if status.map_err(|error| Codec::Gzip.error(error))? == Status::StreamEnd {
            break;
        }
    }
    let mut crc = Crc::new();
    crc.update(body);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    Ok(())
}

/// Brokers refuse linked blocks, and Kafka's own writer adds no checksums: the batch has one.
fn lz4_encoder() -> FrameEncoder<Vec<u8>> {
    let frame = FrameInfo::new()
        .block_size(BlockSize::Max64KB)
        .block_mode(BlockMode::Independent);
    FrameEncoder::with_frame_info(frame, Vec::new())
}

fn lz4(
    encoder: &mut FrameEncoder<Vec<u8>>,
    body: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), BatchError> {
    std::mem::swap(encoder.get_mut(), out);
    let written = encoder
        .write_all(body)
        .map_err(|error| Codec::Lz4.error(error));
    let ended = encoder
        .try_finish()
        .map_err(|error| Codec::Lz4.error(error));
    std::mem::swap(encoder.get_mut(), out);
    written.and(ended)
}

fn zstd(
    context: &mut zstd::bulk::Compressor<'_>,
    level: i32,
    body: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), BatchError> {
    out.reserve(zstd::zstd_safe::compress_bound(body.len()));
    let level = zstd::zstd_safe::CParameter::CompressionLevel(level);
    context
        .set_parameter(level)
        .and_then(|()| context.compress_to_buffer(body, out))
        .map(|_| ())
        .map_err(|error| Codec::Zstd.error(error))
}
