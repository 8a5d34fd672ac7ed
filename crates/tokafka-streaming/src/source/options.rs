//! The options of a stream that is read, under Spark's names.

use std::time::Duration;

use tokafka_arrow::{Place, Places, WantedPlaces, parse_timeout};
use tokafka_client::settings::FetchSettings;

use super::{
    given::{Given, Reading, invalid},
    rules::{
        FAIL_ON_DATA_LOSS, GROUP_PREFIX, INCLUDE_HEADERS, LAG_GROUP, MAX_DELAY, MAX_OFFSETS,
        MAX_RECORDS, MIN_OFFSETS, MIN_PARTITIONS, NUM_RETRIES, POLL_TIMEOUT, RETRY_INTERVAL,
        STARTING_OFFSETS, STARTING_TIMES, STARTING_TIMESTAMP, STRATEGY,
    },
    topics::TopicChoice,
};
use crate::SourceError;

/// Which topics a stream reads, from where, and how much at a time: Spark's names and meanings, checked.
/// `Debug` shows no secrets.
#[derive(Debug, Clone)]
pub struct StreamReadOptions {
    pub(super) topics: TopicChoice,
    pub(super) starts: Starts,
    pub(super) fail_on_data_loss: bool,
    pub(super) limits: Limits,
    pub(super) splits: Splits,
    pub(super) retries: FetchRetries,
    /// Whether the query names a consumer group, which Spark warns of.
    pub(super) has_group: bool,
    /// The group that is told where batches end.
    pub(super) lag_group: Option<String>,
    pub(super) settings: FetchSettings,
    headers: bool,
}

/// Where a new query begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Starts {
    pub(super) places: Places,
    /// Whether a partition without a record as late as asked begins at its end, and is no error.
    pub(super) late_is_end: bool,
}

/// How many offsets a batch takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// `maxOffsetsPerTrigger`.
    pub(super) most: Option<i64>,
    /// `minOffsetsPerTrigger`, and how long it can put off a batch.
    pub(super) least: Option<(i64, Duration)>,
}

/// How the offsets of a batch are divided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Splits {
    /// `minPartitions`.
    pub(super) min_partitions: Option<usize>,
    /// `maxRecordsPerPartition`.
    pub(super) max_records: Option<i64>,
}

/// How often an answer that cannot be right is asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FetchRetries {
    pub(super) attempts: u32,
    pub(super) interval: Duration,
}

impl StreamReadOptions {
    /// Checks options as they were given, names in any case. Opens nothing.
    ///
    /// # Errors
    /// [`SourceError::Option`], in Spark's words.
    pub fn try_new(given: &[(String, String)]) -> Result<Self, SourceError> {
        let given = Given::new(given, Reading::Stream)?;
        let topics = TopicChoice::new(&given)?;
        let splits = Splits::new(&given)?;
        let settings = given.settings()?;
        given.parse::<u64>(POLL_TIMEOUT, "a number of milliseconds")?;
        let lag_group = given.get(LAG_GROUP).map(str::trim);
        if lag_group.is_some_and(str::is_empty) {
            return Err(invalid(LAG_GROUP, "", "must name a consumer group"));
        }
        Ok(Self {
            topics,
            starts: Starts::new(&given)?,
            fail_on_data_loss: !given.choice(FAIL_ON_DATA_LOSS, ["true", "false"])?,
            limits: Limits::new(&given)?,
            splits,
            retries: FetchRetries::new(&given)?,
            has_group: has_group(&given),
            lag_group: lag_group.map(str::to_owned),
            settings,
            headers: given.choice(INCLUDE_HEADERS, ["false", "true"])?,
        })
    }

    /// Whether headers are read: `includeHeaders`.
    pub fn headers(&self) -> bool {
        self.headers
    }

    /// `KafkaV2[Subscribe[orders]]`, as Spark calls a source.
    pub fn description(&self) -> String {
        self.topics.description()
    }
}

/// Whether a consumer group is named.
pub(super) fn has_group(given: &Given) -> bool {
    let has_group = given.get("kafka.group.id").is_some();
    if has_group && given.get(GROUP_PREFIX).is_some() {
        tracing::warn!("Option groupIdPrefix is ignored as option kafka.group.id has been set");
    }
    has_group
}

impl Starts {
    fn new(given: &Given) -> Result<Self, SourceError> {
        let names = [STARTING_TIMESTAMP, STARTING_TIMES, STARTING_OFFSETS];
        let wanted = WantedPlaces::first_given(names, |name| given.get(name));
        let wanted = wanted.map_err(|error| SourceError::Option(error.to_string()))?;
        Ok(Self {
            places: wanted.map_or(Places::All(Place::Latest), |wanted| wanted.places),
            late_is_end: given.choice(STRATEGY, ["error", "latest"])?,
        })
    }
}

impl Limits {
    fn new(given: &Given) -> Result<Self, SourceError> {
        const DELAY: Duration = Duration::from_secs(15 * 60);
        let least = given.parse::<i64>(MIN_OFFSETS, "a whole number")?;
        let most = given.positive::<i64>(MAX_OFFSETS)?;
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            return Err(SourceError::Option(format!(
                "The value of minOffsetPerTrigger({least}) is higher than the maxOffsetsPerTrigger({most})."
            )));
        }
        let delay = given
            .get(MAX_DELAY)
            .map(|text| parse_timeout(text).map_err(|reason| invalid(MAX_DELAY, text, reason)));
        let delay = delay.transpose()?.unwrap_or(DELAY);
        Ok(Self {
            most,
            least: least.map(|least| (least, delay)),
        })
    }
}

impl Splits {
    pub(super) fn new(given: &Given) -> Result<Self, SourceError> {
        let min_partitions = given.positive::<i32>(MIN_PARTITIONS)?;
        Ok(Self {
            min_partitions: min_partitions.and_then(|count| usize::try_from(count).ok()),
            max_records: given.positive(MAX_RECORDS)?,
        })
    }
}

impl FetchRetries {
    pub(super) fn new(given: &Given) -> Result<Self, SourceError> {
        let attempts = given.parse(NUM_RETRIES, "a whole number")?;
        let interval = given.parse(RETRY_INTERVAL, "a number of milliseconds")?;
        Ok(Self {
            attempts: attempts.unwrap_or(3),
            interval: Duration::from_millis(interval.unwrap_or(1000)),
        })
    }
}
