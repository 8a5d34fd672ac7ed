//! The options of a write, under Spark's names.

use std::{collections::BTreeMap, fmt};

use tokafka_client::{
    cluster::broken_name_rule,
    settings::{self, ProducerSettings, Properties},
};

use crate::{
    error::OptionsError,
    pool::{
        EVICTOR_INTERVAL, PoolOptions, SPARK_EVICTOR_INTERVAL, SPARK_TIMEOUT, TIMEOUT,
        parse_evictor_interval, parse_timeout,
    },
    value::JsonOptions,
};

/// One option of a write that is not a producer setting: a row of the table that is also its
/// documentation.
#[derive(Clone, Copy, Debug)]
pub struct OptionRule {
    /// The name as documented; case does not matter.
    pub name: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// What holds if it is not set.
    pub default: &'static str,
    /// Whether Spark's Kafka connector has it.
    pub in_spark: bool,
}

/// Every option that is not one of Kafka's (`kafka.*`) or of our client's (`tokafka.*`).
pub const OPTIONS: &[OptionRule] = &[
    OptionRule {
        name: TOPIC,
        meaning: "Topic for all rows; a topic column is then not looked at.",
        default: "none: the topic column decides, row by row",
        in_spark: true,
    },
    OptionRule {
        name: INCLUDE_TIMESTAMP,
        meaning: "Write the timestamp column as the records' timestamps. Null means now. A broker deletes records that are older than the topic's retention.ms.",
        default: "false: records get the time of writing, a timestamp column is ignored",
        in_spark: false,
    },
    OptionRule {
        name: INCLUDE_HEADERS,
        meaning: "Whether a table that is read by SELECT has a headers column. One that is there is always written.",
        default: "true",
        in_spark: true,
    },
    OptionRule {
        name: TIMEOUT,
        meaning: "How long a producer is kept for the next write with the same settings after the last write gave it back. A time as 10m: us, ms, s, m, h, d.",
        default: "10m",
        in_spark: false,
    },
    OptionRule {
        name: EVICTOR_INTERVAL,
        meaning: "How often to look for producers whose time is over; the shortest of the process counts. 0 or less keeps those of this write until the process ends.",
        default: "1m",
        in_spark: false,
    },
    OptionRule {
        name: SPARK_TIMEOUT,
        meaning: "Spark's name of tokafka.producer.cache.timeout.",
        default: "10m",
        in_spark: true,
    },
    OptionRule {
        name: SPARK_EVICTOR_INTERVAL,
        meaning: "Spark's name of tokafka.producer.cache.evictor.interval.",
        default: "1m",
        in_spark: true,
    },
];

const TOPIC: &str = "topic";
const INCLUDE_TIMESTAMP: &str = "includeTimestamp";
const INCLUDE_HEADERS: &str = "includeHeaders";

/// Prefix of Kafka's own settings, which the producer gets without it.
const KAFKA: &str = "kafka.";
/// Prefix of settings of our client, which the producer gets with it.
const TOKAFKA: &str = "tokafka.";
/// Names at least this similar are worth suggesting.
const SIMILAR: f64 = 0.75;

/// Options of a write: Spark's names and meanings.
///
/// Names ignore case, and of one option set twice the last value counts. Nothing is checked until
/// the options are used: by [`KafkaWriter::new`](crate::KafkaWriter::new), which opens nothing.
/// `Debug` shows no secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// By lower-case name.
    values: BTreeMap<String, Setting>,
    json: Option<JsonOptions>,
}

#[derive(Clone, PartialEq, Eq)]
struct Setting {
    /// As it was typed.
    name: String,
    value: String,
}

impl WriteOptions {
    /// No options.
    pub fn new() -> Self {
        Self::default()
    }

    /// The topic for all rows. It wins over a `topic` column.
    #[must_use]
    pub fn topic(self, topic: impl Into<String>) -> Self {
        self.option(TOPIC, topic)
    }

    /// Whether a `timestamp` column is written as the records' timestamps.
    #[must_use]
    pub fn include_timestamp(self, include: bool) -> Self {
        self.option(INCLUDE_TIMESTAMP, include.to_string())
    }

