//! Cuts a stream of bytes into answers.
//!
//! Kafka puts the length of every request and answer before it, as a big-endian `i32`.

use bytes::{Buf, Bytes, BytesMut};

/// Length of the length.
const PREFIX: usize = 4;

/// A length that no answer can have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("it starts with a length of {0}")]
    Negative(i32),
    #[error("it is {length} bytes long, more than the {limit} accepted{}", hint(*.length))]
    TooLarge { length: usize, limit: usize },
}

/// What is often behind an absurd length: another protocol.
fn hint(length: usize) -> &'static str {
    match u32::try_from(length).unwrap_or(0).to_be_bytes() {
        [0x15 | 0x16, 3, _, _] => " (these bytes are TLS: the listener is not PLAINTEXT)",
        [b'H', b'T', b'T', b'P'] => " (these bytes are HTTP: this is not a Kafka broker)",
        _ => "",
    }
}

/// Takes the first answer off the buffer. `None` if it is not complete yet; then the buffer has
/// room for more of it.
pub(super) fn take(buffer: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, FrameError> {
    let Some(prefix) = buffer.first_chunk::<PREFIX>() else {
        buffer.reserve(READ_AHEAD);
        return Ok(None);
    };
    let length = checked(i32::from_be_bytes(*prefix), limit)?;
    let missing = (PREFIX + length).saturating_sub(buffer.len());
    if missing > 0 {
        buffer.reserve(missing.clamp(READ_AHEAD, MAX_RESERVE));
        return Ok(None);
    }
    buffer.advance(PREFIX);
    Ok(Some(buffer.split_to(length).freeze()))
}

/// Room for many small answers in one read.
const READ_AHEAD: usize = 8 << 10;

/// Room is made for bytes that are announced, but never for more than this at once: an announced
/// length may be nonsense.
const MAX_RESERVE: usize = 1 << 20;

fn checked(length: i32, limit: usize) -> Result<usize, FrameError> {
    match usize::try_from(length) {
        Ok(length) if length <= limit => Ok(length),
        Ok(length) => Err(FrameError::TooLarge { length, limit }),
        Err(_) => Err(FrameError::Negative(length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_out_whole_however_their_bytes_arrive() {
        let stream = b"\0\0\0\x03abc\0\0\0\0\0\0\0\x01d";
        for step in 1..stream.len() {
            let mut buffer = BytesMut::new();
            let mut answers = Vec::new();
            for bytes in stream.chunks(step) {
                buffer.extend_from_slice(bytes);
                while let Some(answer) = take(&mut buffer, 3).unwrap() {
                    answers.push(answer);
                }
            }
            assert_eq!(answers, ["abc", "", "d"]);
        }
    }

    #[test]
    fn a_length_outside_the_limit_is_refused_before_its_bytes_arrive() {
        let refused = |bytes: &[u8]| take(&mut BytesMut::from(bytes), 1000).unwrap_err();
        assert_eq!(refused(b"\xff\xff\xff\xff"), FrameError::Negative(-1));
        assert_eq!(
            refused(b"\0\0\x03\xe9"),
            FrameError::TooLarge {
                length: 1001,
                limit: 1000
            }
        );
        assert!(refused(b"\x15\x03\x03\x00").to_string().contains("TLS"));
        assert!(refused(b"HTTP/1.1 400").to_string().contains("HTTP"));
    }

    #[test]
    fn an_announced_length_alone_takes_little_memory() {
        let mut buffer = BytesMut::from(&b"\x3f\xff\xff\xff"[..]);
        assert_eq!(take(&mut buffer, usize::MAX), Ok(None));
        assert!(buffer.capacity() <= 2 * MAX_RESERVE);
    }
}
