//! What a verdict changes in a lane.

use super::{Break, Lane, Lost, Payload, Slot, State, Step, Written, advance};

impl<B: Payload> Lane<B> {
    pub(super) fn appended(&mut self, at: usize, base_offset: i64) -> Step<B> {
        let Some(slot) = self.remove(at) else {
            return Step::Stale;
        };
        self.confirmed = true;
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
        let Some(slot) = self.unresolved.get_mut(at) else {
            return Step::Stale;
        };
        match (slot.behind_hole, slot.doubt) {
            (true, false) => self.again(),
            (false, _) if !slot.sent_as_oldest => {
                slot.state = if at == 0 { State::Idle } else { State::Held };
                Step::Again
            }
            (true, true) | (false, _) => self.contradicted(at, Break::SequenceRefused),
        }
    }

    /// The broker's log is not what we think it is, so nothing is certain of this batch.
    pub(super) fn contradicted(&mut self, at: usize, reason: Break) -> Step<B> {
        if self.is_idempotent() {
            self.broken = Some(reason);
        }
        match self.remove(at) {
            Some(slot) => Step::Failed(Lost {
                batch: slot.batch,
                written: Written::Maybe,
            }),
            None => Step::Stale,
        }
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
            slot.sequence = sequence;
            slot.behind_hole = false;
            sequence = advance(sequence, slot.batch.record_count());
        }
        self.next_sequence = sequence;
        self.hole = None;
    }
}
