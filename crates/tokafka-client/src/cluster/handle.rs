//! The cluster's handle.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use futures::FutureExt;
use kafka_protocol::messages::MetadataRequest;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{
    bootstrap::Bootstrap,
    links::Links,
    metadata::{self, Answer, AutoCreate},
    refresh::Refreshes,
    view::{LeaderHint, View},
};
use crate::{
    error::{ConnectError, RequestError, ResponseError},
    settings::ClientSettings,
    wire::{Api, Connection},
};

/// A Kafka cluster: its brokers, topics and leaders, and the connections to it. Clones share.
/// Connections close with the last clone, or with [`shutdown`](Self::shutdown).
#[derive(Clone, Debug)]
pub struct Cluster(Arc<Inner>);

/// Who is to answer a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Whoever is at hand.
    Any,
    /// The controller, or a broker that forwards to it.
    Controller,
    /// The broker of this node id.
    Broker(i32),
}

#[derive(Debug)]
struct Inner {
    settings: Arc<ClientSettings>,
    view: Mutex<Arc<View>>,
    links: Links,
    bootstrap: Bootstrap,
    refreshes: Refreshes,
    /// Since when no broker that is known could be reached.
    silent_since: Mutex<Option<Instant>>,
    down: CancellationToken,
}

/// The slot of requests that belong to no lane. A fetch that waits for records must not hold up
/// produce requests, as a broker handles one request per connection at a time.
const CALLS: usize = usize::MAX;

impl Cluster {
    /// Tries the bootstrap addresses, in random order and again after a back-off, until one answers
    /// ApiVersions and Metadata. Gives up after `max.block.ms`; the error says what became of each
    /// address.
    ///
    /// The addresses that brokers advertise are only tried when they are needed.
    pub async fn connect(settings: ClientSettings) -> Result<Self, ConnectError> {
        let settings = Arc::new(settings);
        let cluster = Self(Arc::new(Inner {
            view: Mutex::default(),
            links: Links::new(settings.clone()),
            bootstrap: Bootstrap::new(settings.clone()),
            refreshes: Refreshes::default(),
            silent_since: Mutex::new(None),
            down: CancellationToken::new(),
            settings,
        }));
        let view = cluster.0.bootstrap.find().await?;
        cluster.0.bootstrapped(view);
        tokio::spawn(keep_fresh(
            Arc::downgrade(&cluster.0),
            cluster.0.down.clone(),
        ));
        Ok(cluster)
    }

    /// The settings that it was opened with.
    pub fn settings(&self) -> &ClientSettings {
        &self.0.settings
    }

    /// What is known now.
    pub(crate) fn view(&self) -> Arc<View> {
        lock(&self.0.view).clone()
    }

    /// Asks for these topics anew, never creating them. Concurrent callers share one request.
    /// Topics that do not exist are not in the view then.
    pub(crate) async fn refresh(&self, topics: &[Arc<str>]) -> Result<Arc<View>, RequestError> {
        let cluster = self.clone();
        let ask = |topics: Vec<Arc<str>>| {
            let asked = async move { cluster.ask(&topics, AutoCreate::Never).await };
            asked.map(|answer| answer.map(|answer| answer.view)).boxed()
        };
        self.0.refreshes.refresh(topics, ask).await
    }

    /// Takes in leaders that an answer named; older epochs are ignored.
    pub(crate) fn learn(&self, hints: &[LeaderHint]) {
        self.0
            .change(|view| hints.iter().filter(|hint| view.learn(hint)).count());
    }

    /// One request, one attempt. It goes over a connection that no lane uses, so it neither waits
    /// for batches nor holds them up. `build` gets the negotiated version. A pause that the answer
    /// asks for is kept.
    pub(crate) async fn call<R: Api>(
        &self,
        target: Target,
        build: impl Fn(i16) -> R + Send,
    ) -> Result<R::Response, RequestError> {
        let connection = self.reach(target).await?;
        let version = connection.version(R::API, R::NAME, <R as Api>::VERSIONS)?;
        let request = build(version);
        connection.call(version, &request).await
    }

    /// The connection of a broker's slot, opened if need be, after the reconnect back-off.
    /// Concurrent callers share one attempt.
    ///
    /// A broker at whose address nobody ever answered is [`ConnectError::AdvertisedUnreachable`]:
    /// a bootstrap address did answer, or the broker would not be known.
    pub(crate) async fn connection(
        &self,
        broker: i32,
        slot: usize,
    ) -> Result<Connection, ConnectError> {
        let connected = self
            .0
            .down
            .run_until_cancelled(self.0.connection(broker, slot))
            .await;
        connected.unwrap_or(Err(ConnectError::Closed))
    }

    /// Closes all connections. What was asked on them fails, and so does everything that is asked
    /// of the cluster later.
    pub async fn shutdown(&self) {
        self.0.close();
    }

    /// One metadata request for these topics, taken into the view.
    pub(super) async fn ask(
        &self,
        topics: &[Arc<str>],
        auto_create: AutoCreate,
    ) -> Result<Answer, RequestError> {
        match self.ask_once(topics, auto_create).await {
            Err(RequestError::Refused {
                code: ResponseError::RebootstrapRequired,
                ..
            }) if self.0.settings.rebootstrap.is_some() => {
                self.0.rebootstrap().await?;
                self.ask_once(topics, auto_create).await
            }
            outcome => outcome,
        }
    }

