//! One connection per broker and slot.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::FutureExt;
use tokio::time::{Instant, sleep_until};

use super::flight::SingleFlight;
use crate::{
    backoff::Backoff,
    error::ConnectError,
    settings::{ClientSettings, Endpoint},
    wire::{Connection, open_within},
};

/// The connections of a cluster. They are opened when they are first asked for, and again when
/// they are asked for after they closed.
#[derive(Debug)]
pub(super) struct Links {
    settings: Arc<ClientSettings>,
    links: Mutex<HashMap<(i32, usize), Arc<Link>>>,
    /// Addresses that answered at least once.
    reached: Mutex<HashSet<String>>,
}

/// A broker's slot.
#[derive(Debug)]
struct Link {
    endpoint: Endpoint,
    settings: Arc<ClientSettings>,
    state: Mutex<State>,
    opening: SingleFlight<Result<Connection, ConnectError>>,
}

#[derive(Debug, Default)]
struct State {
    connection: Option<Connection>,
    /// Failures to open it since it was last open.
    failures: u32,
    retry_at: Option<Instant>,
}

impl Links {
    pub(super) fn new(settings: Arc<ClientSettings>) -> Self {
        Self {
            settings,
            links: Mutex::default(),
            reached: Mutex::default(),
        }
    }

    /// The connection of a broker's slot. If it has to be opened, all who ask share the attempt; it
    /// starts once the back-off of the attempt before is over. One to another address than
    /// `endpoint` is replaced; those who hold it keep it.
    pub(super) async fn connection(
        &self,
        broker: i32,
        slot: usize,
        endpoint: &Endpoint,
    ) -> Result<Connection, ConnectError> {
        let link = self.link(broker, slot, endpoint);
        let connection = link.connection().await?;
        self.mark_reached(connection.address());
        Ok(connection)
    }

    /// A connection of this slot to any broker, if there is an open one.
    pub(super) fn any_open(&self, slot: usize) -> Option<Connection> {
        let links = lock(&self.links);
        let mut in_slot = links.iter().filter(|((_, other), _)| *other == slot);
        in_slot.find_map(|(_, link)| link.open())
    }

    /// Remembers that somebody answers at this address.
    pub(super) fn mark_reached(&self, address: &str) {
        let mut reached = lock(&self.reached);
        if !reached.contains(address) {
            reached.insert(address.to_owned());
        }
    }

    /// Whether anybody ever answered at this address.
    pub(super) fn was_reached(&self, address: &str) -> bool {
        lock(&self.reached).contains(address)
    }

    /// Forgets the connections to brokers that are no longer there, or no longer where they were.
    pub(super) fn retain(&self, brokers: &HashMap<i32, Endpoint>) {
        lock(&self.links).retain(|(broker, _), link| brokers.get(broker) == Some(&link.endpoint));
    }

    /// Closes all connections.
    pub(super) fn close(&self) {
        let links = std::mem::take(&mut *lock(&self.links));
        for connection in links.values().filter_map(|link| link.open()) {
            connection.close();
        }
    }

    fn link(&self, broker: i32, slot: usize, endpoint: &Endpoint) -> Arc<Link> {
        let fresh = || Arc::new(Link::new(endpoint.clone(), self.settings.clone()));
        let mut links = lock(&self.links);
        let link = links.entry((broker, slot)).or_insert_with(fresh);
        if link.endpoint != *endpoint {
            *link = fresh();
        }
        link.clone()
    }
}

impl Link {
    fn new(endpoint: Endpoint, settings: Arc<ClientSettings>) -> Self {
        Self {
            endpoint,
            settings,
            state: Mutex::default(),
            opening: SingleFlight::new(),
        }
    }

    fn open(&self) -> Option<Connection> {
        lock(&self.state)
            .connection
            .clone()
            .filter(|connection| !connection.is_closed())
    }

    async fn connection(self: Arc<Self>) -> Result<Connection, ConnectError> {
        if let Some(connection) = self.open() {
            return Ok(connection);
        }
        let link = self.clone();
        self.opening
            .join(move || async move { link.reopen().await }.boxed())
            .await
    }

    async fn reopen(&self) -> Result<Connection, ConnectError> {
        let (failures, retry_at) = {
            let state = lock(&self.state);
            (state.failures, state.retry_at)
        };
        if let Some(retry_at) = retry_at {
            sleep_until(retry_at).await;
        }
        if let Some(connection) = self.open() {
            return Ok(connection);
        }
        let setup = Backoff {
            initial: self.settings.connection_setup_timeout,
            max: self.settings.connection_setup_timeout_max,
        };
        let outcome = open_within(&self.endpoint, &self.settings, setup.after(failures + 1)).await;
        self.remember(&outcome);
        outcome
    }

    fn remember(&self, outcome: &Result<Connection, ConnectError>) {
        let mut state = lock(&self.state);
        match outcome {
            Ok(connection) => {
                *state = State {
                    connection: Some(connection.clone()),
                    ..State::default()
                };
                tracing::debug!(address = connection.address(), "connected");
            }
            Err(error) => {
                let backoff = Backoff::of_connecting(&self.settings);
                state.failures = state.failures.saturating_add(1);
                state.retry_at = Some(Instant::now() + backoff.after(state.failures));
                tracing::warn!(address = %self.endpoint, %error, "cannot connect");
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
