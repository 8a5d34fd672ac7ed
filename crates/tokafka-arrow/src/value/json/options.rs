//! The options of `to_json`, under Spark's names.

use super::{
    pattern::{Parts, Pattern},
    zone::Zone,
};
use crate::error::OptionsError;

/// How JSON is written: Spark's options of `to_json`, with Spark's defaults.
///
/// Checked when they are set, so that what holds them can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonOptions {
    pub(super) null_fields: NullFields,
    pub(super) timestamp: Pattern,
    pub(super) timestamp_ntz: Pattern,
    pub(super) date: Pattern,
    pub(super) zone: Zone,
}

/// What becomes of fields that are null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NullFields {
    Ignored,
    Written,
}

const IGNORE_NULL_FIELDS: &str = "ignoreNullFields";
const TIMESTAMP_FORMAT: &str = "timestampFormat";
const TIMESTAMP_NTZ_FORMAT: &str = "timestampNTZFormat";
const DATE_FORMAT: &str = "dateFormat";
const TIME_ZONE: &str = "timeZone";
const NAMES: [&str; 5] = [
    IGNORE_NULL_FIELDS,
    TIMESTAMP_FORMAT,
    TIMESTAMP_NTZ_FORMAT,
    DATE_FORMAT,
    TIME_ZONE,
];

impl Default for JsonOptions {
    fn default() -> Self {
        let known = |pattern, parts| Pattern::parse(pattern, parts).unwrap_or_default();
        Self {
            null_fields: NullFields::Ignored,
            timestamp: known("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]", Parts::DateTimeAndZone),
            timestamp_ntz: known("yyyy-MM-dd'T'HH:mm:ss[.SSS]", Parts::DateAndTime),
            date: known("yyyy-MM-dd", Parts::Date),
            zone: Zone::utc(),
        }
    }
}

impl JsonOptions {
    /// Spark's defaults: null fields are left out, times are shown in UTC with milliseconds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an option by its name, whose case does not matter:
    ///
    /// - `ignoreNullFields`: leave out fields of structs that are null; `true`.
    /// - `timestampFormat`: a pattern for timestamps with a time zone;
    ///   `yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]`.
    /// - `timestampNTZFormat`: a pattern for timestamps without one;
    ///   `yyyy-MM-dd'T'HH:mm:ss[.SSS]`.
    /// - `dateFormat`: a pattern for dates; `yyyy-MM-dd`.
    /// - `timeZone`: where clocks are read for timestamps with a time zone, whatever that zone is,
    ///   as with Spark's session time zone: `Europe/Berlin`, `+01:00`; `UTC`.
    ///
    /// Patterns are Java's, in English: the letters `G y M L d D Q q E a h K k H m s S V X x Z O`,
    /// text in quotes, optional sections in brackets.
    ///
    /// # Errors
    /// A name that is none of these, or a value that the option does not take. A letter of a
    /// pattern is refused by its position.
    pub fn set(mut self, name: &str, value: &str) -> Result<Self, OptionsError> {
        match NAMES
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(name))
        {
            Some(IGNORE_NULL_FIELDS) => self.null_fields = null_fields(value)?,
            Some(name @ TIMESTAMP_FORMAT) => {
                self.timestamp = pattern(name, value, Parts::DateTimeAndZone)?;
            }
            Some(name @ TIMESTAMP_NTZ_FORMAT) => {
                self.timestamp_ntz = pattern(name, value, Parts::DateAndTime)?;
            }
            Some(name @ DATE_FORMAT) => self.date = pattern(name, value, Parts::Date)?,
            Some(TIME_ZONE) => self.zone = zone(value)?,
            Some(_) | None => return Err(OptionsError::UnknownJson { name: name.into() }),
        }
        Ok(self)
    }
}

fn null_fields(value: &str) -> Result<NullFields, OptionsError> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(NullFields::Ignored),
        "false" => Ok(NullFields::Written),
        _ => Err(invalid(IGNORE_NULL_FIELDS, value, "must be true or false")),
    }
}

fn pattern(name: &'static str, value: &str, parts: Parts) -> Result<Pattern, OptionsError> {
    Pattern::parse(value, parts).map_err(|error| OptionsError::InvalidPattern {
        name,
        pattern: value.into(),
        position: error.position,
        reason: error.reason,
    })
}

fn zone(value: &str) -> Result<Zone, OptionsError> {
    let reason = "must be a region like Europe/Berlin or an offset like +01:00";
    Zone::parse(value.trim()).ok_or_else(|| invalid(TIME_ZONE, value, reason))
}

fn invalid(name: &'static str, value: &str, reason: &'static str) -> OptionsError {
    OptionsError::InvalidValue {
        name,
        value: value.into(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_unknown_ones_are_refused() {
        let set = JsonOptions::new().set("IGNORENULLFIELDS", "False").unwrap();
        assert_eq!(set.null_fields, NullFields::Written);
        let error = JsonOptions::new().set("pretty", "true").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Unknown option pretty of to_json: options are ignoreNullFields, timestampFormat, \
             timestampNTZFormat, dateFormat, timeZone"
        );
    }

    #[test]
    fn a_value_that_is_not_taken_is_named_with_its_option() {
        let cases = [
            (
                IGNORE_NULL_FIELDS,
                "yes",
                "Invalid value yes for option ignoreNullFields: must be true or false",
            ),
            (
                TIME_ZONE,
                "Berlin",
                "Invalid value Berlin for option timeZone: must be a region like Europe/Berlin or \
                 an offset like +01:00",
            ),
            (
                DATE_FORMAT,
                "dd/MM/yyyy HH",
                "Invalid pattern dd/MM/yyyy HH of option dateFormat, at character 12: H is part of \
                 a time, and a date has none",
            ),
        ];
        for (name, value, text) in cases {
            let error = JsonOptions::new().set(name, value).unwrap_err();
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn the_default_patterns_are_patterns() {
        let empty = Pattern::default();
        let options = JsonOptions::default();
        for pattern in [options.timestamp, options.timestamp_ntz, options.date] {
            assert_ne!(pattern, empty);
        }
    }
}
