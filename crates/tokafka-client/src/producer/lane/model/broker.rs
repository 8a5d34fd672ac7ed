//! A broker that keeps Kafka's rules of sequences (`ProducerStateManager`).

use std::collections::VecDeque;

use super::{
    super::{Evidence, Findings, Inquiry, Verdict, advance},
    action::Treatment,
    rows::Request,
};
use crate::batch::BatchHeader;

pub(super) const PRODUCER_ID: i64 = 1;

#[derive(Debug, Default)]
pub(super) struct Broker {
    pub(super) log: Vec<u32>,
    /// All that was appended.
    batches: Vec<Stored>,
    /// The last batches of the current epoch; empty if the producer is unknown.
    pub(super) known: VecDeque<Stored>,
    pub(super) limit: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    epoch: i16,
    sequence: i32,
    count: u32,
    offset: i64,
}

impl Broker {
    /// Takes batches of so many rows.
    pub(super) fn taking(limit: u32) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    pub(super) fn serve(&mut self, request: &Request, treatment: Treatment) -> Verdict {
        match treatment {
            Treatment::Honest => self.append(request),
            Treatment::Unwilling => Verdict::TryAgain,
            Treatment::Unacceptable => Verdict::Refused,
            Treatment::Unsure => {
                self.append(request);
                Verdict::InDoubt
            }
        }
    }

    pub(super) fn append(&mut self, request: &Request) -> Verdict {
        let offset = i64::try_from(self.log.len()).unwrap();
        let batch = Stored {
            epoch: request.epoch,
            sequence: request.sequence,
            count: request.rows.count,
            offset,
        };
        if batch.count > self.limit {
            return Verdict::TooLarge;
        }
        let known = self.known.iter().find(|known| known.is(&batch));
        if let Some(Stored { offset, .. }) = known {
            return Verdict::Appended {
                base_offset: *offset,
            };
        }
        match self.known.back() {
            Some(last) if batch.epoch < last.epoch => return Verdict::Fenced,
            Some(last) if !batch.follows(last) => return Verdict::OutOfSequence,
            Some(last) if batch.epoch > last.epoch => self.known.clear(),
            Some(_) | None => {}
        }
        self.log.extend(request.rows.all());
        self.batches.push(batch);
        self.known.push_back(batch);
        if self.known.len() > 5 {
            self.known.pop_front();
        }
        Verdict::Appended {
            base_offset: offset,
        }
    }

    pub(super) fn findings(&self, inquiry: &Inquiry) -> Findings {
        let from = inquiry.acknowledged.first();
        let from = from.map_or(0, |landmark| landmark.base_offset);
        let mut evidence = Evidence::new(inquiry);
        for batch in self.batches.iter().filter(|batch| batch.offset >= from) {
            evidence.see(&batch.header());
        }
        evidence.finish(i64::try_from(self.log.len()).unwrap())
    }
}

impl Stored {
    fn header(&self) -> BatchHeader {
        BatchHeader {
            base_offset: self.offset,
            batch_length: 0,
            leader_epoch: 0,
            crc: 0,
            attributes: 0,
            last_offset_delta: self.count.cast_signed() - 1,
            base_timestamp: 0,
            max_timestamp: 0,
            producer_id: PRODUCER_ID,
            producer_epoch: self.epoch,
            base_sequence: self.sequence,
            record_count: self.count.cast_signed(),
        }
    }

    fn is(&self, other: &Self) -> bool {
        (self.epoch, self.sequence, self.count) == (other.epoch, other.sequence, other.count)
    }

    /// A new epoch begins with sequence 0.
    fn follows(&self, last: &Self) -> bool {
        let expected = if self.epoch > last.epoch {
            0
        } else {
            advance(last.sequence, last.count)
        };
        self.sequence == expected
    }
}
