//! Produce requests, framed by hand around finished batches.
//!
//! A generated encoder would copy every batch into the request. Here the request is a list of pieces
//! that are written vectored: what surrounds the batches, each batch's header with its sequence, and
//! each batch's body as it was encoded.

use std::{cmp::Ordering, ops::RangeInclusive, sync::Arc, time::Duration};

use bytes::{BufMut, Bytes, BytesMut};
use uuid::Uuid;

use super::{lane::Attempt, timers::LaneId};
use crate::{
    batch::{BatchHeader, FinishedBatch, ProducerStamp},
    settings::Acks,
};

/// Versions of Produce that this client speaks. From 9 on the encoding is flexible; from 13 on topics
/// go by id.
pub(super) const VERSIONS: RangeInclusive<i16> = 7..=13;
/// The last version in which topics go by name.
pub(super) const LAST_BY_NAME: i16 = 12;

/// One batch of a request. A partition may occur once only: a broker drops the first of two silently.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) part: Part,
    pub(super) batch: FinishedBatch,
    pub(super) stamp: ProducerStamp,
}

/// Which attempt of which lane a batch of a request is, and where it goes.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) lane: LaneId,
    pub(super) attempt: Attempt,
    pub(super) topic: TopicKey,
    pub(super) partition: i32,
}

/// A topic by name and, if the brokers have ids, by id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TopicKey {
    pub(super) name: Arc<str>,
    /// Nil on brokers before Kafka 2.8.
    pub(super) id: Uuid,
}

impl TopicKey {
    /// The versions of Produce in which the topic can be named.
    pub(super) fn versions(&self) -> RangeInclusive<i16> {
        let newest = if self.id.is_nil() {
            LAST_BY_NAME
        } else {
            *VERSIONS.end()
        };
        *VERSIONS.start()..=newest
    }
}

/// What all produce requests of a producer have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) acks: Acks,
    /// How long the broker may wait for its replicas.
    pub(super) timeout: Duration,
}

/// The pieces of a request's body in the order in which they are sent. Sorts the entries: by topic, as
/// this version names it, and partition.
pub(super) fn body(version: i16, terms: Terms, entries: &mut [Entry]) -> Vec<Bytes> {
    entries.sort_by(|a, b| order(version, &a.part, &b.part));
    let topics = || entries.chunk_by(|a, b| a.part.topic == b.part.topic);
    let mut body = Body {
        flexible: version > 8,
        open: BytesMut::new(),
        pieces: Vec::new(),
    };
    body.no_transaction();
    body.open.put_i16(match terms.acks {
        Acks::None => 0,
        Acks::Leader => 1,
        Acks::All => -1,
    });
    body.open
        .put_i32(i32::try_from(terms.timeout.as_millis()).unwrap_or(i32::MAX));
    body.array(topics().count());
    for topic in topics() {
        body.topic(version, topic);
    }
    body.tags();
    body.finish()
}

fn order(version: i16, a: &Part, b: &Part) -> Ordering {
    let topics = if version > LAST_BY_NAME {
        a.topic.id.cmp(&b.topic.id)
    } else {
        a.topic.name.cmp(&b.topic.name)
    };
    topics.then(a.partition.cmp(&b.partition))
}

struct Body {
    flexible: bool,
    open: BytesMut,
    pieces: Vec<Bytes>,
}

impl Body {
    fn topic(&mut self, version: i16, entries: &[Entry]) {
        let Some(Entry {
            part: Part { topic, .. },
            ..
        }) = entries.first()
        else {
            return;
        };
        if version > LAST_BY_NAME {
            self.open.put_slice(topic.id.as_bytes());
        } else {
            self.topic_name(&topic.name);
        }
        self.array(entries.len());
        for entry in entries {
            self.open.put_i32(entry.part.partition);
            self.batch(entry);
            self.tags();
        }
        self.tags();
    }

    fn batch(&mut self, entry: &Entry) {
        let length = entry.batch.wire_len();
        debug_assert_eq!(
            length,
            BatchHeader::LEN + entry.batch.body().len(),
            "a batch is header and body"
        );
        if self.flexible {
            self.unsigned_varint(length + 1);
        } else {
            self.open.put_i32(i32::try_from(length).unwrap_or(i32::MAX));
        }
        self.open.put_slice(&entry.batch.seal(entry.stamp));
        self.pieces.push(self.open.split().freeze());
        self.pieces.push(entry.batch.body().clone());
    }

    fn array(&mut self, length: usize) {
        if self.flexible {
            self.unsigned_varint(length + 1);
        } else {
            self.open.put_i32(i32::try_from(length).unwrap_or(i32::MAX));
        }
    }

    /// A null transactional id.
    fn no_transaction(&mut self) {
        if self.flexible {
            self.open.put_u8(0)
        } else {
            self.open.put_i16(-1)
        }
    }

    /// Kafka allows 249 bytes at most.
    fn topic_name(&mut self, text: &str) {
        if self.flexible {
            self.unsigned_varint(text.len() + 1);
        } else {
            self.open
                .put_i16(i16::try_from(text.len()).unwrap_or(i16::MAX));
        }
        self.open.put_slice(text.as_bytes());
    }

    /// No tagged fields.
    fn tags(&mut self) {
        if self.flexible {
            self.open.put_u8(0);
        }
    }

    fn unsigned_varint(&mut self, value: usize) {
        let mut rest = value;
        while rest >= 0x80 {
            self.open.put_u8((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.open.put_u8(rest as u8);
    }

    fn finish(mut self) -> Vec<Bytes> {
        if !self.open.is_empty() {
            self.pieces.push(self.open.freeze());
        }
        self.pieces
    }
}

#[cfg(test)]
mod tests;
