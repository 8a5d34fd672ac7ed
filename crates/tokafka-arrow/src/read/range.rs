//! Which offsets of topics a bounded read takes.

use super::{
    Place,
    error::RangeError,
    places::{Places, TopicPlaces, WantedPlaces},
};
use crate::error::OptionsError;

pub(super) const START: &str = "startingOffsets";
pub(super) const STOP: &str = "endingOffsets";
pub(super) const START_TIME: &str = "startingTimestamp";
pub(super) const STOP_TIME: &str = "endingTimestamp";
pub(super) const START_TIMES: &str = "startingOffsetsByTimestamp";
pub(super) const STOP_TIMES: &str = "endingOffsetsByTimestamp";
pub(super) const STRATEGY: &str = "startingOffsetsByTimestampStrategy";
pub(super) const FAIL_ON_LOSS: &str = "failOnDataLoss";

/// Where a bounded read of topics begins and ends: Spark's options for it, checked.
#[derive(Debug, Clone)]
pub struct RangeOptions {
    pub(super) starts: WantedPlaces,
    pub(super) stops: WantedPlaces,
    pub(super) late_is_end: bool,
    pub(super) fail_on_loss: bool,
}

/// Which of the two ends of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Start,
    Stop,
}

impl RangeOptions {
    /// Checks the options as they were given, by name. Opens nothing.
    ///
    /// # Errors
    /// [`RangeError::Options`], [`RangeError::Place`] and [`RangeError::Backwards`].
    pub fn try_new<'a>(
        given: impl Fn(&'static str) -> Option<&'a str>,
    ) -> Result<Self, RangeError> {
        let starts = End::Start.wanted([START_TIME, START_TIMES, START], &given)?;
        let stops = End::Stop.wanted([STOP_TIME, STOP_TIMES, STOP], &given)?;
        refuse_mismatch(&starts.places, &stops.places)?;
        Ok(Self {
            starts,
            stops,
            late_is_end: choice(STRATEGY, given(STRATEGY), ["error", "latest"])?,
            fail_on_loss: !choice(FAIL_ON_LOSS, given(FAIL_ON_LOSS), ["true", "false"])?,
        })
    }

    /// Refuses places in other topics than those that are read.
    ///
    /// # Errors
    /// [`RangeError::Place`].
    pub fn refuse_others(&self, is_read: impl Fn(&str) -> bool) -> Result<(), RangeError> {
        for WantedPlaces { option, places } in [&self.starts, &self.stops] {
            let Places::Each(each) = places else {
                continue;
            };
            if let Some(topic) = each.keys().find(|topic| !is_read(topic)) {
                let reason = format!("topic {topic} is not read");
                return Err(RangeError::Place { option, reason });
            }
        }
        Ok(())
    }

    /// Whether a read fails if the log no longer has what was asked for.
    pub fn fails_on_data_loss(&self) -> bool {
        self.fail_on_loss
    }
}

impl End {
    fn wanted<'a>(
        self,
        names: [&'static str; 3],
        given: impl Fn(&'static str) -> Option<&'a str>,
    ) -> Result<WantedPlaces, RangeError> {
        let (option, place) = match self {
            Self::Start => (START, Place::Earliest),
            Self::Stop => (STOP, Place::Latest),
        };
        let given = WantedPlaces::first_given(names, given)?;
        let wanted = given.unwrap_or(WantedPlaces {
            option,
            places: Places::All(place),
        });
        self.refuse_forbidden(&wanted)?;
        Ok(wanted)
    }

    /// The end of a bounded range cannot be where it begins, nor its start where it ends.
    fn refuse_forbidden(self, wanted: &WantedPlaces) -> Result<(), RangeError> {
        let (forbidden, word, everywhere, there) = match self {
            Self::Start => (
                Place::Latest,
                "latest",
                "starting offset",
                "startingOffsets",
            ),
            Self::Stop => (
                Place::Earliest,
                "earliest",
                "ending offset",
                "ending offset",
            ),
        };
        let what = match &wanted.places {
            Places::All(place) => (*place == forbidden).then(|| everywhere.to_owned()),
            Places::Each(each) => {
                let name = each.iter().find_map(|(topic, places)| match places {
                    TopicPlaces::All(place) => (*place == forbidden).then(|| topic.clone()),
                    TopicPlaces::Each(each) => {
                        let (partition, _) = each.iter().find(|(_, place)| **place == forbidden)?;
                        Some(format!("{topic}-{partition}"))
                    }
                });
                name.map(|name| format!("{there} for {name}"))
            }
        };
        match what {
            None => Ok(()),
            Some(what) => Err(RangeError::Place {
                option: wanted.option,
                reason: format!("{what} can't be {word} for batch queries on Kafka"),
            }),
        }
    }
}

/// Offsets that are known not to fit together before the topics are asked.
fn refuse_mismatch(starts: &Places, stops: &Places) -> Result<(), RangeError> {
    let (Places::Each(starts), Places::Each(stops)) = (starts, stops) else {
        return Ok(());
    };
    let topics = starts.iter().zip(stops.values());
    let by_partition = topics.filter_map(|((topic, starts), stops)| match (starts, stops) {
        (TopicPlaces::Each(starts), TopicPlaces::Each(stops)) => Some((topic, starts, stops)),
        (TopicPlaces::All(_), _) | (_, TopicPlaces::All(_)) => None,
    });
    let mut partitions = by_partition.clone();
    if !starts.keys().eq(stops.keys())
        || partitions.any(|(_, starts, stops)| !starts.keys().eq(stops.keys()))
    {
        return Err(RangeError::Place {
            option: STOP,
            reason:
                "The specified start offset and end offset should have the same topic-partitions."
                    .to_owned(),
        });
    }
    for (topic, starts, stops) in by_partition {
        for ((partition, start), end) in starts.iter().zip(stops.values()) {
            if let (Place::Offset(start), Place::Offset(end)) = (start, end)
                && start > end
            {
                let place = (*partition, *start, *end);
                return Err(RangeError::backwards("specified", topic.clone(), place));
            }
        }
    }
    Ok(())
}

/// True for the second of two words; the first is the default.
fn choice(
    name: &'static str,
    given: Option<&str>,
    [first, second]: [&str; 2],
) -> Result<bool, OptionsError> {
    let value = given.map_or(first, str::trim);
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
