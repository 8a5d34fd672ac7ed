//! What the texts of `startingOffsets` and its like mean.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Place, error::RangeError};

/// A place in every partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Places {
    /// The same for all.
    All(Place),
    /// One for each partition.
    Each(BTreeMap<i32, Place>),
}

/// Which of the two ends of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Start,
    Stop,
}

impl End {
    /// The place that the end of a bounded range cannot be.
    fn forbidden(self) -> Place {
        match self {
            Self::Start => Place::Latest,
            Self::Stop => Place::Earliest,
        }
    }
}

/// A text that is one option's value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) option: &'static str,
    pub(super) value: &'a str,
    /// The topic that is read.
    pub(super) topic: &'a str,
}

impl Text<'_> {
    /// `earliest`, `latest`, or JSON with an offset for each partition.
    pub(super) fn offsets(self, end: End) -> Result<Places, RangeError> {
        if let Some(place) = Place::of_word(self.value.trim()) {
            return self.everywhere(place, end);
        }
        let partitions = self.partitions()?;
        if let Some(place) = partitions.as_str().and_then(Place::of_word) {
            return self.everywhere(place, end);
        }
        let each = self.each(&partitions, Place::of_number)?;
        match each.iter().find(|(_, place)| **place == end.forbidden()) {
            None => Ok(Places::Each(each)),
            Some((partition, _)) => Err(self.wrong(match end {
                End::Start => format!(
                    "startingOffsets for {}-{partition} can't be latest for batch queries on Kafka",
                    self.topic
                ),
                End::Stop => format!(
                    "ending offset for {}-{partition} can't be earliest for batch queries on Kafka",
                    self.topic
                ),
            })),
        }
    }

    /// One time for all partitions, in milliseconds.
    pub(super) fn time(self) -> Result<Places, RangeError> {
        let value = self.value.trim();
        let millis = value.parse().ok().filter(|millis| *millis >= 0);
        let millis = millis.ok_or_else(|| {
            self.wrong(format!(
                "Expected a single long value, got {value}: milliseconds since 1970, as 1700000000000"
            ))
        })?;
        Ok(Places::All(Place::Time(millis)))
    }

    /// JSON with a time for each partition.
    pub(super) fn times(self) -> Result<Places, RangeError> {
        let time = |millis| (millis >= 0).then_some(Place::Time(millis));
        self.each(&self.partitions()?, time).map(Places::Each)
    }

    fn everywhere(self, place: Place, end: End) -> Result<Places, RangeError> {
        match (place == end.forbidden(), end) {
            (false, _) => Ok(Places::All(place)),
            (true, End::Start) => {
                Err(self.wrong("starting offset can't be latest for batch queries on Kafka"))
            }
            (true, End::Stop) => {
                Err(self.wrong("ending offset can't be earliest for batch queries on Kafka"))
            }
        }
    }

    /// What the JSON says of the topic. What stands behind the JSON is not looked at, as in Spark.
    fn partitions(self) -> Result<Value, RangeError> {
        let first = serde_json::Deserializer::from_str(self.value)
            .into_iter()
            .next();
        let Some(Ok(Value::Object(mut topics))) = first else {
            return Err(self.no_json());
        };
        let partitions = topics.remove(self.topic);
        match topics.keys().next() {
            Some(other) => Err(self.wrong(format!(
                "topic {other} is not read: this table reads {}",
                self.topic
            ))),
            None => partitions.ok_or_else(|| self.no_json()),
        }
    }

    /// Numbers may be texts, as in Spark.
    fn each(
        self,
        partitions: &Value,
        place: impl Fn(i64) -> Option<Place>,
    ) -> Result<BTreeMap<i32, Place>, RangeError> {
        let partitions = partitions.as_object().ok_or_else(|| self.no_json())?;
        let pairs = partitions.iter().map(|(partition, value)| {
            let partition = partition.parse().ok().filter(|number| *number >= 0)?;
            Some((partition, place(number(value)?)?))
        });
        let each: Option<_> = pairs.collect();
        each.ok_or_else(|| self.no_json())
    }

    fn no_json(self) -> RangeError {
        self.wrong(format!(
            "Expected e.g. {{\"{topic}\":{{\"0\":23,\"1\":7}}}}, got {value}",
            topic = self.topic,
            value = self.value
        ))
    }

    fn wrong(self, reason: impl Into<String>) -> RangeError {
        RangeError::Place {
            option: self.option,
            reason: reason.into(),
        }
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Text<'_> {
        Text {
            option: "startingOffsets",
            value,
            topic: "t",
        }
    }

    fn each(places: &[(i32, Place)]) -> Places {
        Places::Each(places.iter().copied().collect())
    }

    #[test]
    fn offsets_are_a_word_or_json() {
        let cases = [
            (" EARLIEST ", Places::All(Place::Earliest)),
            (r#"{"t":"earliest"}"#, Places::All(Place::Earliest)),
            (
                r#"{"t":{"0":-2,"10":"5"}} and more"#,
                each(&[(0, Place::Earliest), (10, Place::Offset(5))]),
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(
                text(value).offsets(End::Start).unwrap(),
                expected,
                "{value}"
            );
        }
        let latest = text(r#"{"t":{"0":-1}}"#).offsets(End::Stop).unwrap();
        assert_eq!(latest, each(&[(0, Place::Latest)]));
    }

    #[test]
    fn what_is_no_place_is_refused_with_an_example() {
        for value in [
            "",
            "7",
            "{",
            "[]",
            "{}",
            r#"{"t":7}"#,
            r#"{"t":"now"}"#,
            r#"{"t":{"0":-3}}"#,
            r#"{"t":{"-1":3}}"#,
            r#"{"t":{"0":true}}"#,
            r#"{"t":{"0":1.5}}"#,
        ] {
            let error = text(value).offsets(End::Start).unwrap_err().to_string();
            assert!(
                error.starts_with("Expected e.g. {\"t\":{"),
                "{value}: {error}"
            );
        }
    }

    #[test]
    fn times_are_not_negative() {
        let times = text(r#"{"t":{"0":"1000"}}"#).times().unwrap();
        assert_eq!(times, each(&[(0, Place::Time(1000))]));
        assert_eq!(text(" 5 ").time().unwrap(), Places::All(Place::Time(5)));
        assert!(text(r#"{"t":{"0":-1}}"#).times().is_err());
        assert!(text(r#"{"t":"latest"}"#).times().is_err());
        assert!(text("-5").time().is_err());
    }
}
