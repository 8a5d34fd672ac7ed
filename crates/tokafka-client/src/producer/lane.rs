//! The state machine of one topic-partition: which batch may be sent next, and what an answer means.
//!
//! It knows no sockets, clocks or brokers, so that every interleaving can be tested. Whoever drives
//! it hands batches over, asks [`Lane::next`] what may go out, and reports each attempt's [`Verdict`].
//!
//! What it keeps, for an idempotent producer:
//!
//! - A sequence belongs to its bytes from the first attempt on. A batch whose outcome is in doubt is
//!   sent again only exactly as it was.
//! - Until the first acknowledgement over a connection one batch is out, since a broker that does not
//!   know the producer accepts any first sequence. After that at most `window` batches are out, counted
//!   from the oldest one that is unresolved, those after it that were acknowledged included: a broker
//!   remembers no more than five batches of a producer.
//! - Retries go oldest first, and nothing new goes out while one waits.
//! - A refused sequence says something only if every batch before was resolved, or refused so too, when
//!   it was sent. Else the batch is sent again, once one before it was. When it does say something, the
//!   log is asked, and the lane goes on at the next epoch: see `settlement`.
//! - A broker that forgot a producer altogether accepts its batches once more. Kafka does so where
//!   their timestamps are old, so such a batch is looked for in the log before it is sent again.
//! - A definite refusal leaves a hole. The batches after it get new sequences once each of them was
//!   definitely refused too; until then nothing new goes out.
//! - When a batch is given up in doubt, or the broker contradicts what this lane knows, the lane is
//!   broken: [`Lane::break_up`] tells what may have been written of all that was sent. None of it is ever
//!   sent again, so the lane can go on with the rest at the next epoch, unless the reason is final.

mod evidence;
mod settlement;
mod step;
mod verdicts;

use std::collections::VecDeque;

pub use evidence::Missing;
pub(super) use evidence::{Asked, Evidence, Findings, Inquiry, Landmark, Purpose};
pub(super) use settlement::Settled;
pub(super) use step::{Attempt, Identity, Lost, Payload, Step, Ticket, Transmission, Verdict};
pub use step::{Break, Written};

/// Batches of one topic-partition on their way.
#[derive(Debug)]
pub(super) struct Lane<B> {
    identity: Identity,
    window: usize,
    next_ticket: u64,
    next_sequence: i32,
    /// The broker has acknowledged a batch, so it checks sequences.
    confirmed: bool,
    /// Sequence of the first batch of a hole, while there is one.
    hole: Option<i32>,
    /// Sent at least once; oldest first.
    unresolved: VecDeque<Slot<B>>,
    /// The last batch before all unresolved ones that is in the log.
    floor: Option<Landmark>,
    /// Handed over and never sent; oldest first.
    waiting: VecDeque<B>,
    broken: Option<Break>,
}

#[derive(Debug)]
struct Slot<B> {
    ticket: Ticket,
    batch: B,
    sequence: i32,
    state: State,
    attempts: u32,
    /// An attempt ended without a known outcome.
    doubt: bool,
    /// When it was last sent nothing before it could still be appended, so the log alone decides on its
    /// sequence.
    sent_as_oldest: bool,
    /// A batch before it failed: its sequence will never be accepted.
    behind_hole: bool,
    /// Batches between it and the next unresolved one that are in the log.
    passed: Vec<Landmark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Out,
    Idle,
    /// Idle, but its sequence would be refused until a batch before it was sent again or resolved.
    Held,
    /// Its sequence was refused whatever becomes of those before it: only the log can tell.
    Refused,
    /// Idle, but the broker may have forgotten it: it is looked for before it is sent again.
    Sought,
}

impl<B: Payload> Lane<B> {
    /// A lane that has at most `window` batches out.
    pub(super) fn new(identity: Identity, window: usize) -> Self {
        Self {
            identity,
            window: window.max(1),
            next_ticket: 0,
            next_sequence: 0,
            confirmed: matches!(identity, Identity::Anonymous),
            hole: None,
            unresolved: VecDeque::new(),
            floor: None,
            waiting: VecDeque::new(),
            broken: None,
        }
    }

    /// Why this lane sends nothing more, if it does not.
    pub(super) fn broken(&self) -> Option<Break> {
        self.broken
    }

