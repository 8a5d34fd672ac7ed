//! When a batch starts.

use std::{str::FromStr, time::Duration};

use crate::StartError;

mod interval;

/// When a batch starts: Spark's triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// At multiples of this since the epoch, the first one at once; zero is as fast as possible.
    ProcessingTime(Duration),
    /// Whatever is there at the start, in as many batches as the limits say; then the query ends.
    AvailableNow,
    /// One batch, of whatever is there at the start; then the query ends. A batch that an earlier run did not
    /// finish is that one.
    Once,
}

impl Trigger {
    /// [`Self::ProcessingTime`] of an interval as SQL writes it: `5 seconds`, `1 minute 30 seconds`.
    ///
    /// # Errors
    /// [`StartError::Refused`], in Spark's words: a text that is no interval, months and years, less than nothing.
    pub fn processing_time(interval: &str) -> Result<Self, StartError> {
        let every = interval::parse(interval).map_err(StartError::Refused)?;
        Ok(Self::ProcessingTime(every))
    }

    /// Spark's `Trigger.Continuous`, which there is not.
    ///
    /// # Errors
    /// Always: it says what to use.
    pub fn continuous(_interval: &str) -> Result<Self, StartError> {
        Err(StartError::Refused(CONTINUOUS.to_owned()))
    }
}

const CONTINUOUS: &str = "the trigger continuous is not supported: leave the trigger out. Batches then start as fast \
     as possible, each some milliseconds after the other";

/// `available-now`, `once`, or an interval as of [`Trigger::processing_time`].
impl FromStr for Trigger {
    type Err = StartError;

    fn from_str(text: &str) -> Result<Self, StartError> {
        let word = text.trim().to_ascii_lowercase();
        match word.as_str() {
            "available-now" | "availablenow" => Ok(Self::AvailableNow),
            "once" => Ok(Self::Once),
            word if word.starts_with("continuous") => Self::continuous(word),
            _ => Self::processing_time(text),
        }
    }
}

impl Default for Trigger {
    fn default() -> Self {
        Self::ProcessingTime(Duration::ZERO)
    }
}
