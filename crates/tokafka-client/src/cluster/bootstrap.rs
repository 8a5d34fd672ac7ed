//! Finds the first broker.

use std::sync::{Arc, Mutex, PoisonError};

use kafka_protocol::messages::MetadataRequest;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    metadata::{self, AutoCreate},
    view::View,
};
use crate::{
    backoff::Backoff,
    error::{ConnectError, RequestError},
    settings::{ClientSettings, Endpoint},
    wire::{self, Api, Connection},
};

/// The bootstrap addresses, and the connection to the one that answered last.
#[derive(Debug)]
pub(super) struct Bootstrap {
    settings: Arc<ClientSettings>,
    answered: Mutex<Option<Connection>>,
}

/// Why each address failed when it was last tried, in the order of the setting.
type Attempts = Vec<Vec<String>>;

impl Bootstrap {
    pub(super) fn new(settings: Arc<ClientSettings>) -> Self {
        Self {
            settings,
            answered: Mutex::new(None),
        }
    }

    /// The connection to the address that answered last, if it is still open.
    pub(super) fn open(&self) -> Option<Connection> {
        self.last().filter(|connection| !connection.is_closed())
    }

    /// The address that answered last.
    pub(super) fn address(&self) -> Option<String> {
        self.last()
            .map(|connection| connection.address().to_owned())
    }

    /// Tries all addresses again and again until one answers with the cluster's brokers, for up to
    /// `max.block.ms`: a broker that refuses connections may be starting.
    pub(super) async fn find(&self) -> Result<View, ConnectError> {
        let backoff = Backoff::of_connecting(&self.settings);
        let started = Instant::now();
        let deadline = started + self.settings.max_block;
        let mut attempts = self.no_attempts();
        for failures in 1.. {
            match timeout_at(deadline, self.round(&mut attempts)).await {
                Ok(Some(outcome)) => return outcome,
                Ok(None) => {
                    sleep_until(deadline.min(Instant::now() + backoff.after(failures))).await
                }
                Err(_) => break,
            }
            if Instant::now() >= deadline {
                break;
            }
        }
        Err(ConnectError::Unreachable {
            attempts: attempts.concat(),
            after: started.elapsed(),
        })
    }

    /// Tries each address once.
    pub(super) async fn find_once(&self) -> Result<View, ConnectError> {
        let started = Instant::now();
        let mut attempts = self.no_attempts();
        match self.round(&mut attempts).await {
            Some(outcome) => outcome,
            None => Err(ConnectError::Unreachable {
                attempts: attempts.concat(),
                after: started.elapsed(),
            }),
        }
    }

    /// Says what an unreachable broker means. If nobody ever answered at the address that it
    /// advertises, while a bootstrap address did answer, the address is to blame, not the broker.
    pub(super) fn explain(
        &self,
        broker: i32,
        endpoint: &Endpoint,
        error: ConnectError,
    ) -> ConnectError {
        match (error, self.address()) {
            (ConnectError::Unreachable { attempts, .. }, Some(bootstrap)) => {
                let advertised = endpoint.to_string();
                let reason = |attempt: &String| {
                    let rest = attempt.strip_prefix(&advertised).unwrap_or(attempt);
                    rest.trim_start_matches([':', ' ']).to_owned()
                };
                let reason = attempts.iter().map(reason).collect::<Vec<_>>().join("; ");
                ConnectError::AdvertisedUnreachable {
                    bootstrap,
                    broker,
                    advertised,
                    reason,
                }
            }
            (error, _) => error,
        }
    }

    /// Closes the connection.
    pub(super) fn close(&self) {
        if let Some(connection) = self.open() {
            connection.close();
        }
    }

    fn no_attempts(&self) -> Attempts {
        let silent = |endpoint| vec![format!("{endpoint}: no answer")];
        self.settings.bootstrap_servers.iter().map(silent).collect()
    }

    /// The first usable answer, or the first error that trying again cannot mend. The order is
    /// random, so that many clients with the same setting spread over the brokers.
    async fn round(&self, attempts: &mut Attempts) -> Option<Result<View, ConnectError>> {
        let mut order: Vec<_> = self
            .settings
            .bootstrap_servers
            .iter()
            .zip(attempts)
            .collect();
        fastrand::shuffle(&mut order);
        for (endpoint, attempts) in order {
            match self.try_one(endpoint).await {
                Ok(view) => return Some(Ok(view)),
                Err(ConnectError::Unreachable {
                    attempts: failed, ..
                }) => *attempts = failed,
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    async fn try_one(&self, endpoint: &Endpoint) -> Result<View, ConnectError> {
        let connection = wire::open(endpoint, &self.settings).await?;
        let (name, versions) = (MetadataRequest::NAME, MetadataRequest::VERSIONS);
        let version = connection.version(MetadataRequest::API, name, versions)?;
        let view = brokers(&connection, version).await.map_err(|reason| {
            let attempts = vec![format!("{endpoint}: {reason}")];
            ConnectError::Unreachable {
                attempts,
                after: self.settings.max_block,
            }
        })?;
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        Ok(view)
    }

    fn last(&self) -> Option<Connection> {
        self.answered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A view of the brokers and no topics; the error says why there is none.
async fn brokers(connection: &Connection, version: i16) -> Result<View, String> {
    let request = metadata::request(&[], AutoCreate::Never);
    let answer = connection.call(version, &request).await;
    let response = answer.map_err(|error: RequestError| error.to_string())?;
    if let Some(error) = metadata::refusal(&response) {
        return Err(error.to_string());
    }
    let mut view = View::default();
    metadata::take_in(&mut view, response)?;
    if view.brokers.is_empty() {
        return Err("it knows no brokers yet".into());
    }
    Ok(view)
}
