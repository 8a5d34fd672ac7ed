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
        let (forbidden, what, word) = match self {
            Self::Start => (Place::Latest, "starting offset", "latest"),
            Self::Stop => (Place::Earliest, "ending offset", "earliest"),
        };
        let wrong = |what: String| RangeError::Place {
            option: wanted.option,
            reason: format!("{what} can't be {word} for batch queries on Kafka"),
        };
        let each = match &wanted.places {
            Places::All(place) if *place == forbidden => return Err(wrong(what.to_owned())),
            Places::All(_) => return Ok(()),
            Places::Each(each) => each,
        };
        for (topic, places) in each {
            let of = match places {
                TopicPlaces::All(place) if *place == forbidden => topic.clone(),
                TopicPlaces::All(_) => continue,
                TopicPlaces::Each(each) => {
                    match each.iter().find(|(_, place)| **place == forbidden) {
                        Some((partition, _)) => format!("{topic}-{partition}"),
                        None => continue,
                    }
                }
            };
            let what = match self {
                Self::Start => "startingOffsets",
                Self::Stop => what,
            };
            return Err(wrong(format!("{what} for {of}")));
        }
        Ok(())
    }
}

/// Offsets that are known not to fit together before the topics are asked.
fn refuse_mismatch(starts: &Places, stops: &Places) -> Result<(), RangeError> {
    let (Places::Each(starts), Places::Each(stops)) = (starts, stops) else {
        return Ok(());
    };
    let is_same = starts.len() == stops.len()
        && starts
            .iter()
            .zip(stops)
            .all(|(start, stop)| match (start, stop) {
                ((start, TopicPlaces::Each(starts)), (stop, TopicPlaces::Each(stops))) => {
                    start == stop && starts.keys().eq(stops.keys())
                }
                ((start, _), (stop, _)) => start == stop,
            });
    if !is_same {
        return Err(RangeError::Place {
            option: STOP,
            reason:
                "The specified start offset and end offset should have the same topic-partitions."
                    .to_owned(),
        });
    }
    for ((topic, starts), stops) in starts.iter().zip(stops.values()) {
        let (TopicPlaces::Each(starts), TopicPlaces::Each(stops)) = (starts, stops) else {
            continue;
        };
        for (partition, start) in starts {
            if let (Place::Offset(start), Some(Place::Offset(end))) = (start, stops.get(partition))
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