    /// A producer setting under Kafka's name (`acks`, or `kafka.acks`), or ours
    /// (`tokafka.connections.per.broker`).
    #[must_use]
    pub fn producer(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        if has_prefix(&name, TOKAFKA) || has_prefix(&name, KAFKA) {
            self.option(name, value)
        } else {
            self.option(format!("{KAFKA}{name}"), value)
        }
    }

    /// Any option under Spark's name: `topic`, `includeTimestamp`, `kafka.acks`.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.values
            .insert(name.to_ascii_lowercase(), Setting { name, value });
        self
    }

    /// Several options, as by [`Self::option`] in this order.
    #[must_use]
    pub fn options<K: Into<String>, V: Into<String>>(
        self,
        options: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        options
            .into_iter()
            .fold(self, |all, (name, value)| all.option(name, value))
    }

    /// The producer settings of a Java `.properties` text, such as the `client.properties` that Kafka's own
    /// tools take.
    ///
    /// # Errors
    /// A malformed `\u` escape, with its line.
    pub fn properties_text(self, text: &str) -> Result<Self, OptionsError> {
        let properties = Properties::parse(text)?;
        let settings = properties.iter();
        Ok(settings.fold(self, |all, (name, value)| all.producer(name, value)))
    }

    /// Writes the `value` column as JSON, as Spark's `to_json` does: a column of structs, maps or
    /// lists, whose bytes go straight into the records. Null is a tombstone.
    #[must_use]
    pub fn json_value(self, json: JsonOptions) -> Self {
        Self {
            json: Some(json),
            ..self
        }
    }

    /// The topic for all rows, without the white space around it.
    pub fn topic_option(&self) -> Option<&str> {
        self.value(TOPIC).map(str::trim)
    }

    /// Names and values as they were typed, by name. Values may be secrets.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .values()
            .map(|setting| (setting.name.as_str(), setting.value.as_str()))
    }

    /// How values are written as JSON, if they are.
    pub(crate) fn json(&self) -> Option<&JsonOptions> {
        self.json.as_ref()
    }

    /// The topic for all rows, without the white space around it.
    ///
    /// # Errors
    /// A name that Kafka does not allow.
    pub fn checked_topic(&self) -> Result<Option<&str>, OptionsError> {
        self.topic_option().map(valid_topic).transpose()
    }

    /// Whether a `timestamp` column is written.
    pub(crate) fn timestamp_included(&self) -> Result<bool, OptionsError> {
        self.flag(INCLUDE_TIMESTAMP)
    }

    /// The producer's settings; names that nobody knows are refused here.
    pub(crate) fn producer_settings(&self) -> Result<ProducerSettings, OptionsError> {
        self.flag(INCLUDE_HEADERS)?;
        self.refuse_unknown(&[])?;
        Ok(ProducerSettings::from_properties(&self.properties())?)
    }

    /// Refuses names that nobody knows; of these options too, one is suggested.
    pub(crate) fn refuse_unknown(&self, others: &[OptionRule]) -> Result<(), OptionsError> {
        let is_unknown = |lower: &str| property(lower).is_none() && rule(lower).is_none();
        match self.values.iter().find(|(lower, _)| is_unknown(lower)) {
            Some((_, setting)) => Err(unknown(&setting.name, others)),
            None => Ok(()),
        }
    }

    /// Settings of Kafka and of our client, under the names that clients know.
    pub(crate) fn properties(&self) -> Properties {
        let mut properties = Properties::new();
        for (lower, setting) in &self.values {
            if let Some(name) = property(lower) {
                properties.set(name, &setting.value);
            }
        }
        properties
    }

    /// Takes an option away, if it was set.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let setting = self.values.remove(&name.to_ascii_lowercase());
        setting.map(|setting| setting.value)
    }

    /// Whether headers are asked for.
    pub(crate) fn headers_included(&self) -> Result<bool, OptionsError> {
        match self.value(INCLUDE_HEADERS) {
            Some(_) => self.flag(INCLUDE_HEADERS),
            None => Ok(true),
        }
    }

    /// How long the producer is kept when the write is over.
    pub(crate) fn pool_options(&self) -> Result<PoolOptions, OptionsError> {
        let default = PoolOptions::default();
        let timeout = self.time(TIMEOUT, SPARK_TIMEOUT, parse_timeout)?;
        let interval = self.time(
            EVICTOR_INTERVAL,
            SPARK_EVICTOR_INTERVAL,
            parse_evictor_interval,
        )?;
        Ok(PoolOptions {
            timeout: timeout.unwrap_or(default.timeout),
            evictor_interval: interval.unwrap_or(default.evictor_interval),
        })
    }

    /// An option that has two names.
    fn time<T>(
        &self,
        ours: &'static str,
        sparks: &'static str,
        parse: fn(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, OptionsError> {
        let (name, value) = match (self.value(ours), self.value(sparks)) {
            (Some(value), Some(other)) if value.trim() != other.trim() => {
                return Err(OptionsError::InvalidValue {
                    name: sparks,
                    value: other.into(),
                    reason: "the same option has another value under tokafka's name: set one of them",
                });
            }
            (Some(value), _) => (ours, value),
            (None, Some(value)) => (sparks, value),
            (None, None) => return Ok(None),
        };
        let parsed = parse(value).map_err(|reason| OptionsError::InvalidValue {
            name,
            value: value.into(),
            reason,
        })?;
        Ok(Some(parsed))
    }

    fn flag(&self, name: &'static str) -> Result<bool, OptionsError> {
        let value = self.value(name).map_or("false", str::trim);
        match value.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(OptionsError::InvalidValue {
                name,
                value: value.into(),
                reason: "must be true or false",
            }),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values
            .get(&name.to_ascii_lowercase())
            .map(|setting| setting.value.as_str())
    }
}

impl fmt::Debug for WriteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self
            .values
            .iter()
            .map(|(lower, setting)| (&setting.name, shown(lower, setting)));
        f.debug_map().entries(shown).finish()
    }
}

