//! The connections that lanes are pinned to, and the requests on them.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    DeliveryCause,
    deliveries::Deliveries,
    driver::{Driver, Event},
    lane::Break,
    pace::Pace,
    request::Part,
    response,
    timers::{Due, LaneId},
    verdict::Outcome,
};
use crate::{
    error::{ConnectError, RequestError},
    wire::{Connection, Reply},
};

pub(super) const API: &str = "Produce";

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
    pub(super) key: LinkKey,
    pub(super) connection: Connection,
    pub(super) version: i16,
    /// In the order that [`request::body`](super::request::body) gave them.
    pub(super) parts: Vec<Part>,
    /// Whose batches it carries.
    pub(super) writers: Vec<Deliveries>,
}

/// What a link can do now.
enum Move {
    Rest,
    Connect,
    Send(Connection),
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

    /// The lane whose turn it is. It may have gone elsewhere since.
    pub(super) fn first(&self) -> Option<LaneId> {
        self.ready.front().copied()
    }

    pub(super) fn pop_first(&mut self) -> Option<LaneId> {
        self.ready.pop_front()
    }

    /// Bytes of batches to put into one request.
    pub(super) fn room(&self) -> usize {
        self.pace.bytes()
    }

    /// Counts a request that is under way now.
    pub(super) fn sent(&mut self) {
        self.in_flight += 1;
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

impl Driver {
    /// Sends what can be sent.
    pub(super) fn pump(&mut self) {
        while let Some(key) = self.dirty.pop_first() {
            while self.advance(key) {}
        }
    }

    /// Makes one move; false if there is none to make.
    fn advance(&mut self, key: LinkKey) -> bool {
        let Some(link) = self.links.get_mut(&key) else {
            return false;
        };
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
                self.seek(key);
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

    /// Tells the lanes of a link that its connection is a new one.
    fn seek(&mut self, key: LinkKey) {
        for id in (0..self.routes.len()).map(LaneId) {
            let link = self.link_of(id);
            if let Some(route) = self.routes.get_mut(id)
                && link == Some(key)
            {
                route.lane.seek();
                self.inquire(id);
            }
        }
    }

    /// Sends the lanes of a link to look for another leader.
    pub(super) fn not_connected(&mut self, key: LinkKey, error: ConnectError) {
        let Some(link) = self.links.get_mut(&key) else {
            return;
        };
        for id in std::mem::take(&mut link.ready) {
            let Some(route) = self.routes.get_mut(id) else {
                continue;
            };
            if route.queued == Some(key) {
                route.queued = None;
                route.last_failure = Some(error.to_string());
                self.detour(id, &error);
            }
        }
    }

    fn detour(&mut self, id: LaneId, error: &ConnectError) {
        let reason = match error {
            ConnectError::Unreachable { .. } | ConnectError::AdvertisedUnreachable { .. } => {
                self.pause(id);
                return self.lose_leader(id);
            }
            ConnectError::UnsupportedVersion { .. } => Break::UnsupportedBroker,
            ConnectError::Closed => Break::Ended,
        };
        let cause = DeliveryCause::Request(RequestError::Connect(error.clone()));
        self.break_lane(id, reason, &cause);
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
        let malformed = |reason| RequestError::Malformed {
            address: address(),
            api: API,
            reason,
        };
        let answer = match response::decode(body, sent.version, &sent.parts) {
            Ok(answer) => answer,
            Err(reason) => {
                sent.connection.close();
                return self.unanswered(sent, &malformed(reason));
            }
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
        self.check_topics(&sent.parts);
    }

    fn unanswered(&mut self, sent: &Sent, error: &RequestError) {
        for part in &sent.parts {
            self.settle(part, sent.key.broker, Outcome::unanswered(error));
        }
    }

    fn keep_pace(&mut self, sent: &Sent, throttle: Duration) {
        let Some(link) = self.links.get_mut(&sent.key) else {
            return;
        };
        let throttle = sent.connection.throttle(throttle);
        if let Some(until) = link.pace.answered(throttle, Instant::now()) {
            for writer in &sent.writers {
                writer.throttled(throttle);
            }
            self.timers.set(until, Due::Unthrottle(sent.key));
        }
    }
}
