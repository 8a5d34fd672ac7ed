//! What a verdict changes in a lane.

use super::{Break, Landmark, Lane, Lost, Missing, Payload, Slot, State, Step, Written, advance};

impl<B: Payload> Lane<B> {
    pub(super) fn appended(&mut self, at: usize, base_offset: i64) -> Step<B> {
        let Some(slot) = self.remove(at) else {
            return Step::Stale;
        };
        self.confirmed = true;
        let landmark = self.landmark(&slot, base_offset);
        if let Some(gone) = self.displaced_by(at, &slot, landmark) {
            self.broken = Some(Break::AcknowledgedGone(gone));
            self.floor = Some(landmark);
            return Step::Failed(Lost {
                batch: slot.batch,
                written: Written::Maybe,
            });
        }
        // The broker waits for another sequence now, perhaps for one that it refused before.
        for slot in self.unresolved.iter_mut().skip(at) {
            if slot.state == State::Refused {
                slot.state = State::Idle;
            }
        }
        if slot.behind_hole {
            // The records are in the log, so they count; but order and sequences no longer hold.
            self.broken = Some(Break::AppendedOutOfSequence);
        }
        self.pass(at, [landmark].into_iter().chain(slot.passed));
        Step::Acknowledged {
            batch: slot.batch,
            base_offset,
        }
    }

    /// The acknowledged batch that cannot be in the log any more, if this one was appended there: one
    /// handed over before it lies behind it, or in its place.
    fn displaced_by(&self, at: usize, slot: &Slot<B>, appended: Landmark) -> Option<Missing> {
        let before = self.landmarks_before(at).last();
        let after = slot.passed.first();
        let displaced = before
            .filter(|before| appended.base_offset < before.end())
            .or(after
                .filter(|after| after.base_offset < appended.end())
                .copied());
        displaced
            .filter(|_| self.is_idempotent())
            .map(|landmark| landmark.missing())
    }

    /// Remembers what is in the log from index `at` to the next unresolved batch.
    fn pass(&mut self, at: usize, landmarks: impl Iterator<Item = Landmark>) {
        match at.checked_sub(1).and_then(|at| self.unresolved.get_mut(at)) {
            Some(before) => before.passed.extend(landmarks),
            None => self.floor = landmarks.last().or(self.floor),
        }
    }

    pub(super) fn in_doubt(&mut self, at: usize) -> Step<B> {
        let is_idempotent = self.is_idempotent();
        if let Some(slot) = self.unresolved.get_mut(at) {
            slot.doubt = true;
            if is_idempotent && slot.batch.is_soon_forgotten() {
                slot.state = State::Sought;
            }
        }
        Step::Again
    }

    pub(super) fn again(&mut self) -> Step<B> {
        self.close_hole();
        Step::Again
    }

    pub(super) fn too_large(&mut self, at: usize) -> Step<B> {
        match self.unresolved.get(at) {
            // Whole, it may be in the log already.
            Some(slot) if slot.doubt && self.is_idempotent() => self.drop_slot(at),
            _ => Step::Halve,
        }
    }

    pub(super) fn out_of_sequence(&mut self, at: usize) -> Step<B> {
        if !self.is_idempotent() {
            return self.drop_slot(at);
        }
        let pends_before = !self.nothing_pends_before(at);
        let Some(slot) = self.unresolved.get_mut(at) else {
            return Step::Stale;
        };
        match (slot.behind_hole, slot.doubt) {
            (true, false) => self.again(),
            (false, _) if !slot.sent_as_oldest => {
                slot.state = if pends_before {
                    State::Held
                } else {
                    State::Idle
                };
                Step::Again
            }
            (true, true) | (false, _) => self.refused(at),
        }
    }

    /// The log has the batch, though the broker does not say where.
    pub(super) fn duplicate(&mut self, at: usize) -> Step<B> {
        if let Some(slot) = self.unresolved.get_mut(at) {
            slot.doubt = true;
        }
        if self.is_idempotent() {
            self.refused(at)
        } else {
            self.drop_slot(at)
        }
    }

    fn refused(&mut self, at: usize) -> Step<B> {
        if let Some(slot) = self.unresolved.get_mut(at) {
            slot.state = State::Refused;
        }
        self.release_from(at + 1);
        Step::Refused
    }

    /// Somebody else writes under our producer id, so nothing is certain of this batch.
    pub(super) fn fenced(&mut self, at: usize) -> Step<B> {
        if let Some(slot) = self.unresolved.get_mut(at) {
            slot.doubt = true;
        }
        let step = self.drop_slot(at);
        if self.is_idempotent() {
            self.broken = Some(Break::Fenced);
        }
        step
    }

    pub(super) fn drop_slot(&mut self, at: usize) -> Step<B> {
        let Some(slot) = self.remove(at) else {
            return Step::Stale;
        };
        let written = slot.written();
        self.pass(at, slot.passed.iter().copied());
        if self.is_idempotent() {
            match written {
                Written::Maybe => self.broken = Some(Break::Unresolved),
                Written::No => self.leave_hole(at, &slot),
            }
        }
        Step::Failed(Lost {
            batch: slot.batch,
            written,
        })
    }

    /// Marks what stood behind the slot that was removed from index `at`.
    fn leave_hole(&mut self, at: usize, removed: &Slot<B>) {
        for slot in self.unresolved.iter_mut().skip(at) {
            slot.behind_hole = true;
        }
        // Of two holes the older one is where numbering starts again.
        if !removed.behind_hole {
            self.hole = Some(removed.sequence);
        }
        self.close_hole();
    }

    /// Gives new sequences to the batches behind a hole, once each of them is known not to be written.
    pub(super) fn close_hole(&mut self) {
        let Some(mut sequence) = self.hole else {
            return;
        };
        let mut behind = self.unresolved.iter().filter(|slot| slot.behind_hole);
        if behind.any(|slot| slot.written() == Written::Maybe) {
            return;
        }
        for slot in self.unresolved.iter_mut().filter(|slot| slot.behind_hole) {
            slot.renumber(sequence);
            sequence = advance(sequence, slot.batch.record_count());
        }
        self.next_sequence = sequence;
        self.hole = None;
    }
}
