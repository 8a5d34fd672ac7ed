//! Kafka's codecs: names, ids, levels.

use crate::error::BatchError;
use std::fmt;

/// How the records of a batch are compressed (`compression.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Not at all.
    None,
    /// Deflate in a gzip member.
    Gzip,
    /// Snappy blocks, framed as `snappy-java` frames them.
    Snappy,
    /// LZ4 frames of independent blocks.
    Lz4,
    /// Zstandard; brokers since Kafka 2.1.
    Zstd,
}

impl Codec {
    /// Kafka's name of the codec.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// The codec's bits in a batch's attributes.
    pub(super) const fn id(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Snappy => 2,
            Self::Lz4 => 3,
            Self::Zstd => 4,
        }
    }

    pub(super) const fn from_id(id: u8) -> Result<Self, BatchError> {
        match id {
            0 => Ok(Self::None),
            1 => Ok(Self::Gzip),
            2 => Ok(Self::Snappy),
            3 => Ok(Self::Lz4),
            4 => Ok(Self::Zstd),
            other => Err(BatchError::UnknownCompression(other)),
        }
    }

    /// The codec's refusal.
    pub(super) fn error(self, reason: impl fmt::Display) -> BatchError {
        BatchError::Codec {
            codec: self.name(),
            reason: reason.to_string(),
        }
    }
}

/// A codec and how hard it tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Compression {
    /// The codec.
    pub codec: Codec,
    /// gzip 1 to 9 (6 if none or -1), zstd -131072 to 22 (3 if none); a level beyond is taken as
    /// the nearest. lz4 and snappy are written at one speed: a level changes nothing.
    pub level: Option<i32>,
}

impl Compression {
    /// No compression.
    pub const NONE: Self = Self {
        codec: Codec::None,
        level: None,
    };
}
