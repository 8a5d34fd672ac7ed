use super::{lookup::rule, properties_text};
use crate::error::SettingsError;
use std::{
    collections::BTreeMap,
    fmt::{self, Debug},
};

/// Stands for the value of a secret wherever one would be shown.
pub(super) const REDACTED: &str = "[redacted]";

/// Properties as a user wrote them, by name. What is set last wins. Nothing is checked here.
///
/// `Debug` shows the values of known properties that are not secret and `[redacted]` for all others.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Properties {
    values: BTreeMap<String, String>,
}

impl Properties {
    /// No properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a property, replacing what was set before.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// The value that was set, as it was written.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Names and values, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Parses a Java `.properties` text, as Kafka's own tools take it. A malformed `\u` escape is an
    /// error that names its line.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        Ok(Self {
            values: properties_text::parse(text)?.into_iter().collect(),
        })
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Properties {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let values = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self { values }
    }
}

impl Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |name| rule(name).is_some_and(|rule| !rule.secret);
        let pairs = self
            .iter()
            .map(|(name, value)| (name, if shown(name) { value } else { REDACTED }));
        f.debug_map().entries(pairs).finish()
    }
}
