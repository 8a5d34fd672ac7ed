//! Options as they were given, by name.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use tokafka_arrow::{OptionRule, READ_OPTIONS, nearest_option};
use tokafka_client::settings::{FetchSettings, Properties, Rule, rule};

use super::rules::{BATCH_ONLY, FORBIDDEN, STREAM_ONLY, STREAM_OPTIONS};
use crate::SourceError;

/// Values by lower-case name; of one that was given twice the last.
#[derive(Clone)]
pub(super) struct Given(BTreeMap<String, String>);

/// What options are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Stream,
    /// A read that ends.
    Batch,
}

impl Given {
    /// Refuses names that nobody knows, and those that such a read cannot have.
    pub(super) fn new(given: &[(String, String)], reading: Reading) -> Result<Self, SourceError> {
        let mut values = BTreeMap::new();
        for (name, value) in given {
            let lower = name.to_ascii_lowercase();
            let refused = reading.cannot_have().iter().chain(&FORBIDDEN);
            let mut refused = refused.filter(|(option, _)| option.eq_ignore_ascii_case(name));
            if let Some((_, reason)) = refused.next() {
                return Err(SourceError::Option((*reason).to_owned()));
            }
            let mut rules = reading.rules();
            if !rules.any(|rule| rule.name.eq_ignore_ascii_case(name)) && property(&lower).is_none()
            {
                return Err(reading.unknown(name));
            }
            if reading == Reading::Batch
                && let Some(option) = STREAM_ONLY.iter().find(|of| of.eq_ignore_ascii_case(name))
            {
                tracing::warn!("{option} option is ignored in batch queries");
            }
            values.insert(lower, value.clone());
        }
        Ok(Self(values))
    }

    /// The value as it was given.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// A number, or another value that is read from its text.
    pub(super) fn parse<T: FromStr>(
        &self,
        name: &'static str,
        what: &'static str,
    ) -> Result<Option<T>, SourceError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let parsed = value.trim().parse();
        let parsed = parsed.map_err(|_| invalid(name, value, format!("must be {what}")))?;
        Ok(Some(parsed))
    }

    /// A whole number above zero.
    pub(super) fn positive<T: FromStr + PartialOrd + Default>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, SourceError> {
        match self.parse(name, "a whole number")? {
            Some(number) if number <= T::default() => {
                Err(SourceError::Option(format!("{name} must be positive")))
            }
            number => Ok(number),
        }
    }

    /// True for the second of two words; the first is the default. Case does not matter.
    pub(super) fn choice(
        &self,
        name: &'static str,
        [first, second]: [&'static str; 2],
    ) -> Result<bool, SourceError> {
        let value = self.get(name).map_or(first, str::trim);
        match (
            value.eq_ignore_ascii_case(first),
            value.eq_ignore_ascii_case(second),
        ) {
            (true, _) => Ok(false),
            (false, true) => Ok(true),
            (false, false) => Err(invalid(name, value, format!("must be {first} or {second}"))),
        }
    }

    /// Kafka's settings, and those of our client.
    pub(super) fn settings(&self) -> Result<FetchSettings, SourceError> {
        let servers = "kafka.bootstrap.servers";
        if self.get(servers).is_none() {
            return Err(SourceError::Option(format!(
                "Option '{servers}' must be specified for configuring Kafka consumer"
            )));
        }
        let mut properties = Properties::new();
        for (lower, value) in &self.0 {
            if let Some(name) = property(lower) {
                properties.set(name, value);
            }
        }
        FetchSettings::from_properties(&properties)
            .map_err(|error| SourceError::Option(error.to_string()))
    }
}

/// The name by which the client knows a setting, if it is one. Of Kafka's the client says what is unknown.
fn property(lower: &str) -> Option<&str> {
    let kafkas = lower.strip_prefix("kafka.");
    kafkas.or_else(|| rule(lower).is_some_and(is_ours).then_some(lower))
}

fn is_ours(rule: &Rule) -> bool {
    rule.name.starts_with("tokafka.")
}

impl Reading {
    /// Names, and what to say of them.
    fn cannot_have(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Stream => &BATCH_ONLY,
            Self::Batch => &[],
        }
    }

    fn rules(self) -> impl Iterator<Item = &'static OptionRule> {
        let bounded = match self {
            Self::Stream => &[],
            Self::Batch => READ_OPTIONS,
        };
        bounded.iter().chain(STREAM_OPTIONS)
    }

    fn unknown(self, name: &str) -> SourceError {
        let nearest = nearest_option(name, self.rules());
        let hint = nearest.map_or_else(String::new, |nearest| format!(", did you mean {nearest}?"));
        SourceError::Option(format!(
            "Unknown option {name}{hint}: options are those of Spark's Kafka source, and Kafka's own settings \
             as kafka.<name>"
        ))
    }
}

pub(super) fn invalid(name: &str, value: &str, reason: impl Display) -> SourceError {
    SourceError::Option(format!("Invalid value {value} for option {name}: {reason}"))
}
