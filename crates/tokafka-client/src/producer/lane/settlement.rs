//! Finding out from the log what became of batches whose exact resend is refused.
//!
//! A broker refuses the sequence of a batch that it holds already if it lost its memory of it: after a
//! restart Kafka knows a producer's last batch only. To raise the epoch and send the batch again would
//! write it twice; so the log is asked first.
//!
//! When it may be asked: once nothing is out, and each batch in doubt was refused by a connection that
//! works, after the last append before it. The sequence that the broker waits for is then none of
//! theirs, so that no copy of them that still lies in some buffer can be appended any more, and what
//! the log says is final.

use super::{Break, Lane, Lost, Payload, Slot, State, Ticket, Written, advance, step::Identity};

/// A batch that the broker acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::producer) struct Anchor {
    pub(in crate::producer) base_offset: i64,
    pub(in crate::producer) records: u32,
}

impl Anchor {
    /// The offset after its last record.
    pub(in crate::producer) fn end(self) -> i64 {
        self.base_offset.saturating_add(i64::from(self.records))
    }
}

/// What a lane must know of the log before it can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::producer) struct Inquiry {
    pub(in crate::producer) producer_id: i64,
    pub(in crate::producer) epoch: i16,
    /// The last batch that was acknowledged before those. What is asked for lies behind it.
    pub(in crate::producer) anchor: Option<Anchor>,
    /// Oldest first.
    pub(in crate::producer) batches: Vec<Asked>,
}

/// A batch that may be in the log, by what its header says there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::producer) struct Asked {
    pub(in crate::producer) ticket: Ticket,
    pub(in crate::producer) sequence: i32,
    pub(in crate::producer) records: u32,
}

/// What the log says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::producer) struct Findings {
    /// The batches that are there, with their base offsets. The others are not.
    pub(in crate::producer) there: Vec<(Ticket, i64)>,
    /// Records of the last acknowledged batch, or such before it, are not there any more although the
    /// log should have them.
    pub(in crate::producer) acknowledged_gone: bool,
}

/// What became of a batch that was asked for. Those that are not told of will be sent again.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::producer) enum Settled<B> {
    There { batch: B, base_offset: i64 },
    Failed { lost: Lost<B>, reason: Break },
}

impl<B: Payload> Lane<B> {
    /// What to ask the log, if nothing else can bring this lane on.
    pub(in crate::producer) fn inquiry(&self) -> Option<Inquiry> {
        let Identity::Producer { id, epoch } = self.identity else {
            return None;
        };
        let mut refused = self.unresolved.iter().map(Slot::is_refused);
        let is_due = self.broken.is_none()
            && refused.any(|refused| refused)
            && self.unresolved.iter().all(Slot::is_certain);
        is_due.then(|| Inquiry {
            producer_id: id,
            epoch,
            anchor: self.anchor,
            batches: self.unresolved.iter().map(Slot::asked).collect(),
        })
    }

    /// Takes in what the log says, and goes on at the next epoch; `None` if it was asked something
    /// else meanwhile. Oldest first.
    pub(in crate::producer) fn settle(
        &mut self,
        inquiry: &Inquiry,
        findings: &Findings,
    ) -> Option<Vec<Settled<B>>> {
        if self.inquiry().as_ref() != Some(inquiry) {
            return None;
        }
        let offset = |slot: &Slot<B>| {
            let mut there = findings.there.iter();
            there
                .find(|(ticket, _)| *ticket == slot.ticket)
                .map(|(_, offset)| *offset)
        };
        let last_there = self
            .unresolved
            .iter()
            .rposition(|slot| offset(slot).is_some());
        let mut settled = Vec::new();
        for (at, slot) in std::mem::take(&mut self.unresolved).into_iter().enumerate() {
            let reason = match (offset(&slot), findings.acknowledged_gone) {
                (Some(base_offset), _) => {
                    self.anchor = Some(slot.anchor(base_offset));
                    let batch = slot.batch;
                    settled.push(Settled::There { batch, base_offset });
                    continue;
                }
                (None, true) => Break::AcknowledgedGone,
                // It would come after one that was handed over later.
                (None, false) if Some(at) < last_there => Break::AppendedOutOfSequence,
                (None, false) => {
                    self.unresolved.push_back(slot);
                    continue;
                }
            };
            let (batch, written) = (slot.batch, Written::No);
            let lost = Lost { batch, written };
            settled.push(Settled::Failed { lost, reason });
        }
        if findings.acknowledged_gone {
            self.anchor = None;
        }
        self.raise_epoch();
        Some(settled)
    }

    /// Begins anew at the next epoch with what is unresolved, none of which may be in the log.
    pub(super) fn raise_epoch(&mut self) {
        let Identity::Producer { epoch, .. } = &mut self.identity else {
            return;
        };
        match epoch.checked_add(1) {
            Some(next) => *epoch = next,
            None => self.broken = Some(Break::EpochsExhausted),
        }
        self.confirmed = false;
        self.hole = None;
        let mut sequence = 0;
        for slot in &mut self.unresolved {
            slot.renumber(sequence);
            sequence = advance(sequence, slot.batch.record_count());
        }
        self.next_sequence = sequence;
    }
}

impl<B: Payload> Slot<B> {
    fn is_refused(&self) -> bool {
        self.state == State::Refused
    }

    /// True if no attempt at it can still come to anything.
    pub(super) fn is_certain(&self) -> bool {
        match self.state {
            State::Refused => true,
            State::Out => false,
            State::Idle | State::Held => !self.doubt,
        }
    }

    fn asked(&self) -> Asked {
        Asked {
            ticket: self.ticket,
            sequence: self.sequence,
            records: self.batch.record_count(),
        }
    }

    pub(super) fn anchor(&self, base_offset: i64) -> Anchor {
        Anchor {
            base_offset,
            records: self.batch.record_count(),
        }
    }

    /// Gives it a sequence under which it was never sent.
    pub(super) fn renumber(&mut self, sequence: i32) {
        self.sequence = sequence;
        self.state = State::Idle;
        self.doubt = false;
        self.behind_hole = false;
        self.passed_by = 0;
    }
}

#[cfg(test)]
mod tests;
