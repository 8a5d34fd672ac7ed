//! Decodes answers without trusting their lengths.
//!
//! The generated decoders reserve room for as many elements as an array claims to have. So a
//! message is read twice: first from a buffer in which no length can be much more than the bytes
//! that remain, and only if that works, for good. The check is the one of Kafka's own generated
//! code ("Tried to allocate a collection of size ..., but there are only ... bytes remaining").

use bytes::{Buf, Bytes, TryGetError};
use kafka_protocol::protocol::{Decodable, Encodable, buf::ByteBuf};

/// Decodes a message; the error says what is wrong with the bytes.
pub(crate) fn decode<M: Decodable>(body: Bytes, version: i16) -> Result<M, String> {
    M::decode(&mut Wary::new(body.clone()), version).map_err(|error| error.to_string())?;
    M::decode(&mut { body }, version).map_err(|error| error.to_string())
}

/// Encodes a message; the error says what the version cannot express.
pub(super) fn encode<M: Encodable>(message: &M, version: i16) -> Result<Bytes, String> {
    let mut body = Vec::with_capacity(message.compute_size(version).unwrap_or(0));
    message
        .encode(&mut body, version)
        .map_err(|error| error.to_string())?;
    Ok(body.into())
}

/// Varints up to this are let through even if fewer bytes remain: not all of them are lengths.
const HARMLESS: u64 = 1024;

/// A varint has at most five bytes.
const VARINT: usize = 5;

/// A buffer that lies about integers: none is larger than one more than the bytes that remain.
///
/// Any `i32` may be the length of an array, so all of them are cut; that changes nothing in a valid
/// message but values that are thrown away with the first reading. An array that is too long stays
/// so, as an element has at least a byte. Varints are always lengths, counts or tags: one that is
/// too large is refused.
struct Wary {
    bytes: Bytes,
    /// Bytes just read with the continuation bit set.
    varint: [u8; VARINT],
    varint_len: usize,
}

impl Wary {
    fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            varint: [0; VARINT],
            varint_len: 0,
        }
    }

    /// Checks every varint that may end with this byte. Where one starts cannot be seen, as a
    /// broken flag can look like the start of one.
    fn check(&mut self, byte: u8) -> Result<(), TryGetError> {
        if self.varint_len == VARINT {
            self.varint.rotate_left(1);
            self.varint_len -= 1;
        }
        if let Some(slot) = self.varint.get_mut(self.varint_len) {
            *slot = byte;
            self.varint_len += 1;
        }
        let read = self.varint.get(..self.varint_len).unwrap_or_default();
        let starts = 0..read.len();
        let largest = starts
            .filter_map(|start| read.get(start..))
            .map(value)
            .max()
            .unwrap_or(0);
        if byte < 0x80 {
            self.varint_len = 0;
        }
        let available = self.bytes.len();
        if largest > HARMLESS.max(available as u64 + 1) {
            let requested = usize::try_from(largest).unwrap_or(usize::MAX);
            return Err(TryGetError {
                requested,
                available,
            });
        }
        Ok(())
    }
}

/// The unsigned varint in these bytes, at most five.
fn value(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |value, byte| (value << 7) | u64::from(byte & 0x7f))
}

impl Buf for Wary {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.varint_len = 0;
        self.bytes.advance(count);
    }

    fn try_get_u8(&mut self) -> Result<u8, TryGetError> {
        let byte = self.bytes.try_get_u8()?;
        self.check(byte)?;
        Ok(byte)
    }

    fn try_get_i32(&mut self) -> Result<i32, TryGetError> {
        self.varint_len = 0;
        let value = self.bytes.try_get_i32()?;
        Ok(value.min(i32::try_from(self.bytes.len() + 1).unwrap_or(i32::MAX)))
    }
}

impl ByteBuf for Wary {
    fn peek_bytes(&mut self, range: std::ops::Range<usize>) -> Bytes {
        self.bytes.peek_bytes(range)
    }

    fn get_bytes(&mut self, size: usize) -> Bytes {
        self.varint_len = 0;
        self.bytes.get_bytes(size)
    }
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::{
        BrokerId, FetchResponse, MetadataResponse,
        fetch_response::FetchableTopicResponse,
        metadata_response::{MetadataResponseBroker, MetadataResponseTopic},
    };
    use proptest::prelude::*;

    use super::*;

    fn metadata() -> MetadataResponse {
        let broker = MetadataResponseBroker::default()
            .with_node_id(BrokerId(i32::MAX))
            .with_host("h".into())
            .with_port(i32::MAX);
        MetadataResponse::default()
            .with_throttle_time_ms(i32::MAX)
            .with_controller_id(BrokerId(i32::MAX))
            .with_brokers(vec![broker; 300])
            .with_topics(vec![
                MetadataResponseTopic::default().with_name(Some(Default::default())),
            ])
    }

    #[test]
    fn large_integers_that_are_no_lengths_are_left_alone() {
        for version in 7..=13 {
            let sent = metadata();
            let body = encode(&sent, version).unwrap();
            assert_eq!(decode::<MetadataResponse>(body, version), Ok(sent));
        }
        let fetched = FetchResponse::default()
            .with_session_id(i32::MAX)
            .with_responses(vec![FetchableTopicResponse::default()]);
        let body = encode(&fetched, 10).unwrap();
        assert_eq!(decode::<FetchResponse>(body, 10), Ok(fetched));
    }

    #[test]
    fn an_array_longer_than_its_message_is_refused_without_making_room_for_it() {
        let fixed = b"\0\0\0\0\x7f\xff\xff\xff\0\0\0\0\0\0";
        let compact = b"\0\0\0\0\xff\xff\xff\xff\x0f\0\0\0\0\0\0";
        assert!(decode::<MetadataResponse>(Bytes::from_static(fixed), 8).is_err());
        assert!(decode::<MetadataResponse>(Bytes::from_static(compact), 12).is_err());
        let at_the_end = b"\0\0\0\0\0\0\0\0\0\0\x7f\xff\xff\xff";
        assert!(decode::<FetchResponse>(Bytes::from_static(at_the_end), 11).is_err());
    }

    proptest! {
        #[test]
        fn nonsense_is_an_error_or_a_message_but_never_a_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200), version in 7i16..=13,
        ) {
            let _ = decode::<MetadataResponse>(bytes.clone().into(), version);
            let _ = decode::<FetchResponse>(bytes.into(), version + 3);
        }

        #[test]
        fn a_message_with_one_broken_byte_is_an_error_or_a_message_but_never_a_panic(
            at in 0usize..4000, byte: u8, version in 7i16..=13,
        ) {
            let mut body = encode(&metadata(), version).unwrap().to_vec();
            let at = at % body.len();
            body[at] = byte;
            let _ = decode::<MetadataResponse>(body.into(), version);
        }
    }
}
