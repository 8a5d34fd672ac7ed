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
//!
//! A broker that forgot the producer altogether refuses nothing. Where that is to be expected the log is
//! looked at before a batch in doubt is sent again, and what is there is not; copies of the rest may
//! still be appended, so the rest keeps its epoch and its sequences.

use super::{
    Asked, Break, Findings, Inquiry, Landmark, Lane, Lost, Payload, Purpose, Slot, State, Step,
    Ticket, Written, advance, step::Identity,
};

/// What became of a batch that was asked for. Those that are not told of will be sent again.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::producer) enum Settled<B> {
    There { batch: B, base_offset: i64 },
    Failed { lost: Lost<B>, reason: Break },
}

impl<B: Payload> Lane<B> {
    /// What to ask the log, if nothing else can bring this lane on.
    pub(in crate::producer) fn inquiry(&self) -> Option<Inquiry> {
        self.purpose().map(|purpose| Inquiry {
            purpose,
            acknowledged: self.landmarks().collect(),
            batches: self
                .unresolved
                .iter()
                .map(|slot| self.asked(slot))
                .collect(),
        })
    }

    fn purpose(&self) -> Option<Purpose> {
        let mut slots = self.unresolved.iter();
        let has = |state| self.unresolved.iter().any(|slot| slot.state == state);
        if self.broken.is_some() || has(State::Out) {
            None
        } else if has(State::Sought) {
            Some(Purpose::Look)
        } else if has(State::Refused) && slots.all(Slot::is_certain) {
            Some(Purpose::Settle)
        } else {
            None
        }
    }

    /// Takes in what the log says; `None` if it was asked something else meanwhile. Oldest first.
    pub(in crate::producer) fn take_in(
        &mut self,
        inquiry: &Inquiry,
        findings: &Findings,
    ) -> Option<Vec<Settled<B>>> {
        if self.inquiry().as_ref() != Some(inquiry) {
            return None;
        }
        Some(match inquiry.purpose {
            Purpose::Settle => self.settle(findings),
            Purpose::Look => self.look(findings),
        })
    }

    /// Resolves what is there. What is not is sent again exactly as it was: a broker that still knows the
    /// producer appends it once, even if a copy is under way, and one that does not has no copy.
    fn look(&mut self, findings: &Findings) -> Vec<Settled<B>> {
        let mut settled = Vec::new();
        for &(ticket, base_offset) in &findings.there {
            let step = self
                .position(ticket)
                .map(|at| self.appended(at, base_offset));
            match step {
                Some(Step::Acknowledged { batch, base_offset }) => {
                    settled.push(Settled::There { batch, base_offset });
                }
                Some(Step::Failed(lost)) => {
                    let reason = self.broken.unwrap_or(Break::AppendedOutOfSequence);
                    settled.push(Settled::Failed { lost, reason });
                }
                Some(
                    Step::HandedOver { .. }
                    | Step::Again
                    | Step::Refused
                    | Step::Halve
                    | Step::Stale,
                )
                | None => {}
            }
        }
        if let Some(missing) = findings.missing {
            self.broken = Some(Break::AcknowledgedGone(missing));
        }
        for slot in self.unresolved.iter_mut() {
            if slot.state == State::Sought {
                slot.state = State::Idle;
            }
        }
        // The broker may have forgotten the producer, and so accept any first sequence.
        self.confirmed = false;
        settled
    }

