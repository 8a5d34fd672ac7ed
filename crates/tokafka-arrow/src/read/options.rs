//! The options of a read, under Spark's names.

use std::collections::BTreeMap;

use tokafka_client::settings::FetchSettings;

use super::{
    error::RangeError,
    range::{
        FAIL_ON_LOSS, RangeOptions, START, START_TIME, START_TIMES, STOP, STOP_TIME, STOP_TIMES,
        STRATEGY,
    },
};
use crate::{
    error::OptionsError,
    options::{OptionRule, WriteOptions},
};

/// Every option of a read that is not Kafka's (`kafka.*`), our client's (`tokafka.*`) or one of
/// [`OPTIONS`](crate::OPTIONS).
pub const READ_OPTIONS: &[OptionRule] = &[
    OptionRule {
        name: START,
        meaning: "Where a read begins: earliest, or JSON with an offset for each partition, -2 for earliest: {\"orders\":{\"0\":23,\"1\":-2}}.",
        default: "earliest",
        in_spark: true,
    },
    OptionRule {
        name: STOP,
        meaning: "Where a read ends, this offset excluded: latest, or JSON with an offset for each partition, -1 for latest.",
        default: "latest: the end as it is when the query is planned",
        in_spark: true,
    },
    OptionRule {
        name: START_TIME,
        meaning: "A read begins at the first record of each partition that is at least as late, in milliseconds since 1970. Wins over the other startings.",
        default: "none",
        in_spark: true,
    },
    OptionRule {
        name: STOP_TIME,
        meaning: "A read ends before the first record of each partition that is at least as late, in milliseconds since 1970. Wins over the other endings.",
        default: "none",
        in_spark: true,
    },
    OptionRule {
        name: START_TIMES,
        meaning: "As startingTimestamp, with a time for each partition: {\"orders\":{\"0\":1700000000000}}. Wins over startingOffsets.",
        default: "none",
        in_spark: true,
    },
    OptionRule {
        name: STOP_TIMES,
        meaning: "As endingTimestamp, with a time for each partition. Wins over endingOffsets.",
        default: "none",
        in_spark: true,
    },
    OptionRule {
        name: STRATEGY,
        meaning: "What to do with a partition that has no record as late as the starting time: error, or latest: nothing of it is read.",
        default: "error",
        in_spark: true,
    },
    OptionRule {
        name: FAIL_ON_LOSS,
        meaning: "Whether a read fails if the log does not have the offsets that were asked for; else what is there is read.",
        default: "true",
        in_spark: true,
    },
];

/// Spark's options that say which topic to read.
const TOPICS: [&str; 3] = ["subscribe", "subscribePattern", "assign"];

/// Which records of a topic are read: Spark's names and meanings, checked.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// `None` if rows name their topics: such a table is only written.
    pub(super) topic: Option<String>,
    settings: FetchSettings,
    headers: bool,
    pub(super) range: RangeOptions,
}

impl ReadOptions {
    /// Takes the options of reading away from those of a table that is read and written; what is left are
    /// those of writing. Opens nothing.
    ///
    /// # Errors
    /// [`RangeError::Options`] and [`RangeError::Place`].
    pub fn take_from(options: &mut WriteOptions) -> Result<Self, RangeError> {
        refuse_topics(options)?;
        let mut given = BTreeMap::new();
        for rule in READ_OPTIONS {
            if let Some(value) = options.take(rule.name) {
                given.insert(rule.name, value);
            }
        }
        options.refuse_unknown(READ_OPTIONS)?;
        let settings = FetchSettings::from_properties(&options.properties());
        let topic = options.topic_option().map(str::to_owned);
        let range = RangeOptions::try_new(|name| given.get(name).map(String::as_str))?;
        range.refuse_others(|other| topic.as_deref() == Some(other))?;
        Ok(Self {
            settings: settings.map_err(OptionsError::from)?,
            headers: options.headers_included()?,
            range,
            topic,
        })
    }

    /// The topic that is read.
    ///
    /// # Errors
    /// [`RangeError::NoTopic`].
    pub fn topic(&self) -> Result<&str, RangeError> {
        self.topic.as_deref().ok_or(RangeError::NoTopic)
    }

    /// How records are fetched.
    pub fn settings(&self) -> &FetchSettings {
        &self.settings
    }

    /// Whether a read fails if the log no longer has what was asked for.
    pub fn fails_on_data_loss(&self) -> bool {
        self.range.fails_on_data_loss()
    }

    /// Whether headers are read.
    pub fn headers(&self) -> bool {
        self.headers
    }
}

fn refuse_topics(options: &mut WriteOptions) -> Result<(), RangeError> {
    for option in TOPICS {
        if options.take(option).is_some() {
            let reason =
                "a Kafka table reads one topic: name it in LOCATION 'kafka://host:9092/topic'";
            let reason = reason.to_owned();
            return Err(RangeError::Place { option, reason });
        }
    }
    Ok(())
}
