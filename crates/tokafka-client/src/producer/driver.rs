//! The task that owns every lane of a producer.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{Semaphore, mpsc},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    DeliveryCause, Written,
    health::Health,
    inquiry::Inquired,
    lane::{Break, Identity},
    leaders::Leaders,
    link::{Link, LinkKey, Sent},
    request::Terms,
    routes::{Command, Routes},
    timers::{Due, LaneId, Timers},
};
use crate::{
    backoff::Backoff,
    batch::{BufferPool, Compressor},
    cluster::{Cluster, View},
    error::{ConnectError, RequestError},
    settings::ProducerSettings,
    wire::Connection,
};

/// An idempotent producer may not have more batches of a partition out: a broker remembers five.
const IDEMPOTENT_WINDOW: usize = 5;
const CONCURRENT_INQUIRIES: usize = 4;

/// What wakes the driver beside commands.
#[derive(Debug)]
pub(super) struct Signals {
    /// A writer stopped: drop what it need not send any more.
    pub(super) sweeps: mpsc::Receiver<()>,
    /// Take nothing more, and end when everything is resolved.
    pub(super) drain: CancellationToken,
    /// End now.
    pub(super) end: CancellationToken,
}

/// Something that the driver waited for.
pub(super) enum Event {
    Connected(LinkKey, Result<Connection, ConnectError>),
    Answered(Sent, Result<Bytes, RequestError>),
    Refreshed(Result<Arc<View>, RequestError>),
    Inquired(Inquired),
}

/// What the settings say of sending.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) terms: Terms,
    pub(super) retries: u32,
    pub(super) delivery_timeout: Duration,
    pub(super) max_request_size: usize,
    pub(super) max_in_flight: usize,
    pub(super) connections_per_broker: usize,
    /// How long to wait after failures in a row.
    pub(super) backoff: Backoff,
    identity: Identity,
}

impl Policy {
    pub(super) fn new(settings: &ProducerSettings, identity: Identity) -> Self {
        Self {
            terms: Terms {
                acks: settings.acks,
                timeout: settings.client.request_timeout,
            },
            retries: settings.retries,
            delivery_timeout: settings.delivery_timeout,
            max_request_size: settings.max_request_size,
            max_in_flight: settings.max_in_flight,
            connections_per_broker: settings.client.connections_per_broker.max(1),
            backoff: Backoff::of_retries(&settings.client),
            identity,
        }
    }

    pub(super) fn identity(&self) -> Identity {
        self.identity
    }

    /// Batches of one lane that may be out.
    pub(super) fn window(&self) -> usize {
        match self.identity {
            Identity::Anonymous => self.max_in_flight,
            Identity::Producer { .. } => self.max_in_flight.min(IDEMPOTENT_WINDOW),
        }
    }
}

pub(super) struct Driver {
    pub(super) cluster: Cluster,
    pub(super) policy: Policy,
    pub(super) routes: Routes,
    pub(super) leaders: Leaders,
    pub(super) links: HashMap<LinkKey, Link>,
    /// Links that may have something to send.
    pub(super) dirty: BTreeSet<LinkKey>,
    pub(super) timers: Timers,
    /// Lets few lanes read the log at a time: each holds an answer of a broker.
    pub(super) inquiries: Arc<Semaphore>,
    pub(super) events: FuturesUnordered<BoxFuture<'static, Event>>,
    /// For batches that have to be halved.
    pub(super) compressor: Compressor,
    pub(super) buffers: BufferPool,
    pub(super) health: Health,
}

impl Driver {
    pub(super) fn new(
        cluster: Cluster,
        settings: &ProducerSettings,
        identity: Identity,
        buffers: BufferPool,
    ) -> Self {
        Self {
            cluster,
            policy: Policy::new(settings, identity),
            routes: Routes::default(),
            leaders: Leaders::default(),
            links: HashMap::new(),
            dirty: BTreeSet::new(),
            timers: Timers::default(),
            inquiries: Arc::new(Semaphore::new(CONCURRENT_INQUIRIES)),
            events: FuturesUnordered::new(),
            compressor: Compressor::new(settings.compression),
            buffers,
            health: Health::default(),
        }
    }

    /// Runs until nothing more can come and everything is resolved, or until `end`.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>, mut signals: Signals) {
        let mut is_open = true;
        while is_open || !self.routes.are_empty() {
            tokio::select! {
                command = commands.recv(), if is_open => match command {
                    Some(command) => self.take(command),
                    None => is_open = false,
                },
                Some(event) = self.events.next() => self.on_event(event),
                Some(()) = signals.sweeps.recv() => self.sweep(),
                () = at(self.timers.next()) => self.on_time(),
                () = signals.drain.cancelled(), if !commands.is_closed() => commands.close(),
                () = signals.end.cancelled() => return self.end(commands).await,
            }
            self.catch_up(&mut commands);
            self.pump();
        }
    }

    /// Takes in what is there already, so that requests are made of all of it.
    fn catch_up(&mut self, commands: &mut mpsc::Receiver<Command>) {
        while let Ok(command) = commands.try_recv() {
            self.take(command);
        }
        while let Some(Some(event)) = self.events.next().now_or_never() {
            self.on_event(event);
        }
    }

    fn take(&mut self, command: Command) {
        let Command {
            topic,
            partition,
            parcel,
        } = command;
        if parcel.pending().deliveries().is_stopped() {
            parcel.fail(DeliveryCause::Cancelled, Written::No);
            return;
        }
        let id = self.lane_of(topic, partition);
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        if let Err((parcel, reason)) = route.lane.hand_over(parcel) {
            self.health.fail();
            parcel.fail(DeliveryCause::Unsettled(reason), Written::No);
            return;
        }
        self.watch_deadline(id);
        self.schedule(id);
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Connected(key, result) => self.connected(key, result),
            Event::Answered(sent, result) => self.answered(sent, result),
            Event::Refreshed(result) => self.refreshed(result),
            Event::Inquired(inquired) => self.inquired(inquired),
        }
    }

    fn on_time(&mut self) {
        let now = Instant::now();
        while let Some(due) = self.timers.pop(now) {
            match due {
                Due::Resume(id) => self.resume(id, now),
                Due::Deadline(id) => self.expire(id, now),
                Due::FindLeaders => self.find_leaders(),
                Due::Unthrottle(key) => {
                    self.dirty.insert(key);
                }
            }
        }
    }

    /// Gives up everything, also what is being handed over right now.
    async fn end(mut self, mut commands: mpsc::Receiver<Command>) {
        commands.close();
        while let Some(command) = commands.recv().await {
            command
                .parcel
                .fail(DeliveryCause::Unsettled(Break::Ended), Written::No);
        }
        for index in 0..self.routes.len() {
            self.break_lane(
                LaneId(index),
                Break::Ended,
                &DeliveryCause::Unsettled(Break::Ended),
            );
        }
    }
}

/// Waits for a point in time, or for ever.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
