use super::{client::ClientSettings, properties::Properties, rules as r, values::Values};
use crate::{
    batch::{Codec, Compression},
    error::SettingsError,
};
use std::time::Duration;

/// Which replicas must have a batch before it counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Acks {
    /// None: the broker does not answer.
    None,
    /// The leader.
    Leader,
    /// The leader and all replicas that are in sync with it.
    All,
}

/// How batches are written. Two that are equal are met by one producer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerSettings {
    /// How the cluster is reached.
    pub client: ClientSettings,
    /// `acks`.
    pub acks: Acks,
    /// `enable.idempotence`, after the rules that turn it off.
    pub idempotence: bool,
    /// `retries`: how often a batch may be sent again.
    pub retries: u32,
    /// `delivery.timeout.ms`: how long a closed batch may take to be written, retries included; at
    /// least `linger` and the request timeout together.
    pub delivery_timeout: Duration,
    /// `linger.ms`: how long an open batch may wait for more rows.
    pub linger: Duration,
    /// `batch.size` in bytes; `None` if it was not set, so that the writer chooses.
    pub batch_size: Option<usize>,
    /// `buffer.memory`: bytes of encoded batches that may be held.
    pub buffer_memory: usize,
    /// `max.request.size`: bytes of one request.
    pub max_request_size: usize,
    /// `compression.type` and its level.
    pub compression: Compression,
    /// `max.in.flight.requests.per.connection`: at least one, at most five with idempotence.
    pub max_in_flight: usize,
    /// `partitioner.ignore.keys`.
    pub ignore_keys: bool,
    /// `tokafka.max.bytes.per.second`: bytes of batches, as sent; `None` without a limit.
    pub max_bytes_per_second: Option<u64>,
}

impl ProducerSettings {
    /// Checks all properties and reads those of a producer. Nothing is opened.
    pub fn from_properties(properties: &Properties) -> Result<Self, SettingsError> {
        let values = Values::check(properties)?;
        let client = ClientSettings::read(values)?;
        let linger = values.millis(r::LINGER)?;
        Ok(Self {
            acks: acks(values),
            idempotence: idempotence(values)?,
            retries: u32::try_from(values.number(r::RETRIES)?).unwrap_or(u32::MAX),
            delivery_timeout: delivery_timeout(values, linger + client.request_timeout)?,
            linger,
            batch_size: batch_size(values)?,
            buffer_memory: values.size(r::BUFFER_MEMORY)?,
            max_request_size: values.size(r::MAX_REQUEST_SIZE)?,
            compression: compression(values)?,
            max_in_flight: values.size(r::MAX_IN_FLIGHT)?,
            ignore_keys: values.boolean(r::IGNORE_KEYS)?,
            max_bytes_per_second: max_bytes_per_second(values)?,
            client,
        })
    }
}

fn max_bytes_per_second(values: Values<'_>) -> Result<Option<u64>, SettingsError> {
    let rate = u64::try_from(values.number(r::MAX_BYTES_PER_SECOND)?).unwrap_or(0);
    Ok((rate > 0).then_some(rate))
}

fn acks(values: Values<'_>) -> Acks {
    match values.text(r::ACKS) {
        "0" => Acks::None,
        "1" => Acks::Leader,
        _ => Acks::All,
    }
}

/// The rules of `ProducerConfig.postProcessAndValidateIdempotenceConfigs` of Kafka's client.
fn idempotence(values: Values<'_>) -> Result<bool, SettingsError> {
    if !values.boolean(r::IDEMPOTENCE)? {
        return Ok(false);
    }
    let retries = values.number(r::RETRIES)? > 0;
    let all = acks(values) == Acks::All;
    let demanded = values.is_set(r::IDEMPOTENCE);
    if demanded && !retries {
        return contradiction("Must set retries to non-zero when using the idempotent producer.");
    }
    if demanded && !all {
        return contradiction(
            "Must set acks to all in order to use the idempotent producer. \
             Otherwise we cannot guarantee idempotence.",
        );
    }
    let in_flight = values.number(r::MAX_IN_FLIGHT)?;
    if in_flight > 5 {
        return contradiction(format!(
            "To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. \
             Current value is {in_flight}."
        ));
    }
    Ok(retries && all)
}

/// A default stretches to `least`, a value that was set must not be below it.
fn delivery_timeout(values: Values<'_>, least: Duration) -> Result<Duration, SettingsError> {
    const LARGEST: Duration = Duration::from_millis(i32::MAX as u64);
    let least = least.min(LARGEST);
    let timeout = values.millis(r::DELIVERY_TIMEOUT)?;
    if timeout < least && values.is_set(r::DELIVERY_TIMEOUT) {
        return contradiction(
            "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms",
        );
    }
    Ok(timeout.max(least))
}

fn batch_size(values: Values<'_>) -> Result<Option<usize>, SettingsError> {
    values
        .is_set(r::BATCH_SIZE)
        .then(|| values.size(r::BATCH_SIZE))
        .transpose()
}

fn compression(values: Values<'_>) -> Result<Compression, SettingsError> {
    let (codec, level) = match values.text(r::COMPRESSION) {
        "gzip" => (Codec::Gzip, Some(r::GZIP_LEVEL)),
        "snappy" => (Codec::Snappy, None),
        "lz4" => (Codec::Lz4, None),
        "zstd" => (Codec::Zstd, Some(r::ZSTD_LEVEL)),
        _ => (Codec::None, None),
    };
    let set = level.filter(|level| values.is_set(level));
    let level = set.map(|level| values.number(level)).transpose()?;
    // -1 is gzip's word for its own default and a real level of zstd.
    let level = level.filter(|level| codec != Codec::Gzip || *level != -1);
    Ok(Compression {
        codec,
        level: level.and_then(|level| i32::try_from(level).ok()),
    })
}

fn contradiction<T>(text: impl Into<String>) -> Result<T, SettingsError> {
    Err(SettingsError::Contradiction(text.into()))
}