    /// True if nothing waits and nothing is unresolved.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.unresolved.is_empty()
    }

    /// The batch that has been here longest.
    pub(super) fn oldest(&self) -> Option<&B> {
        self.unresolved
            .front()
            .map(|slot| &slot.batch)
            .or_else(|| self.waiting.front())
    }

    /// Ticket of the oldest batch that was sent and is unresolved.
    pub(super) fn oldest_ticket(&self) -> Option<Ticket> {
        self.unresolved.front().map(|slot| slot.ticket)
    }

    /// The batch that the ticket names, if it is unresolved.
    pub(super) fn batch(&self, ticket: Ticket) -> Option<&B> {
        self.position(ticket)
            .and_then(|at| self.unresolved.get(at))
            .map(|slot| &slot.batch)
    }

    /// Takes a batch that is to be written after all others of this lane; gives it back if broken.
    pub(super) fn hand_over(&mut self, batch: B) -> Result<(), (B, Break)> {
        match self.broken {
            Some(reason) => Err((batch, reason)),
            None => {
                self.waiting.push_back(batch);
                Ok(())
            }
        }
    }

    /// The batch that [`Self::next`] would give out.
    pub(super) fn peek(&self) -> Option<&B> {
        match self.next_idle() {
            Some(at) => self.unresolved.get(at).map(|slot| &slot.batch),
            None if self.may_open() => self.waiting.front(),
            None => None,
        }
    }

    /// Gives out the batch that may be sent now; it counts as out until its verdict is reported.
    pub(super) fn next(&mut self) -> Option<Transmission<'_, B>> {
        let at = match self.next_idle() {
            Some(at) => at,
            None => self.open()?,
        };
        self.release_from(at + 1);
        let is_oldest = self.nothing_pends_before(at);
        let identity = self.identity;
        let slot = self.unresolved.get_mut(at)?;
        slot.state = State::Out;
        slot.sent_as_oldest = is_oldest;
        slot.attempts = slot.attempts.saturating_add(1);
        let stamp = identity.stamp(slot.sequence);
        let attempt = Attempt {
            ticket: slot.ticket,
            number: slot.attempts,
        };
        Some(Transmission {
            attempt,
            batch: &mut slot.batch,
            stamp,
        })
    }

    /// Takes the outcome of an attempt that [`Self::next`] gave out.
    pub(super) fn answered(&mut self, attempt: Attempt, verdict: Verdict) -> Step<B> {
        let Some(at) = self.position(attempt.ticket) else {
            return Step::Stale;
        };
        let Some(slot) = self.unresolved.get_mut(at) else {
            return Step::Stale;
        };
        if slot.state != State::Out || slot.attempts != attempt.number {
            return Step::Stale;
        }
        slot.state = State::Idle;
        match verdict {
            Verdict::Appended { base_offset } => self.appended(at, base_offset),
            Verdict::HandedOver => match self.remove(at) {
                Some(slot) => Step::HandedOver { batch: slot.batch },
                None => Step::Stale,
            },
            Verdict::InDoubt => self.in_doubt(at),
            Verdict::TryAgain => self.again(),
            Verdict::TooLarge => self.too_large(at),
            Verdict::OutOfSequence => self.out_of_sequence(at),
            Verdict::Duplicate => self.duplicate(at),
            Verdict::Fenced => self.fenced(at),
            Verdict::Refused => self.drop_slot(at),
        }
    }

    /// What is sent from now on goes over another connection, perhaps to a broker that was restarted and
    /// accepts any first sequence: one batch is out until one is acknowledged, and what the broker may
    /// have forgotten is looked for once more.
    pub(super) fn seek(&mut self) {
        self.confirmed = !self.is_idempotent();
        for slot in &mut self.unresolved {
            if slot.state == State::Idle && slot.doubt && slot.batch.is_soon_forgotten() {
                slot.state = State::Sought;
            }
        }
    }

    /// Puts the two halves of a batch in its place. They are batches of their own, but for keeping its
    /// sequences.
    pub(super) fn replace(&mut self, ticket: Ticket, halve: impl FnOnce(B) -> (B, B)) {
        let Some(at) = self.position(ticket) else {
            return;
        };
        let Some(whole) = self.unresolved.remove(at) else {
            return;
        };
        let (first, second) = halve(whole.batch);
        let second = Slot {
            ticket: self.new_ticket(),
            sequence: advance(whole.sequence, first.record_count()),
            batch: second,
            attempts: 0,
            ..whole
        };
        let first = Slot {
            ticket: self.new_ticket(),
            batch: first,
            attempts: 0,
            passed: Vec::new(),
            ..whole
        };
        self.unresolved.insert(at, second);
        self.unresolved.insert(at, first);
        self.close_hole();
    }

    /// The last attempts at what was sent and is unresolved, oldest first.
    pub(super) fn sent(&self) -> impl Iterator<Item = Attempt> {
        self.unresolved.iter().map(|slot| Attempt {
            ticket: slot.ticket,
            number: slot.attempts,
        })
    }

    /// Stops trying to write a batch. If it may be in the log, an idempotent lane breaks, since its
    /// sequence can neither be used again nor skipped.
    pub(super) fn give_up(&mut self, ticket: Ticket) -> Step<B> {
        self.position(ticket)
            .map_or(Step::Stale, |at| self.drop_slot(at))
    }

    /// Takes back what was never sent and is `unwanted`, oldest first.
    pub(super) fn discard(&mut self, mut unwanted: impl FnMut(&B) -> bool) -> Vec<B> {
        let mut gone = Vec::new();
        for batch in std::mem::take(&mut self.waiting) {
            if unwanted(&batch) {
                gone.push(batch);
            } else {
                self.waiting.push_back(batch);
            }
        }
        gone
    }

    /// Takes back all that was sent, oldest first. If the reason is final, the first one that was
    /// counts, the rest is taken back too, and the lane is broken for good; else it goes on with the rest.
    pub(super) fn break_up(&mut self, reason: Break) -> Vec<Lost<B>> {
        let reason = *self.broken.get_or_insert(reason);
        self.floor = self.landmarks().last();
        let sent = self.unresolved.drain(..).map(Slot::lost);
        let mut lost: Vec<_> = sent.collect();
        if !reason.is_final() {
            self.broken = None;
            self.raise_epoch();
        }
        if self.broken.is_some() {
            lost.extend(self.waiting.drain(..).map(|batch| Lost {
                batch,
                written: Written::No,
            }));
        }
        lost
    }
}

