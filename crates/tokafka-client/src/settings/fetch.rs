use super::{client::ClientSettings, properties::Properties, rules as r, values::Values};
use crate::error::SettingsError;
use std::time::Duration;

/// Which records of transactions are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationLevel {
    /// All, aborted and open transactions included.
    ReadUncommitted,
    /// Those of committed transactions, up to the first open one.
    ReadCommitted,
}

/// How records are read.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// How the cluster is reached.
    pub client: ClientSettings,
    /// `isolation.level`.
    pub isolation: IsolationLevel,
    /// `fetch.max.bytes`: bytes of one answer. A single batch that is longer is still sent.
    pub max_bytes: usize,
    /// `max.partition.fetch.bytes`: bytes of one partition in an answer, with the same exception.
    pub partition_max_bytes: usize,
    /// `fetch.max.wait.ms`: how long a broker waits for `min_bytes`.
    pub max_wait: Duration,
    /// `fetch.min.bytes`: bytes that a broker waits for.
    pub min_bytes: i32,
}

impl FetchSettings {
    /// Checks all properties and reads those of a reader. Nothing is opened.
    pub fn from_properties(properties: &Properties) -> Result<Self, SettingsError> {
        let values = Values::check(properties)?;
        let mut client = ClientSettings::read(values)?;
        let max_bytes = fit_response(values, &mut client)?;
        Ok(Self {
            isolation: isolation(values),
            max_bytes,
            partition_max_bytes: values.size(r::PARTITION_FETCH_BYTES)?,
            max_wait: values.millis(r::FETCH_MAX_WAIT)?,
            min_bytes: i32::try_from(values.number(r::FETCH_MIN_BYTES)?).unwrap_or(i32::MAX),
            client,
        })
    }
}

impl FetchSettings {
    /// All records, with Kafka's defaults for the rest.
    pub(crate) fn of_client(client: ClientSettings) -> Self {
        Self {
            isolation: IsolationLevel::ReadUncommitted,
            max_bytes: client.max_response_size.min(50 << 20),
            partition_max_bytes: 1 << 20,
            max_wait: Duration::from_millis(500),
            min_bytes: 1,
            client,
        }
    }
}

/// `fetch.max.bytes`, which must fit into `tokafka.max.response.bytes`: of the two, a default yields.
fn fit_response(values: Values<'_>, client: &mut ClientSettings) -> Result<usize, SettingsError> {
    const FRAME: usize = 1024 * 1024;
    let max_bytes = values.size(r::FETCH_MAX_BYTES)?;
    if max_bytes <= client.max_response_size {
        return Ok(max_bytes);
    }
    match (
        values.is_set(r::FETCH_MAX_BYTES),
        values.is_set(r::MAX_RESPONSE),
    ) {
        (true, true) => Err(SettingsError::Contradiction(
            "fetch.max.bytes must not be larger than tokafka.max.response.bytes".to_owned(),
        )),
        (true, false) => {
            client.max_response_size = max_bytes.saturating_add(FRAME);
            Ok(max_bytes)
        }
        (false, _) => Ok(client.max_response_size),
    }
}

fn isolation(values: Values<'_>) -> IsolationLevel {
    match values.text(r::ISOLATION_LEVEL) {
        "read_committed" => IsolationLevel::ReadCommitted,
        _ => IsolationLevel::ReadUncommitted,
    }
}
