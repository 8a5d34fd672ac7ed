//! What a verdict changes in a lane.

use super::{Break, Lane, Lost, Payload, Slot, State, Step, Written, advance};

impl<B: Payload> Lane<B> {
    pub(super) fn appended(&mut self, at: usize, base_offset: i64) -> Step<B> {
        let Some(slot) = self.remove(at) else {
            return Step::Stale;
        };
        self.confirmed = true;
        if at == 0 {
            self.anchor = Some(slot.anchor(base_offset));
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
        if let Some(before) = at.checked_sub(1).and_then(|at| self.unresolved.get_mut(at)) {
            before.passed_by += 1 + slot.passed_by;
        }
        Step::Acknowledged {
            batch: slot.batch,
            base_offset,
        }
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
        if let Some(before) = at.checked_sub(1).and_then(|at| self.unresolved.get_mut(at)) {
            before.passed_by += removed.passed_by;
        }
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
