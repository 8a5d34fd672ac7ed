//! Frames: a length, a header, a body.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{ApiKey, RequestHeader, ResponseHeader, ResponseKind},
    protocol::{Decodable, Encodable},
};
use tokio::io::{AsyncRead, AsyncReadExt};

/// `socket.request.max.bytes`.
const MAX_REQUEST_BYTES: usize = 104_857_600;
/// Allocated before a frame's bytes arrive, at most.
const INITIAL_BYTES: usize = 1 << 20;
/// Bytes of the length field.
const LENGTH_BYTES: usize = 4;
/// API key, version and correlation id.
const FIXED_HEADER_BYTES: usize = 8;

/// A request, its body not decoded yet.
#[derive(Debug)]
pub(crate) struct RequestFrame {
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
    /// True if strings and arrays are compact and structures carry tagged fields (KIP-482).
    pub(crate) flexible: bool,
    pub(crate) body: Bytes,
}

/// A frame that is no request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("a request of {0} bytes: the limit is {MAX_REQUEST_BYTES}")]
    Size(i64),
    #[error("the request ends in its header")]
    Truncated,
    #[error("unknown API key {0}")]
    Api(i16),
    #[error("malformed request: {0}")]
    Malformed(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads one frame; `None` if the client closed the connection between frames, or if the connection
/// is to be cut: `cut` says after how many bytes of a request of this kind.
pub(crate) async fn read_frame<R>(
    reader: &mut R,
    cut: impl FnOnce(ApiKey) -> Option<usize>,
) -> Result<Option<Bytes>, FrameError>
where
    R: AsyncRead + Unpin,
{
    let length = match reader.read_i32().await {
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let size = usize::try_from(length)
        .ok()
        .filter(|size| *size <= MAX_REQUEST_BYTES);
    let size = size.ok_or(FrameError::Size(i64::from(length)))?;
    let mut frame = Vec::with_capacity(size.min(INITIAL_BYTES));
    let fixed = size.min(FIXED_HEADER_BYTES);
    read_up_to(reader, &mut frame, fixed).await?;
    if let Some(bytes) = api_of(&frame).and_then(cut) {
        let wanted = bytes.saturating_sub(LENGTH_BYTES).min(size);
        read_up_to(reader, &mut frame, wanted).await?;
        return Ok(None);
    }
    read_up_to(reader, &mut frame, size).await?;
    Ok(Some(Bytes::from(frame)))
}

/// Reads on until the frame has `size` bytes.
async fn read_up_to<R>(reader: &mut R, frame: &mut Vec<u8>, size: usize) -> Result<(), FrameError>
where
    R: AsyncRead + Unpin,
{
    let missing = size.saturating_sub(frame.len());
    reader.take(missing as u64).read_to_end(frame).await?;
    if frame.len() < size {
        return Err(FrameError::Truncated);
    }
    Ok(())
}

fn api_of(mut frame: &[u8]) -> Option<ApiKey> {
    ApiKey::try_from(frame.try_get_i16().ok()?).ok()
}

impl RequestFrame {
    /// Splits a frame into header and body.
    pub(crate) fn parse(mut frame: Bytes) -> Result<Self, FrameError> {
        if frame.len() < FIXED_HEADER_BYTES {
            return Err(FrameError::Truncated);
        }
        let mut fixed = frame.slice(..FIXED_HEADER_BYTES);
        let key = fixed.get_i16();
        let version = fixed.get_i16();
        let api = ApiKey::try_from(key).map_err(|()| FrameError::Api(key))?;
        let header_version = api.request_header_version(version);
        let header = RequestHeader::decode(&mut frame, header_version)
            .map_err(|error| FrameError::Malformed(format!("header: {error:#}")))?;
        Ok(Self {
            api,
            version,
            correlation_id: header.correlation_id,
            flexible: header_version >= 2,
            body: frame,
        })
    }

    /// The frame of an answer in this version, length included.
    pub(crate) fn answer(&self, answer: &ResponseKind, version: i16) -> Result<Bytes, FrameError> {
        let unencodable = |error| FrameError::Malformed(format!("answer: {error:#}"));
        let header = ResponseHeader::default().with_correlation_id(self.correlation_id);
        let mut frame = BytesMut::new();
        frame.put_i32(0);
        header
            .encode(&mut frame, self.api.response_header_version(version))
            .map_err(unencodable)?;
        answer.encode(&mut frame, version).map_err(unencodable)?;
        let length = frame.len() - size_of::<i32>();
        let length = i32::try_from(length).map_err(|_| FrameError::Size(i64::MAX))?;
        frame
            .get_mut(..size_of::<i32>())
            .unwrap_or_default()
            .copy_from_slice(&length.to_be_bytes());
        Ok(frame.freeze())
    }
}
