//! The lanes of a producer, and what the driver knows of each.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use super::{
    DeliveryCause, Topic, Written,
    budget::Reservation,
    deliveries::Pending,
    driver::Driver,
    lane::{Lane, Payload},
    leaders::leader_in,
    link::{Link, LinkKey},
    request::TopicKey,
    timers::{Due, LaneId},
    unsent::Place,
};
use crate::batch::FinishedBatch;

/// Kafka forgets a producer whose last batch has older timestamps, by default after a day
/// (`producer.id.expiration.ms`; `ProducerStateManager.isProducerExpired`), as soon as it is restarted
/// or cleans up. This leaves it some of that time.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(12 * 60 * 60);

/// A batch that was handed over.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) topic: Topic,
    pub(super) partition: i32,
    pub(super) parcel: Parcel,
}

/// A batch on its way, with its bytes of the budget.
#[derive(Debug)]
pub(super) struct Parcel {
    pending: Pending,
    deadline: Instant,
    /// Halves of a batch share its reservation.
    reservation: Arc<Reservation>,
    /// Until it is sent for the first time.
    place: Option<Place>,
}

impl Parcel {
    pub(super) fn new(
        pending: Pending,
        deadline: Instant,
        reservation: Reservation,
        place: Place,
    ) -> Self {
        Self {
            pending,
            deadline,
            reservation: Arc::new(reservation),
            place: Some(place),
        }
    }

    pub(super) fn pending(&self) -> &Pending {
        &self.pending
    }

    pub(super) fn batch(&self) -> &FinishedBatch {
        self.pending.batch()
    }

    /// When `delivery.timeout.ms` is over.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Lets other batches follow: this one is being sent.
    pub(super) fn leave_queue(&mut self) {
        self.place = None;
    }

    pub(super) fn acknowledge(self, base_offset: i64) {
        self.pending.acknowledge(base_offset);
    }

    /// Resolves a batch that was found in the log.
    pub(super) fn settle(self, base_offset: i64) {
        self.pending.settle(base_offset);
    }

    pub(super) fn hand_over(self) {
        self.pending.hand_over();
    }

    pub(super) fn fail(self, cause: DeliveryCause, written: Written) {
        self.pending.fail(cause, written);
    }

    /// Replaces the batch by its halves.
    pub(super) fn halve(self, first: FinishedBatch, second: FinishedBatch) -> (Self, Self) {
        let Self {
            pending,
            deadline,
            reservation,
            place,
        } = self;
        let (first, second) = pending.halve(first, second);
        let twin = Arc::clone(&reservation);
        let first = Self {
            pending: first,
            deadline,
            reservation,
            place,
        };
        (
            first,
            Self {
                pending: second,
                deadline,
                reservation: twin,
                place: None,
            },
        )
    }
}

impl Payload for Parcel {
    fn record_count(&self) -> u32 {
        self.pending.batch().record_count()
    }

    fn is_soon_forgotten(&self) -> bool {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let long_ago = now.unwrap_or_default().saturating_sub(FORGOTTEN_AFTER);
        let newest = u128::try_from(self.batch().max_timestamp()).unwrap_or(0);
        newest < long_ago.as_millis()
    }
}

/// A lane and where it leads.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) topic: Topic,
    pub(super) partition: i32,
    pub(super) lane: Lane<Parcel>,
    pub(super) leader: Option<i32>,
    /// The link in whose ready list it stands; entries in lists of others are out of date.
    pub(super) queued: Option<LinkKey>,
    /// Failures in a row.
    pub(super) failures: u32,
    pub(super) last_failure: Option<String>,
    pub(super) has_deadline_timer: bool,
    /// The log is being asked what became of batches.
    pub(super) is_inquiring: bool,
    paused_until: Option<Instant>,
}

impl Route {
    /// True if it has something to send and may.
    pub(super) fn is_ready(&self) -> bool {
        self.paused_until.is_none() && self.lane.peek().is_some()
    }
}

/// All lanes by topic-partition. A topic that was made again is another topic.
#[derive(Debug, Default)]
pub(super) struct Routes {
    all: Vec<Route>,
    index: HashMap<(TopicKey, i32), LaneId>,
}

impl Routes {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, id: LaneId) -> Option<&Route> {
        self.all.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: LaneId) -> Option<&mut Route> {
        self.all.get_mut(id.0)
    }

    /// True if nothing waits and nothing is unresolved.
    pub(super) fn are_empty(&self) -> bool {
        self.all.iter().all(|route| route.lane.is_empty())
    }
}

impl Driver {
    pub(super) fn lane_of(&mut self, topic: Topic, partition: i32) -> LaneId {
        let key = (topic.key().clone(), partition);
        if let Some(&id) = self.routes.index.get(&key) {
            return id;
        }
        let id = LaneId(self.routes.len());
        let leader = leader_in(&self.cluster.view(), topic.name(), partition);
        self.routes.all.push(Route {
            topic,
            partition,
            lane: Lane::new(self.policy.identity(), self.policy.window()),
            leader,
            queued: None,
            failures: 0,
            last_failure: None,
            has_deadline_timer: false,
            is_inquiring: false,
            paused_until: None,
        });
        self.routes.index.insert(key, id);
        id
    }

    /// Puts a lane that has something to send into the ready list of its leader's link.
    pub(super) fn schedule(&mut self, id: LaneId) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        if !route.is_ready() {
            return;
        }
        let Some(key) = self.link_of(id) else {
            return self.seek_leader(id);
        };
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        if route.queued.replace(key) == Some(key) {
            return;
        }
        let policy = &self.policy;
        let fresh = || Link::new(policy.max_in_flight, policy.max_request_size);
        self.links.entry(key).or_insert_with(fresh).enqueue(id);
        self.dirty.insert(key);
    }

    /// Where a lane sends. It is pinned for good, so that order never depends on how lanes are spread.
    pub(super) fn link_of(&self, id: LaneId) -> Option<LinkKey> {
        let broker = self.routes.get(id)?.leader?;
        let slot = id.0 % self.policy.connections_per_broker;
        Some(LinkKey { broker, slot })
    }

    /// Lets a lane rest before its next attempt. Batches that fail together count as one failure.
    pub(super) fn pause(&mut self, id: LaneId) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        if route.paused_until.is_some() {
            return;
        }
        route.failures = route.failures.saturating_add(1);
        let until = Instant::now() + self.policy.backoff.after(route.failures);
        route.paused_until = Some(until);
        self.timers.set(until, Due::Resume(id));
    }

    pub(super) fn resume(&mut self, id: LaneId, now: Instant) {
        if let Some(route) = self.routes.get_mut(id)
            && route.paused_until.is_some_and(|until| until <= now)
        {
            route.paused_until = None;
        }
        self.schedule(id);
    }

    /// Makes sure that a lane is looked at when its oldest batch reaches `delivery.timeout.ms`.
    pub(super) fn watch_deadline(&mut self, id: LaneId) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        if !route.has_deadline_timer
            && let Some(parcel) = route.lane.oldest()
        {
            self.timers.set(parcel.deadline(), Due::Deadline(id));
            route.has_deadline_timer = true;
        }
    }
}
