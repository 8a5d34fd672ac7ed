//! Requests put together of what lanes have ready.

use kafka_protocol::messages::ApiKey;

use super::{
    deliveries::Deliveries,
    driver::{Driver, Event},
    lane::Transmission,
    leaders::is_made_again,
    link::{API, Link, LinkKey, Sent},
    request::{self, Entry, Part},
    routes::Route,
    timers::LaneId,
};
use crate::{
    error::ConnectError,
    settings::Acks,
    wire::{Connection, Reply},
};

/// A request that is being put together.
struct Draft {
    version: i16,
    room: usize,
    entries: Vec<Entry>,
    /// Whose batches it carries, and how many of them are sent again.
    writers: Vec<(Deliveries, u64)>,
}

impl Draft {
    fn new(room: usize) -> Self {
        Self {
            version: 0,
            room,
            entries: Vec::new(),
            writers: Vec::new(),
        }
    }

    /// True if a batch of this size that needs this version fits in. The first always does.
    fn takes(&self, version: i16, size: usize) -> bool {
        self.entries.is_empty() || (version == self.version && size <= self.room)
    }

    fn add(&mut self, version: i16, lane: LaneId, route: &mut Route) {
        let Some(Transmission {
            attempt,
            batch: parcel,
            stamp,
        }) = route.lane.next()
        else {
            return;
        };
        parcel.leave_queue();
        let batch = parcel.batch().clone();
        self.version = version;
        self.room = self.room.saturating_sub(batch.wire_len());
        self.count(parcel.pending().deliveries(), u64::from(attempt.number > 1));
        let topic = route.topic.key().clone();
        let part = Part {
            lane,
            attempt,
            topic,
            partition: route.partition,
        };
        self.entries.push(Entry { part, batch, stamp });
    }

    fn count(&mut self, deliveries: &Deliveries, retries: u64) {
        let mut writers = self.writers.iter_mut();
        match writers.find(|(writer, _)| writer.is_same(deliveries)) {
            Some((_, sum)) => *sum += retries,
            None => self.writers.push((deliveries.clone(), retries)),
        }
    }
}

impl Driver {
    /// Makes a request of what is ready and submits it; false if nothing was.
    pub(super) fn send(&mut self, key: LinkKey, connection: Connection) -> bool {
        let draft = match self.draft(key, &connection) {
            Ok(draft) => draft,
            Err(error) => {
                self.not_connected(key, error);
                return false;
            }
        };
        let Draft {
            version,
            mut entries,
            writers,
            ..
        } = draft;
        if entries.is_empty() {
            return false;
        }
        let body = request::body(version, self.policy.terms, &mut entries);
        let reply = connection.submit(ApiKey::Produce, API, version, body, self.reply());
        for (writer, retries) in &writers {
            writer.sent(*retries);
        }
        let parts = entries.into_iter().map(|entry| entry.part).collect();
        let writers = writers.into_iter().map(|(writer, _)| writer).collect();
        let sent = Sent {
            key,
            connection,
            version,
            parts,
            writers,
        };
        if let Some(link) = self.links.get_mut(&key) {
            link.sent();
        }
        self.events
            .push(Box::pin(async move { Event::Answered(sent, reply.await) }));
        true
    }

    /// Takes batches of ready lanes in turn, one of each: a partition may occur once in a request.
    fn draft(&mut self, key: LinkKey, connection: &Connection) -> Result<Draft, ConnectError> {
        let room = self.links.get(&key).map_or(0, |link| link.room());
        let mut draft = Draft::new(room);
        let view = self.cluster.view();
        while let Some((id, size)) = self.first_ready(key) {
            let Some(route) = self.routes.get_mut(id) else {
                break;
            };
            // By name it would go to the new topic, and beside a batch for that one.
            if is_made_again(&view, route.topic.key()) {
                self.topic_recreated(id);
                continue;
            }
            let ours = route.topic.key().versions();
            let version = match connection.version(ApiKey::Produce, API, ours) {
                Ok(version) => version,
                Err(error) if draft.entries.is_empty() => return Err(error),
                Err(_) => break,
            };
            if !draft.takes(version, size) {
                break;
            }
            draft.add(version, id, route);
            self.unqueue(key);
        }
        for entry in &draft.entries {
            self.schedule(entry.part.lane);
        }
        Ok(draft)
    }

    /// The lane whose turn it is, and the bytes of its next batch. Lanes that have nothing for this
    /// link any more leave it.
    fn first_ready(&mut self, key: LinkKey) -> Option<(LaneId, usize)> {
        loop {
            let id = self.links.get(&key)?.first()?;
            let route = self.routes.get(id)?;
            let is_here = route.queued == Some(key);
            if is_here
                && route.is_ready()
                && route.leader == Some(key.broker)
                && let Some(parcel) = route.lane.peek()
            {
                return Some((id, parcel.batch().wire_len()));
            }
            self.unqueue(key);
            if is_here {
                self.schedule(id);
            }
        }
    }

    /// Takes the first lane off the ready list of a link.
    fn unqueue(&mut self, key: LinkKey) {
        let id = self.links.get_mut(&key).and_then(Link::pop_first);
        if let Some(route) = id.and_then(|id| self.routes.get_mut(id))
            && route.queued == Some(key)
        {
            route.queued = None;
        }
    }

    pub(super) fn reply(&self) -> Reply {
        match self.policy.terms.acks {
            Acks::None => Reply::None,
            Acks::Leader | Acks::All => Reply::Expected,
        }
    }
}
