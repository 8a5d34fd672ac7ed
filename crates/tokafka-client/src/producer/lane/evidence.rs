//! What a lane asks the log, and what the batches in it answer.

use super::Ticket;
use crate::batch::{BatchHeader, ProducerStamp};

/// What a lane must know of the log before it can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::producer) struct Inquiry {
    pub(in crate::producer) purpose: Purpose,
    /// Batches that were acknowledged, in the order of the log. What is asked for lies behind the first.
    pub(in crate::producer) acknowledged: Vec<Landmark>,
    /// Oldest first.
    pub(in crate::producer) batches: Vec<Asked>,
}

/// What the answer to an inquiry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::producer) enum Purpose {
    /// The log decides: nothing that was asked for can be appended any more.
    Settle,
    /// What is there need not be sent again. What is not may still be appended.
    Look,
}

/// A batch that the broker acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::producer) struct Landmark {
    pub(in crate::producer) base_offset: i64,
    pub(in crate::producer) stamp: ProducerStamp,
    pub(in crate::producer) records: u32,
}

/// A batch that may be in the log, by what its header says there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::producer) struct Asked {
    pub(in crate::producer) ticket: Ticket,
    pub(in crate::producer) stamp: ProducerStamp,
    pub(in crate::producer) records: u32,
    /// Else each attempt at it was definitely refused.
    pub(in crate::producer) in_doubt: bool,
}

impl Inquiry {
    /// True if a batch that may have been appended was not found.
    pub(in crate::producer) fn has_doubt_beside(&self, findings: &Findings) -> bool {
        let is_there = |asked: &Asked| {
            findings
                .there
                .iter()
                .any(|(there, _)| *there == asked.ticket)
        };
        self.batches
            .iter()
            .any(|asked| asked.in_doubt && !is_there(asked))
    }
}

/// What the log says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::producer) struct Findings {
    /// The batches that are there, with their base offsets. The others are not.
    pub(in crate::producer) there: Vec<(Ticket, i64)>,
    /// Acknowledged records that are not there any more although the log should have them.
    pub(in crate::producer) missing: Option<Missing>,
}

/// Acknowledged records that are not in the log. Only the last acknowledged batches are looked for:
/// those before them may be missing, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// How many.
    pub rows: u64,
    /// Offset of the first one.
    pub first: i64,
    /// Offset of the last one.
    pub last: i64,
}

/// Compares the log, batch by batch, with what a lane asks.
#[derive(Debug)]
pub(in crate::producer) struct Evidence<'a> {
    inquiry: &'a Inquiry,
    there: Vec<(Ticket, i64)>,
    /// Acknowledged batches in whose place another one lies.
    replaced: Vec<Landmark>,
}

impl Landmark {
    /// One past its last offset.
    pub(in crate::producer) fn end(&self) -> i64 {
        self.base_offset.saturating_add(self.records.into())
    }

    /// All of it, as records that are missing.
    pub(super) fn missing(&self) -> Missing {
        Missing {
            rows: self.records.into(),
            first: self.base_offset,
            last: self.end() - 1,
        }
    }

    /// True if the batch of this header lies where this one was.
    fn is_replaced_by(&self, header: &BatchHeader) -> bool {
        let overlaps = header.base_offset < self.end() && self.base_offset <= header.last_offset();
        overlaps && !is_it(header, self.stamp, self.records)
    }
}

impl<'a> Evidence<'a> {
    pub(in crate::producer) fn new(inquiry: &'a Inquiry) -> Self {
        Self {
            inquiry,
            there: Vec::new(),
            replaced: Vec::new(),
        }
    }

    /// Takes in the next batch of the log.
    pub(in crate::producer) fn see(&mut self, header: &BatchHeader) {
        let mut asked = self.inquiry.batches.iter();
        if let Some(asked) = asked.find(|asked| is_it(header, asked.stamp, asked.records)) {
            self.there.push((asked.ticket, header.base_offset));
        }
        let acknowledged = self.inquiry.acknowledged.iter();
        self.replaced
            .extend(acknowledged.filter(|landmark| landmark.is_replaced_by(header)));
    }

    /// What was found in a log that ends at `end`. An acknowledged batch that was not seen is not
    /// missing while nothing else lies in its place: compaction and retention take batches away.
    pub(in crate::producer) fn finish(self, end: i64) -> Findings {
        let is_gone =
            |landmark: &&Landmark| landmark.end() > end || self.replaced.contains(landmark);
        let gone = self.inquiry.acknowledged.iter().filter(is_gone);
        Findings {
            there: self.there,
            missing: missing(gone),
        }
    }
}