    async fn ask_once(
        &self,
        topics: &[Arc<str>],
        auto_create: AutoCreate,
    ) -> Result<Answer, RequestError> {
        let connection = self.reach(Target::Any).await?;
        let (api, name) = (MetadataRequest::API, MetadataRequest::NAME);
        let version = connection.version(api, name, MetadataRequest::VERSIONS)?;
        let response = connection
            .call(version, &metadata::request(topics, auto_create))
            .await?;
        if let Some(error) = metadata::refusal(&response) {
            return Err(error);
        }
        let (errors, view) = self.0.change(|view| metadata::take_in(view, response));
        let errors = errors.map_err(|reason| {
            let address = connection.address().to_owned();
            RequestError::Malformed {
                address,
                api: name,
                reason,
            }
        })?;
        Ok(Answer { view, errors })
    }

    async fn reach(&self, target: Target) -> Result<Connection, ConnectError> {
        let broker = match target {
            Target::Any => None,
            Target::Controller => self.view().controller,
            Target::Broker(broker) => Some(broker),
        };
        match broker {
            Some(broker) => self.connection(broker, CALLS).await,
            None => {
                let reached = self.0.down.run_until_cancelled(self.0.any()).await;
                reached.unwrap_or(Err(ConnectError::Closed))
            }
        }
    }
}

impl Inner {
    async fn connection(&self, broker: i32, slot: usize) -> Result<Connection, ConnectError> {
        let endpoint = lock(&self.view).brokers.get(&broker).cloned();
        let endpoint = endpoint.ok_or_else(|| ConnectError::Unreachable {
            attempts: vec![format!("broker {broker} is not part of the cluster")],
            after: Duration::ZERO,
        })?;
        self.links
            .connection(broker, slot, &endpoint)
            .await
            .map_err(|error| {
                if self.links.was_reached(&endpoint.to_string()) {
                    error
                } else {
                    self.bootstrap.explain(broker, &endpoint, error)
                }
            })
    }

    /// A connection that is open, or else one to any broker that is known, or else, if none of them
    /// could be reached for long enough, to a bootstrap address (KIP-899, KIP-1102).
    async fn any(&self) -> Result<Connection, ConnectError> {
        if let Some(open) = self.bootstrap.open().or_else(|| self.links.any_open(CALLS)) {
            return Ok(open);
        }
        let error = match self.any_known().await {
            Ok(connection) => {
                *lock(&self.silent_since) = None;
                return Ok(connection);
            }
            Err(error) => error,
        };
        let since = *lock(&self.silent_since).get_or_insert_with(Instant::now);
        match self.settings.rebootstrap {
            Some(trigger) if since.elapsed() >= trigger => self.rebootstrap().await,
            Some(_) | None => Err(error),
        }
    }

    /// Tries the brokers that are known one after the other, for up to `max.block.ms`: there may be
    /// thousands.
    async fn any_known(&self) -> Result<Connection, ConnectError> {
        let started = Instant::now();
        let deadline = started + self.settings.max_block;
        let mut brokers: Vec<i32> = lock(&self.view).brokers.keys().copied().collect();
        fastrand::shuffle(&mut brokers);
        let mut errors = Vec::new();
        for broker in brokers {
            match timeout_at(deadline, self.connection(broker, CALLS)).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => errors.push(error),
                Err(_elapsed) => break,
            }
        }
        match errors.pop() {
            Some(only) if errors.is_empty() => Err(only),
            last => {
                let attempts = errors
                    .iter()
                    .chain(&last)
                    .map(ToString::to_string)
                    .collect();
                Err(ConnectError::Unreachable {
                    attempts,
                    after: started.elapsed(),
                })
            }
        }
    }

    /// Starts over from the bootstrap addresses, each tried once.
    async fn rebootstrap(&self) -> Result<Connection, ConnectError> {
        tracing::warn!("no known broker can be used: going back to bootstrap.servers");
        let view = self.bootstrap.find_once().await?;
        self.bootstrapped(view);
        *lock(&self.silent_since) = None;
        self.bootstrap
            .open()
            .ok_or_else(|| ConnectError::Unreachable {
                attempts: vec!["the bootstrap connection closed again".into()],
                after: Duration::ZERO,
            })
    }

    /// Takes in the brokers that a bootstrap address named; topics stay.
    fn bootstrapped(&self, found: View) {
        if let Some(address) = self.bootstrap.address() {
            self.links.mark_reached(&address);
        }
        self.change(|view| {
            view.brokers = found.brokers;
            view.controller = found.controller;
        });
    }

    /// Changes the view, and forgets connections that lead nowhere in it.
    fn change<T>(&self, change: impl FnOnce(&mut View) -> T) -> (T, Arc<View>) {
        let mut current = lock(&self.view);
        let outcome = change(Arc::make_mut(&mut current));
        self.links.retain(&current.brokers);
        (outcome, current.clone())
    }

    fn close(&self) {
        self.down.cancel();
        self.links.close();
        self.bootstrap.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.down.cancel();
    }
}

/// Asks for all topics of the view every `metadata.max.age.ms`, as long as there is a handle.
async fn keep_fresh(cluster: Weak<Inner>, down: CancellationToken) {
    const AT_MOST_EVERY: Duration = Duration::from_secs(1);
    let Some(max_age) = cluster
        .upgrade()
        .map(|inner| inner.settings.metadata_max_age)
    else {
        return;
    };
    let pause = max_age.max(AT_MOST_EVERY);
    while down
        .run_until_cancelled(tokio::time::sleep(pause))
        .await
        .is_some()
    {
        let Some(cluster) = cluster.upgrade().map(Cluster) else {
            return;
        };
        let topics: Vec<_> = cluster.view().topics.keys().cloned().collect();
        if !topics.is_empty()
            && let Err(error) = cluster.refresh(&topics).await
        {
            tracing::warn!(%error, "cannot refresh metadata");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
