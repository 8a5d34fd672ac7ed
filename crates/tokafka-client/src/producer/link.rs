//! The connections that lanes are pinned to, and the requests on them.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use kafka_protocol::messages::ApiKey;
use tokio::time::Instant;

use super::{
    DeliveryCause,
    deliveries::Deliveries,
    driver::{Driver, Event},
    lane::{Break, Transmission},
    pace::Pace,
    request::{self, Entry, Part},
    response,
    routes::Route,
    timers::{Due, LaneId},
    verdict::Outcome,
};
use crate::{
    error::{ConnectError, RequestError},
    settings::Acks,
    wire::{Connection, Reply},
};

const API: &str = "Produce";

/// One of the connections to a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LinkKey {
    pub(super) broker: i32,
    pub(super) slot: usize,
}

/// A connection slot of a broker: the lanes that have something for it, and what is under way.
#[derive(Debug)]
pub(super) struct Link {
    socket: Socket,
    ready: VecDeque<LaneId>,
    /// Requests without an answer, those on connections that are gone included.
    in_flight: usize,
    pace: Pace,
}

#[derive(Debug)]
enum Socket {
    Closed,
    Opening,
    Open(Connection),
}

/// A request under way.
#[derive(Debug)]
pub(super) struct Sent {
    key: LinkKey,
    connection: Connection,
    version: i16,
    /// In the order that [`request::body`] gave them.
    parts: Vec<Part>,
    writers: Vec<Deliveries>,
}

/// What a link can do now.
enum Move {
    Rest,
    Connect,
    Send(Connection),
}

/// A request that is being put together.
struct Draft {
    version: i16,
    room: usize,
    entries: Vec<Entry>,
    /// Whose batches it carries, and how many of them are sent again.
    writers: Vec<(Deliveries, u64)>,
}

impl Link {
    pub(super) fn new(max_in_flight: usize, max_request_size: usize) -> Self {
        Self {
            socket: Socket::Closed,
            ready: VecDeque::new(),
            in_flight: 0,
            pace: Pace::new(max_in_flight, max_request_size),
        }
    }

    /// Appends a lane to those that have something to send.
    pub(super) fn enqueue(&mut self, id: LaneId) {
        self.ready.push_back(id);
    }

    fn next_move(&self) -> Move {
        match &self.socket {
            _ if self.ready.is_empty() => Move::Rest,
            Socket::Opening => Move::Rest,
            Socket::Closed => Move::Connect,
            Socket::Open(connection) if connection.is_closed() => Move::Connect,
            Socket::Open(_) if self.in_flight >= self.pace.window() => Move::Rest,
            Socket::Open(_) if self.pace.is_held(Instant::now()) => Move::Rest,
            Socket::Open(connection) => Move::Send(connection.clone()),
        }
    }
}

impl Draft {
    fn new(room: usize) -> Self {
        Self { version: 0, room, entries: Vec::new(), writers: Vec::new() }
    }

    /// True if a batch of this size that needs this version fits in. The first always does.
    fn takes(&self, version: i16, size: usize) -> bool {
        self.entries.is_empty() || (version == self.version && size <= self.room)
    }

    fn add(&mut self, version: i16, lane: LaneId, route: &mut Route) {
        let Some(Transmission { attempt, batch, stamp }) = route.lane.next() else { return };
        let batch_bytes = batch.batch().clone();
        self.version = version;
        self.room = self.room.saturating_sub(batch_bytes.wire_len());
        self.count(batch.pending().deliveries(), u64::from(attempt.number > 1));
        let topic = route.topic.key().clone();
        let part = Part { lane, attempt, topic, partition: route.partition };
        self.entries.push(Entry { part, batch: batch_bytes, stamp });
    }

    fn count(&mut self, deliveries: &Deliveries, retries: u64) {
        match self.writers.iter_mut().find(|(writer, _)| writer.is_same(deliveries)) {
            Some((_, sum)) => *sum += retries,
            None => self.writers.push((deliveries.clone(), retries)),
        }
    }
}

impl Driver {
    /// Sends what can be sent.
    pub(super) fn pump(&mut self) {
        while let Some(key) = self.dirty.pop_first() {
            while self.advance(key) {}
        }
    }

    /// Makes one move; false if there is none to make.
    fn advance(&mut self, key: LinkKey) -> bool {
        let Some(link) = self.links.get_mut(&key) else { return false };
        match link.next_move() {
            Move::Rest => false,
            Move::Connect => {
                link.socket = Socket::Opening;
                let cluster = self.cluster.clone();
                let connect = async move {
                    Event::Connected(key, cluster.connection(key.broker, key.slot).await)
                };
                self.events.push(Box::pin(connect));
                false
            }
            Move::Send(connection) => self.send(key, connection),
        }
    }

    pub(super) fn connected(&mut self, key: LinkKey, result: Result<Connection, ConnectError>) {
        match result {
            Ok(connection) => {
                if let Some(link) = self.links.get_mut(&key) {
                    link.socket = Socket::Open(connection);
                }
                self.dirty.insert(key);
            }
            Err(error) => {
                if let Some(link) = self.links.get_mut(&key) {
                    link.socket = Socket::Closed;
                }
                self.not_connected(key, error);
            }
        }
    }