/// True if this is the header of the batch. Compaction removes records, but neither changes offsets nor
/// the sequence of a batch (`LogCleaner`).
fn is_it(header: &BatchHeader, stamp: ProducerStamp, records: u32) -> bool {
    let found = ProducerStamp {
        producer_id: header.producer_id,
        epoch: header.producer_epoch,
        base_sequence: header.base_sequence,
    };
    let is_as_long = i64::from(header.last_offset_delta) + 1 == i64::from(records);
    found == stamp && is_as_long && !header.is_control()
}

fn missing<'a>(gone: impl Iterator<Item = &'a Landmark>) -> Option<Missing> {
    gone.map(Landmark::missing).reduce(|a, b| Missing {
        rows: a.rows + b.rows,
        first: a.first.min(b.first),
        last: a.last.max(b.last),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::lane::Attempt;

    fn stamp(epoch: i16, base_sequence: i32) -> ProducerStamp {
        ProducerStamp {
            producer_id: 7,
            epoch,
            base_sequence,
        }
    }

    /// A batch of ten records.
    fn header(base_offset: i64, stamp: ProducerStamp) -> BatchHeader {
        BatchHeader {
            base_offset,
            batch_length: 0,
            leader_epoch: 0,
            crc: 0,
            attributes: 0,
            last_offset_delta: 9,
            base_timestamp: 0,
            max_timestamp: 0,
            producer_id: stamp.producer_id,
            producer_epoch: stamp.epoch,
            base_sequence: stamp.base_sequence,
            record_count: 10,
        }
    }

    /// A batch at 100 was acknowledged, one at 110 too, and that with sequence 20 is asked for.
    fn read(headers: &[BatchHeader], end: i64) -> Findings {
        let acknowledged = [(100, 0), (110, 10)].map(|(base_offset, sequence)| Landmark {
            base_offset,
            stamp: stamp(1, sequence),
            records: 10,
        });
        let asked = Asked {
            ticket: Attempt::first().ticket,
            stamp: stamp(1, 20),
            records: 10,
            in_doubt: true,
        };
        let inquiry = Inquiry {
            purpose: Purpose::Settle,
            acknowledged: acknowledged.to_vec(),
            batches: vec![asked],
        };
        let mut evidence = Evidence::new(&inquiry);
        headers.iter().for_each(|header| evidence.see(header));
        evidence.finish(end)
    }

    #[test]
    fn a_batch_is_known_by_producer_epoch_sequence_and_length() {
        let ours = header(120, stamp(1, 20));
        assert_eq!(read(&[ours], 130).there, [(Attempt::first().ticket, 120)]);
        let others = [
            header(120, stamp(0, 20)),
            header(120, stamp(1, 30)),
            BatchHeader {
                producer_id: 8,
                ..ours
            },
            BatchHeader {
                last_offset_delta: 8,
                ..ours
            },
        ];
        for other in others {
            assert_eq!(read(&[other], 130), Findings::default(), "{other:?}");
        }
    }

    #[test]
    fn a_batch_that_compaction_thinned_out_is_still_known() {
        let thinned = |at, sequence| BatchHeader {
            record_count: 1,
            ..header(at, stamp(1, sequence))
        };
        let findings = read(&[thinned(100, 0), thinned(120, 20)], 130);
        assert_eq!((findings.there.len(), findings.missing), (1, None));
    }

    #[test]
    fn acknowledged_batches_that_were_not_seen_are_missing_only_where_the_log_ends_before() {
        assert_eq!(read(&[], 120).missing, None);
        let missing = |rows, first| {
            Some(Missing {
                rows,
                first,
                last: 119,
            })
        };
        assert_eq!(read(&[], 119).missing, missing(10, 110));
        assert_eq!(read(&[], 40).missing, missing(20, 100));
    }

    #[test]
    fn an_acknowledged_batch_is_missing_if_another_lies_in_its_place() {
        let intruders = [
            header(100, stamp(1, 20)),
            header(95, stamp(0, 0)),
            BatchHeader {
                producer_id: 8,
                ..header(91, stamp(1, 0))
            },
        ];
        for intruder in intruders {
            let missing = Missing {
                rows: 10,
                first: 100,
                last: 109,
            };
            assert_eq!(
                read(&[intruder], 130).missing,
                Some(missing),
                "{intruder:?}"
            );
        }
        let around = [header(90, stamp(0, 0)), header(120, stamp(0, 0))];
        assert_eq!(read(&around, 130).missing, None);
    }
}
