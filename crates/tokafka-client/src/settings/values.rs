use super::{
    kind::parse_boolean,
    lookup::{nearest, rule},
    properties::{Properties, REDACTED},
    rule::{Effect, Rule},
};
use crate::error::SettingsError;
use std::time::Duration;

/// Longer than any wait, and short enough to be added to an instant.
pub(super) const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Properties that passed the rules, read by type. A property that is not set has its default.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    properties: &'a Properties,
}

impl<'a> Values<'a> {
    /// Checks the name and the value of every property that is set.
    pub(super) fn check(properties: &'a Properties) -> Result<Self, SettingsError> {
        for (name, value) in properties.iter() {
            check_property(name, value)?;
        }
        Ok(Self { properties })
    }

    pub(super) fn is_set(self, rule: &Rule) -> bool {
        self.properties.get(rule.name).is_some()
    }

    /// Without white space around it.
    pub(super) fn text(self, rule: &Rule) -> &'a str {
        self.properties
            .get(rule.name)
            .unwrap_or(rule.default)
            .trim()
    }

    pub(super) fn boolean(self, rule: &Rule) -> Result<bool, SettingsError> {
        let text = self.text(rule);
        parse_boolean(text).map_err(|reason| invalid(rule, text, reason))
    }

    pub(super) fn number(self, rule: &Rule) -> Result<i64, SettingsError> {
        let text = self.text(rule);
        rule.kind
            .parse_number(text)
            .map_err(|reason| invalid(rule, text, reason))
    }

    /// A number of milliseconds; a negative one means for ever.
    pub(super) fn millis(self, rule: &Rule) -> Result<Duration, SettingsError> {
        let millis = u64::try_from(self.number(rule)?);
        Ok(millis.map_or(FOREVER, |millis| Duration::from_millis(millis).min(FOREVER)))
    }

    /// A number of bytes, or of things. It is not negative: the rule's bounds see to that.
    pub(super) fn size(self, rule: &Rule) -> Result<usize, SettingsError> {
        Ok(usize::try_from(self.number(rule)?).unwrap_or(usize::MAX))
    }

    /// A number of bytes, where a negative one means that the system chooses.
    pub(super) fn optional_size(self, rule: &Rule) -> Result<Option<usize>, SettingsError> {
        Ok(usize::try_from(self.number(rule)?).ok())
    }
}

/// The error for a value of a property, without the value if it is a secret.
pub(super) fn invalid(rule: &Rule, value: &str, reason: String) -> SettingsError {
    let value = if rule.secret { REDACTED } else { value };
    SettingsError::InvalidValue {
        name: rule.name.to_owned(),
        value: value.to_owned(),
        reason,
    }
}

fn check_property(name: &str, value: &str) -> Result<(), SettingsError> {
    let Some(rule) = rule(name) else {
        return Err(SettingsError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name),
        });
    };
    match rule.effect {
        Effect::Applies | Effect::None => rule
            .kind
            .check(value.trim())
            .map_err(|reason| invalid(rule, value, reason)),
        Effect::Refused(instead) => Err(SettingsError::Refused {
            name: name.to_owned(),
            instead: instead.to_owned(),
        }),
    }
}