    /// Sends the lanes of a link to look for another leader.
    fn not_connected(&mut self, key: LinkKey, error: ConnectError) {
        let Some(link) = self.links.get_mut(&key) else { return };
        let ready = std::mem::take(&mut link.ready);
        let error = RequestError::Connect(error);
        for id in ready {
            let Some(route) = self.routes.get_mut(id) else { continue };
            route.queued = false;
            route.last_failure = Some(error.to_string());
            if error.is_retriable() {
                self.pause(id);
                self.lose_leader(id);
            } else {
                let cause = DeliveryCause::Request(error.clone());
                self.break_lane(id, Break::UnsupportedBroker, &cause);
            }
        }
    }

    /// Makes a request of what is ready and submits it; false if nothing was.
    fn send(&mut self, key: LinkKey, connection: Connection) -> bool {
        let draft = match self.draft(key, &connection) {
            Ok(draft) => draft,
            Err(error) => {
                self.not_connected(key, error);
                return false;
            }
        };
        let Draft { version, mut entries, writers, .. } = draft;
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
        let sent = Sent { key, connection, version, parts, writers };
        if let Some(link) = self.links.get_mut(&key) {
            link.in_flight += 1;
        }
        self.events.push(Box::pin(async move { Event::Answered(sent, reply.await) }));
        true
    }

    /// Takes batches of ready lanes in turn, one of each: a partition may occur once in a request.
    fn draft(&mut self, key: LinkKey, connection: &Connection) -> Result<Draft, ConnectError> {
        let room = self.links.get(&key).map_or(0, |link| link.pace.bytes());
        let mut draft = Draft::new(room);
        while let Some((id, size)) = self.first_ready(key) {
            let Some(route) = self.routes.get_mut(id) else { break };
            let version = match connection.version(ApiKey::Produce, API, route.topic.key().versions()) {
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
            let id = *self.links.get(&key)?.ready.front()?;
            let route = self.routes.get(id)?;
            if route.is_ready()
                && route.leader == Some(key.broker)
                && let Some(parcel) = route.lane.peek()
            {
                return Some((id, parcel.batch().wire_len()));
            }
            self.unqueue(key);
            self.schedule(id);
        }
    }

    /// Takes the first lane off the ready list of a link.
    fn unqueue(&mut self, key: LinkKey) {
        let id = self.links.get_mut(&key).and_then(|link| link.ready.pop_front());
        if let Some(route) = id.and_then(|id| self.routes.get_mut(id)) {
            route.queued = false;
        }
    }

    fn reply(&self) -> Reply {
        match self.policy.terms.acks {
            Acks::None => Reply::None,
            Acks::Leader | Acks::All => Reply::Expected,
        }
    }

    pub(super) fn answered(&mut self, sent: Sent, result: Result<Bytes, RequestError>) {
        if let Some(link) = self.links.get_mut(&sent.key) {
            link.in_flight = link.in_flight.saturating_sub(1);
        }
        self.dirty.insert(sent.key);
        match (result, self.reply()) {
            (Ok(_), Reply::None) => {
                self.keep_pace(&sent, Duration::ZERO);
                for part in &sent.parts {
                    self.settle(part, sent.key.broker, Outcome::handed_over());
                }
            }
            (Ok(body), Reply::Expected) => self.read_answer(&sent, body),
            (Err(error), _) => self.unanswered(&sent, &error),
        }
    }

    fn read_answer(&mut self, sent: &Sent, body: Bytes) {
        let address = || sent.connection.address().to_owned();
        let malformed = |reason| RequestError::Malformed { address: address(), api: API, reason };
        let answer = match response::decode(body, sent.version, &sent.parts) {
            Ok(answer) => answer,
            Err(reason) => return self.unanswered(sent, &malformed(reason)),
        };
        self.keep_pace(sent, answer.throttle);
        if !answer.hints.is_empty() {
            self.cluster.learn(&answer.hints);
        }
        for (part, answer) in sent.parts.iter().zip(answer.parts) {
            let outcome = match answer {
                Some(answer) => {
                    if answer.names_leader {
                        self.follow_hint(part, sent.key.broker);
                    }
                    Outcome::answered(answer, self.policy.terms.acks)
                }
                None => Outcome::unanswered(&malformed("a partition was left out".to_owned())),
            };
            self.settle(part, sent.key.broker, outcome);
        }
    }

    fn unanswered(&mut self, sent: &Sent, error: &RequestError) {
        for part in &sent.parts {
            self.settle(part, sent.key.broker, Outcome::unanswered(error));
        }
    }

    fn keep_pace(&mut self, sent: &Sent, throttle: Duration) {
        let Some(link) = self.links.get_mut(&sent.key) else { return };
        if let Some(until) = link.pace.answered(throttle, Instant::now()) {
            sent.connection.throttle(throttle);
            for writer in &sent.writers {
                writer.throttled(throttle);
            }
            self.timers.set(until, Due::Unthrottle(sent.key));
        }
    }
}
