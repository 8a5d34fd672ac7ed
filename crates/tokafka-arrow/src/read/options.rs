//! The options of a read, under Spark's names.

use std::collections::BTreeMap;

use tokafka_client::settings::FetchSettings;

use super::{
    Place,
    error::RangeError,
    places::{End, Places, Text},
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

const START: &str = "startingOffsets";
const STOP: &str = "endingOffsets";
const START_TIME: &str = "startingTimestamp";
const STOP_TIME: &str = "endingTimestamp";
const START_TIMES: &str = "startingOffsetsByTimestamp";
const STOP_TIMES: &str = "endingOffsetsByTimestamp";
const STRATEGY: &str = "startingOffsetsByTimestampStrategy";
const FAIL_ON_LOSS: &str = "failOnDataLoss";

/// Spark's options that say which topic to read.
const TOPICS: [&str; 3] = ["subscribe", "subscribePattern", "assign"];

/// Which records of a topic are read: Spark's names and meanings, checked.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// `None` if rows name their topics: such a table is only written.
    pub(super) topic: Option<String>,
    settings: FetchSettings,
    headers: bool,
    pub(super) starts: Wanted,
    pub(super) stops: Wanted,
    pub(super) late_is_end: bool,
    pub(super) fail_on_loss: bool,
}

/// A place in each partition, and the option that says it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) option: &'static str,
    pub(super) places: Places,
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
        let text = |option: &'static str| {
            given.get(option).map(|value| Text {
                option,
                value,
                topic: topic.as_deref().unwrap_or_default(),
            })
        };
        let starts = wanted(End::Start, [START_TIME, START_TIMES, START].map(text))?;
        let stops = wanted(End::Stop, [STOP_TIME, STOP_TIMES, STOP].map(text))?;
        refuse_backwards(topic.as_deref(), &starts, &stops)?;
        Ok(Self {
            settings: settings.map_err(OptionsError::from)?,
            headers: options.headers_included()?,
            starts,
            stops,
            late_is_end: choice(&given, STRATEGY, ["error", "latest"])?,
            fail_on_loss: !choice(&given, FAIL_ON_LOSS, ["true", "false"])?,
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
        self.fail_on_loss
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

/// The first that is given: a time, a time for each partition, offsets.
fn wanted(end: End, given: [Option<Text<'_>>; 3]) -> Result<Wanted, RangeError> {
    let (option, places) = match given {
        [Some(text), _, _] => (text.option, text.time()?),
        [None, Some(text), _] => (text.option, text.times()?),
        [None, None, Some(text)] => (text.option, text.offsets(end)?),
        [None, None, None] => match end {
            End::Start => (START, Places::All(Place::Earliest)),
            End::Stop => (STOP, Places::All(Place::Latest)),
        },
    };
    Ok(Wanted { option, places })
}

/// Offsets that are known to be the wrong way round before the topic is asked.
fn refuse_backwards(
    topic: Option<&str>,
    starts: &Wanted,
    stops: &Wanted,
) -> Result<(), RangeError> {
    let (Places::Each(starts), Places::Each(stops)) = (&starts.places, &stops.places) else {
        return Ok(());
    };
    for (partition, start) in starts {
        match (start, stops.get(partition)) {
            (Place::Offset(start), Some(Place::Offset(end))) if start > end => {
                let topic = topic.unwrap_or_default().to_owned();
                return Err(RangeError::backwards(
                    "specified",
                    topic,
                    (*partition, *start, *end),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// True for the second of two words; the first is the default.
fn choice(
    given: &BTreeMap<&'static str, String>,
    name: &'static str,
    [first, second]: [&str; 2],
) -> Result<bool, OptionsError> {
    let value = given.get(name).map_or(first, |value| value.trim());
    if value.eq_ignore_ascii_case(first) {
        return Ok(false);
    }
    if value.eq_ignore_ascii_case(second) {
        return Ok(true);
    }
    Err(OptionsError::InvalidValue {
        name,
        value: value.into(),
        reason: if name == STRATEGY {
            "must be error or latest"
        } else {
            "must be true or false"
        },
    })
}
