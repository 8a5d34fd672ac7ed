//! What becomes of batches: verdicts carried out, deadlines, cancellation.

use tokio::time::Instant;

use super::{
    DeliveryCause, Written,
    driver::Driver,
    inquiry::count_epoch,
    lane::{Attempt, Break, Lost, Step, Ticket},
    request::Part,
    routes::Parcel,
    timers::LaneId,
    verdict::{Outcome, Remedy},
};

impl Driver {
    /// Takes in what an attempt at a `broker` came to.
    pub(super) fn settle(&mut self, part: &Part, broker: i32, outcome: Outcome) {
        let Outcome {
            verdict,
            remedy,
            cause,
        } = outcome;
        let (id, attempt) = (part.lane, part.attempt);
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        match route.lane.answered(attempt, verdict) {
            Step::Again => {
                if let Some(cause) = &cause {
                    route.last_failure = Some(cause.to_string());
                }
                if attempt.number > self.policy.retries {
                    self.give_up(id, attempt);
                } else {
                    self.remedy(id, broker, remedy);
                }
            }
            Step::Halve => self.halve(id, attempt.ticket),
            step => {
                if let (Step::Refused, Some(cause)) = (&step, &cause) {
                    route.last_failure = Some(cause.to_string());
                }
                let cause = cause.unwrap_or(DeliveryCause::Unsettled(Break::Unresolved));
                self.conclude(id, step, &cause);
            }
        }
        self.inquire(id);
        self.schedule(id);
    }

    pub(super) fn give_up(&mut self, id: LaneId, attempt: Attempt) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        let last = route.last_failure.clone();
        let step = route.lane.give_up(attempt.ticket);
        let cause = DeliveryCause::RetriesExhausted {
            attempts: attempt.number,
            last,
        };
        self.conclude(id, step, &cause);
    }

    fn remedy(&mut self, id: LaneId, broker: i32, remedy: Remedy) {
        // A lane that has gone elsewhere since has nothing to wait for.
        let is_there = self
            .routes
            .get(id)
            .is_some_and(|route| route.leader == Some(broker));
        match remedy {
            Remedy::FindLeader if is_there => {
                self.pause(id);
                self.lose_leader(id);
            }
            Remedy::Wait => self.pause(id),
            Remedy::FindLeader | Remedy::None => {}
        }
    }

    /// Reports batches that a step resolved; `cause` is that of the batch that the step is about.
    fn conclude(&mut self, id: LaneId, step: Step<Parcel>, cause: &DeliveryCause) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        let broken = route.lane.broken();
        match step {
            Step::Acknowledged { batch, base_offset } => {
                route.failures = 0;
                route.last_failure = None;
                batch.acknowledge(base_offset);
            }
            Step::HandedOver { batch } => batch.hand_over(),
            Step::Failed(Lost { batch, written }) => {
                let cause = match broken {
                    Some(Break::Unresolved) | None => cause.clone(),
                    Some(reason) => DeliveryCause::Unsettled(reason),
                };
                batch.fail(cause, written);
            }
            Step::Again | Step::Refused | Step::Halve | Step::Stale => {}
        }
        if let Some(reason) = broken {
            self.break_lane(id, reason, &DeliveryCause::Unsettled(reason));
        }
    }

    /// Gives up everything that a lane has sent, and all that it holds if the reason is final.
    pub(super) fn break_lane(&mut self, id: LaneId, reason: Break, cause: &DeliveryCause) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        let lost = route.lane.break_up(reason);
        if route.lane.broken().is_some() {
            self.health.fail();
        }
        if !reason.is_final() {
            count_epoch(lost.iter().map(|lost| &lost.batch));
        }
        for Lost { batch, written } in lost {
            batch.fail(cause.clone(), written);
        }
        self.discard_stopped(id);
    }

    /// Replaces a batch that the broker finds too large by its halves.
    fn halve(&mut self, id: LaneId, ticket: Ticket) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        let Some(parcel) = route.lane.batch(ticket) else {
            return;
        };
        let cause = match parcel.batch().split(&mut self.compressor, &self.buffers) {
            Ok(Some((first, second))) => {
                route
                    .topic
                    .lower_batch_limit(first.wire_len().max(second.wire_len()));
                route
                    .lane
                    .replace(ticket, |parcel| parcel.halve(first, second));
                return;
            }
            Ok(None) => DeliveryCause::TooLarge {
                size: parcel.batch().wire_len(),
                rows: parcel.batch().rows(),
            },
            Err(error) => DeliveryCause::Corrupt(error),
        };
        let step = route.lane.give_up(ticket);
        self.conclude(id, step, &cause);
    }

    /// Gives up what has reached `delivery.timeout.ms`.
    pub(super) fn expire(&mut self, id: LaneId, now: Instant) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        route.has_deadline_timer = false;
        let last = route.last_failure.clone();
        let cause = DeliveryCause::TimedOut {
            after: self.policy.delivery_timeout,
            last,
        };
        while let Some(ticket) = self.expired(id, now) {
            let Some(route) = self.routes.get_mut(id) else {
                return;
            };
            let step = route.lane.give_up(ticket);
            self.conclude(id, step, &cause);
        }
        if let Some(route) = self.routes.get_mut(id) {
            for parcel in route.lane.discard(|parcel| parcel.deadline() <= now) {
                parcel.fail(cause.clone(), Written::No);
            }
        }
        self.watch_deadline(id);
        self.inquire(id);
        self.schedule(id);
    }

    fn expired(&self, id: LaneId, now: Instant) -> Option<Ticket> {
        let lane = &self.routes.get(id)?.lane;
        let is_due = lane.oldest().is_some_and(|parcel| parcel.deadline() <= now);
        lane.oldest_ticket().filter(|_| is_due)
    }

    /// Drops what stopped writers need not send any more.
    pub(super) fn sweep(&mut self) {
        for index in 0..self.routes.len() {
            self.discard_stopped(LaneId(index));
        }
    }
    /// Drops what stopped writers need not send any more.
    pub(super) fn discard_stopped(&mut self, id: LaneId) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        for parcel in route
            .lane
            .discard(|parcel| parcel.pending().deliveries().is_stopped())
        {
            parcel.fail(DeliveryCause::Cancelled, Written::No);
        }
    }
}
