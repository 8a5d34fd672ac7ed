//! Offsets from and to Spark's JSON.

use std::{collections::BTreeMap, fmt::Write as _, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use super::{SourceOffsets, order};

/// A text that is not offsets, in Spark's words.
#[derive(Debug, thiserror::Error)]
#[error(
    r#"Expected e.g. {{"topicA":{{"0":23,"1":-1}},"topicB":{{"0":-2}}}}, got {text} ({problem})"#
)]
pub struct OffsetsJsonError {
    text: String,
    problem: serde_json::Error,
}

impl FromStr for SourceOffsets {
    type Err = OffsetsJsonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Not `serde_json::from_str`, which looks at what comes after the last brace.
        let mut reader = serde_json::Deserializer::from_str(text);
        let topics = BTreeMap::<String, BTreeMap<i32, Long>>::deserialize(&mut reader);
        let topics = topics.map_err(|problem| OffsetsJsonError {
            text: text.to_owned(),
            problem,
        })?;
        let plain = |partitions: BTreeMap<i32, Long>| {
            let offsets = partitions.into_iter();
            offsets
                .map(|(partition, Long(offset))| (partition, offset))
                .collect()
        };
        // Spark's keys are partitions: a topic that has none is not there.
        let topics = topics
            .into_iter()
            .filter(|(_, partitions)| !partitions.is_empty());
        let topics = topics.map(|(topic, partitions)| (topic, plain(partitions)));
        Ok(Self(topics.collect()))
    }
}

impl SourceOffsets {
    /// Spark's text, in Spark's order: `{"orders":{"0":120,"1":98}}`.
    pub fn to_json(&self) -> String {
        let mut topics = Vec::with_capacity(self.0.len());
        for (topic, partitions) in order::topics(&self.0) {
            let mut text = serde_json::Value::from(topic).to_string();
            text.push_str(":{");
            for (index, (partition, offset)) in order::partitions(partitions).enumerate() {
                let comma = if index == 0 { "" } else { "," };
                // Writing to a string cannot fail.
                let _ = write!(text, "{comma}\"{partition}\":{offset}");
            }
            text.push('}');
            topics.push(text);
        }
        format!("{{{}}}", topics.join(","))
    }
}

/// A whole number as Spark reads it: also as a string, and a decimal is cut off.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Long(pub(crate) i64);

impl<'de> Deserialize<'de> for Long {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let value = match serde_json::from_str::<String>(text) {
            Ok(quoted) => quoted.parse().ok(),
            Err(_) => whole(text),
        };
        value
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{text} is not a whole number of 64 bits")))
    }
}

/// The whole part of a JSON number.
fn whole(text: &str) -> Option<i64> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    match text.split_once('.') {
        Some((integer, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            integer.parse().ok()
        }
        _ => from_float(text.parse().ok()?),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the bounds are looked at before"
)]
fn from_float(value: f64) -> Option<i64> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    (-BOUND..BOUND).contains(&value).then_some(value as i64)
}