/// What may go out.
impl<B: Payload> Lane<B> {
    fn is_idempotent(&self) -> bool {
        matches!(self.identity, Identity::Producer { .. })
    }

    fn reach(&self) -> usize {
        if self.confirmed { self.window } else { 1 }
    }

    /// The oldest batch that waits for another attempt, unless it cannot be sent now.
    fn next_idle(&self) -> Option<usize> {
        let mut before = 0;
        let mut is_settling = false;
        for (at, slot) in self.unresolved.iter().enumerate() {
            if self.broken.is_some() || before >= self.reach() {
                return None;
            }
            match slot.state {
                State::Out => before += slot.span(),
                State::Held | State::Sought => return None,
                State::Refused => is_settling = true,
                // Its sequence is refused; it is sent only to resolve a doubt. The broker does not have
                // it, so it takes no room there.
                State::Idle if (slot.behind_hole || is_settling) && !slot.doubt => {
                    before += slot.passed.len();
                }
                State::Idle => return Some(at),
            }
        }
        None
    }

    /// True if none of the batches before index `at` can be appended any more.
    fn nothing_pends_before(&self, at: usize) -> bool {
        self.unresolved.iter().take(at).all(Slot::is_certain)
    }

    fn may_open(&self) -> bool {
        self.broken.is_none()
            && self.hole.is_none()
            && !self.waiting.is_empty()
            && self.unresolved.iter().all(|slot| slot.state == State::Out)
            && self.unresolved.iter().map(Slot::span).sum::<usize>() < self.reach()
    }

    /// Gives the next waiting batch its sequence.
    fn open(&mut self) -> Option<usize> {
        if !self.may_open() {
            return None;
        }
        let batch = self.waiting.pop_front()?;
        let sequence = self.next_sequence;
        self.next_sequence = advance(sequence, batch.record_count());
        let slot = Slot {
            ticket: self.new_ticket(),
            batch,
            sequence,
            state: State::Idle,
            attempts: 0,
            doubt: false,
            sent_as_oldest: false,
            behind_hole: false,
            passed: Vec::new(),
        };
        self.unresolved.push_back(slot);
        Some(self.unresolved.len() - 1)
    }

    fn remove(&mut self, at: usize) -> Option<Slot<B>> {
        let slot = self.unresolved.remove(at)?;
        self.release_from(at);
        Some(slot)
    }

    fn release_from(&mut self, at: usize) {
        for slot in self.unresolved.iter_mut().skip(at) {
            if slot.state == State::Held {
                slot.state = State::Idle;
            }
        }
    }

    fn position(&self, ticket: Ticket) -> Option<usize> {
        self.unresolved
            .iter()
            .position(|slot| slot.ticket == ticket)
    }

    fn new_ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }
}

impl<B> Slot<B> {
    fn written(&self) -> Written {
        if self.doubt || self.state == State::Out {
            Written::Maybe
        } else {
            Written::No
        }
    }

    /// How much of the window it takes.
    fn span(&self) -> usize {
        1 + self.passed.len()
    }

    fn lost(self) -> Lost<B> {
        let written = self.written();
        Lost {
            batch: self.batch,
            written,
        }
    }
}

/// The sequence after `records` more; Kafka's sequences wrap from 2^31-1 to 0.
fn advance(sequence: i32, records: u32) -> i32 {
    let next = (i64::from(sequence) + i64::from(records)) % (i64::from(i32::MAX) + 1);
    i32::try_from(next).unwrap_or(0)
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