    /// Takes in what the log says, and goes on at the next epoch. Oldest first.
    ///
    /// A batch that is not there, while one that was handed over later is, cannot be written in order
    /// any more: it fails. So does one that lies behind one that was handed over later. If acknowledged
    /// records are missing, all fail.
    fn settle(&mut self, findings: &Findings) -> Vec<Settled<B>> {
        let mut floor = self.landmarks().last();
        let mut next_offset = None;
        let mut settled = Vec::new();
        for slot in std::mem::take(&mut self.unresolved).into_iter().rev() {
            let passed = slot.passed.first();
            next_offset = passed.map(|landmark| landmark.base_offset).or(next_offset);
            match findings.outcome(slot.ticket, next_offset) {
                Outcome::There(base_offset) => {
                    next_offset = Some(base_offset);
                    let landmark = self.landmark(&slot, base_offset);
                    floor = floor
                        .filter(|floor| floor.base_offset > base_offset)
                        .or(Some(landmark));
                    let batch = slot.batch;
                    settled.push(Settled::There { batch, base_offset });
                }
                Outcome::Failed(written, reason) => {
                    let batch = slot.batch;
                    let lost = Lost { batch, written };
                    settled.push(Settled::Failed { lost, reason });
                }
                Outcome::SendAgain => self.unresolved.push_front(slot),
            }
        }
        settled.reverse();
        // What is missing was told of; it must not fail what comes later.
        self.floor = floor.filter(|_| findings.missing.is_none());
        self.raise_epoch();
        settled
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

/// What is known of the log.
impl<B: Payload> Lane<B> {
    /// Batches that are in the log, in its order, from the last one before all unresolved ones on.
    pub(super) fn landmarks(&self) -> impl Iterator<Item = Landmark> {
        self.landmarks_before(self.unresolved.len())
    }

    /// Those of them that were handed over before the unresolved batch at index `at`.
    pub(super) fn landmarks_before(&self, at: usize) -> impl Iterator<Item = Landmark> {
        let passed = self
            .unresolved
            .iter()
            .take(at)
            .flat_map(|slot| &slot.passed);
        self.floor.iter().chain(passed).copied()
    }

    pub(super) fn landmark(&self, slot: &Slot<B>, base_offset: i64) -> Landmark {
        Landmark {
            base_offset,
            stamp: self.identity.stamp(slot.sequence),
            records: slot.batch.record_count(),
        }
    }

    fn asked(&self, slot: &Slot<B>) -> Asked {
        Asked {
            ticket: slot.ticket,
            stamp: self.identity.stamp(slot.sequence),
            records: slot.batch.record_count(),
            in_doubt: slot.doubt,
        }
    }
}

/// What the log means for a batch.
enum Outcome {
    There(i64),
    Failed(Written, Break),
    SendAgain,
}

impl Findings {
    /// `next_offset` is where the first batch lies that was handed over later and is in the log.
    fn outcome(&self, ticket: Ticket, next_offset: Option<i64>) -> Outcome {
        let there = self.there.iter().find(|(there, _)| *there == ticket);
        let there = there.map(|(_, base_offset)| *base_offset);
        let unordered = Break::AppendedOutOfSequence;
        match (
            there,
            self.missing.map(Break::AcknowledgedGone),
            next_offset,
        ) {
            (Some(_), Some(gone), _) => Outcome::Failed(Written::Maybe, gone),
            (None, Some(gone), _) => Outcome::Failed(Written::No, gone),
            (Some(at), None, Some(next)) if at > next => Outcome::Failed(Written::Maybe, unordered),
            (Some(at), None, _) => Outcome::There(at),
            (None, None, Some(_)) => Outcome::Failed(Written::No, unordered),
            (None, None, None) => Outcome::SendAgain,
        }
    }
}

impl<B: Payload> Slot<B> {
    /// True if no attempt at it can still come to anything.
    pub(super) fn is_certain(&self) -> bool {
        match self.state {
            State::Refused => true,
            State::Out => false,
            State::Idle | State::Held | State::Sought => !self.doubt,
        }
    }

    /// Gives it a sequence under which it was never sent.
    pub(super) fn renumber(&mut self, sequence: i32) {
        self.sequence = sequence;
        self.state = State::Idle;
        self.doubt = false;
        self.behind_hole = false;
        self.passed.clear();
    }
}

#[cfg(test)]
mod tests;