/// A misspelt name may hide a secret, so only what is known not to be one is shown.
fn shown<'a>(lower: &str, setting: &'a Setting) -> &'a str {
    let known = match property(lower) {
        Some(name) => settings::rule(name).is_some_and(|rule| !rule.secret),
        None => rule(lower).is_some(),
    };
    if known { &setting.value } else { "[redacted]" }
}

/// The producer's name of a setting, if it is one.
fn property(lower: &str) -> Option<&str> {
    if rule(lower).is_some() {
        return None;
    }
    lower
        .strip_prefix(KAFKA)
        .or_else(|| lower.starts_with(TOKAFKA).then_some(lower))
}

fn rule(lower: &str) -> Option<&'static OptionRule> {
    OPTIONS
        .iter()
        .find(|rule| rule.name.eq_ignore_ascii_case(lower))
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn unknown(name: &str, others: &[OptionRule]) -> OptionsError {
    OptionsError::Unknown {
        name: name.into(),
        nearest: nearest_option(name, OPTIONS.iter().chain(others)),
    }
}

/// The option that was probably meant by a name that nobody knows: one of these, or one of Kafka's
/// settings, with or without its prefix.
pub fn nearest_option<'a>(
    name: &str,
    rules: impl IntoIterator<Item = &'a OptionRule>,
) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let ours = rules.into_iter();
    let ours = ours.map(|rule| (rule.name, rule.name.to_owned()));
    let kafkas = settings::RULES
        .iter()
        .map(|rule| (rule.name, format!("{KAFKA}{}", rule.name)));
    ours.chain(kafkas)
        .map(|(name, full)| {
            (
                strsim::jaro_winkler(&lower, &name.to_ascii_lowercase()),
                full,
            )
        })
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, full)| full)
}

fn valid_topic(name: &str) -> Result<&str, OptionsError> {
    match broken_name_rule(name) {
        None => Ok(name),
        Some(reason) => Err(OptionsError::InvalidTopic {
            name: name.into(),
            reason,
        }),
    }
}

mod maps;
#[cfg(test)]
mod tests;
