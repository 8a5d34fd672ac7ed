//! When the driver must look at something again.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::link::LinkKey;

/// Index of a lane in the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LaneId(pub(super) usize);

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The lane's pause after a failed attempt is over.
    Resume(LaneId),
    /// The lane's oldest batch may have reached `delivery.timeout.ms`.
    Deadline(LaneId),
    /// Lanes still wait for a leader.
    FindLeaders,
    /// The broker takes requests of this link again.
    Unthrottle(LinkKey),
}

/// Times at which something is due, earliest first.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Instant, Due)>);

impl Timers {
    pub(super) fn set(&mut self, at: Instant, due: Due) {
        self.0.insert((at, due));
    }

    /// The earliest time at which something is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes what is due by now.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Due> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, due)| due)
    }
}
