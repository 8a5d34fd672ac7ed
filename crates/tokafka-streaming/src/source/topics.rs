//! Which topics are read.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde::Deserialize;
use tokafka_client::cluster::broken_name_rule;

use super::{
    given::{Given, invalid},
    rules::{ASSIGN, SUBSCRIBE, SUBSCRIBE_PATTERN},
};
use crate::SourceError;

/// What is read: Spark's `ConsumerStrategy`.
#[derive(Debug, Clone)]
pub(super) enum TopicChoice {
    /// Topics, in the order in which they were given.
    Subscribe(Vec<String>),
    /// Topics in whose name it is found.
    Pattern(Regex),
    /// Partitions.
    Assign(BTreeMap<String, BTreeSet<i32>>),
}

impl TopicChoice {
    pub(super) fn new(given: &Given) -> Result<Self, SourceError> {
        let names = [SUBSCRIBE, SUBSCRIBE_PATTERN, ASSIGN];
        let how_many = |how_many| {
            let names = names.join(", ").to_ascii_lowercase();
            SourceError::Option(format!(
                "{how_many} specified for Kafka source: {names}. See the docs for more details."
            ))
        };
        match names.map(|name| given.get(name)) {
            [None, None, None] => Err(how_many("One of the following options must be")),
            [Some(topics), None, None] => subscribe(topics),
            [None, Some(pattern), None] => subscribe_pattern(pattern),
            [None, None, Some(partitions)] => assign(partitions),
            [_, _, _] => Err(how_many("Only one of the following options can be")),
        }
    }

    /// Whether topics come and go, so that none has to be there.
    pub(super) fn is_pattern(&self) -> bool {
        matches!(self, Self::Pattern(_))
    }

    /// Whether a topic can be among them.
    pub(super) fn has_topic(&self, topic: &str) -> bool {
        match self {
            Self::Subscribe(topics) => topics.iter().any(|named| named == topic),
            Self::Pattern(pattern) => pattern.is_match(topic),
            Self::Assign(assigned) => assigned.contains_key(topic),
        }
    }

    /// Whether a partition of a topic is among them, if the topic is.
    pub(super) fn has_partition(&self, topic: &str, partition: i32) -> bool {
        match self {
            Self::Subscribe(_) | Self::Pattern(_) => true,
            Self::Assign(assigned) => assigned
                .get(topic)
                .is_some_and(|partitions| partitions.contains(&partition)),
        }
    }

    /// The first assigned partition of a topic that it does not have.
    pub(super) fn first_without(&self, topic: &str, has: impl Fn(i32) -> bool) -> Option<i32> {
        let Self::Assign(assigned) = self else {
            return None;
        };
        let mut wanted = assigned.get(topic)?.iter().copied();
        wanted.find(|partition| !has(*partition))
    }

    /// As Spark calls a source.
    pub(super) fn description(&self) -> String {
        match self {
            Self::Subscribe(topics) => format!("KafkaV2[Subscribe[{}]]", topics.join(", ")),
            Self::Pattern(pattern) => format!("KafkaV2[SubscribePattern[{pattern}]]"),
            Self::Assign(assigned) => {
                let partitions = assigned.iter().flat_map(|(topic, partitions)| {
                    partitions
                        .iter()
                        .map(move |number| format!("{topic}-{number}"))
                });
                let partitions: Vec<_> = partitions.collect();
                format!("KafkaV2[Assign[{}]]", partitions.join(", "))
            }
        }
    }
}

fn subscribe(value: &str) -> Result<TopicChoice, SourceError> {
    let mut topics = Vec::new();
    for topic in value.split(',').map(str::trim) {
        if !topic.is_empty() && !topics.iter().any(|known| known == topic) {
            checked(SUBSCRIBE, topic)?;
            topics.push(topic.to_owned());
        }
    }
    match topics.is_empty() {
        false => Ok(TopicChoice::Subscribe(topics)),
        true => Err(SourceError::Option(format!(
            "No topics to subscribe to as specified value for option 'subscribe' is '{value}'"
        ))),
    }
}

fn subscribe_pattern(value: &str) -> Result<TopicChoice, SourceError> {
    let pattern = value.trim();
    if pattern.is_empty() {
        return Err(SourceError::Option(format!(
            "Pattern to subscribe is empty as specified value for option 'subscribePattern' is '{value}'"
        )));
    }
    let pattern = Regex::new(pattern);
    let pattern = pattern.map_err(|error| invalid(SUBSCRIBE_PATTERN, value, error))?;
    Ok(TopicChoice::Pattern(pattern))
}

fn assign(value: &str) -> Result<TopicChoice, SourceError> {
    if !value.trim_start().starts_with('{') {
        return Err(SourceError::Option(format!(
            "No topicpartitions to assign as specified value for option 'assign' is '{value}'"
        )));
    }
    let wrong = |reason: String| {
        SourceError::Option(format!(
            "Expected e.g. {{\"topicA\":[0,1],\"topicB\":[0,1]}}, got {value} (option assign: {reason})"
        ))
    };
    let mut json = serde_json::Deserializer::from_str(value);
    let assigned = BTreeMap::<String, BTreeSet<u16>>::deserialize(&mut json);
    let assigned = assigned.map_err(|error| wrong(error.to_string()))?;
    for (topic, partitions) in &assigned {
        checked(ASSIGN, topic)?;
        if partitions.is_empty() {
            return Err(wrong(format!("topic {topic} has no partitions")));
        }
    }
    if assigned.is_empty() {
        return Err(wrong("it names no topic".to_owned()));
    }
    let wide = |partitions: BTreeSet<u16>| partitions.into_iter().map(i32::from).collect();
    let assigned = assigned.into_iter();
    Ok(TopicChoice::Assign(
        assigned.map(|(topic, each)| (topic, wide(each))).collect(),
    ))
}

fn checked(option: &'static str, topic: &str) -> Result<(), SourceError> {
    match broken_name_rule(topic) {
        None => Ok(()),
        Some(reason) => Err(SourceError::Option(format!(
            "Invalid topics: [{topic}]: {reason} (option {option})"
        ))),
    }
}
