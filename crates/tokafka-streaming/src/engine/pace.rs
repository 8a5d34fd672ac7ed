//! When the next trigger is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Trigger;

/// The shortest and the longest pause after input was announced and none was found.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Keeps the time of a query's triggers.
#[derive(Debug)]
pub(crate) struct Pace {
    every: Duration,
    /// When the trigger began, in milliseconds since the epoch.
    began: u64,
    /// Times, one after the other, that input was announced and none was found.
    in_vain: u32,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// A time.
    Tick(Duration),
    /// Input, after a pause.
    Input(Duration),
    /// Nothing: the next batch begins at once.
    Nothing,
}

impl Pace {
    pub(crate) fn new(trigger: Trigger) -> Self {
        let every = match trigger {
            Trigger::ProcessingTime(every) => every,
            Trigger::AvailableNow | Trigger::Once => Duration::ZERO,
        };
        Self {
            every,
            began: 0,
            in_vain: 0,
        }
    }

    /// A trigger begins.
    pub(crate) fn begin(&mut self, now: u64) {
        self.began = now;
    }

    /// What comes after a trigger that had something to do.
    pub(crate) fn after_batch(&mut self, now: u64) -> Wait {
        self.in_vain = 0;
        match self.every.is_zero() {
            true => Wait::Nothing,
            false => self.tick(now),
        }
    }

    /// What comes after a trigger that had nothing to do.
    pub(crate) fn after_nothing(&mut self, now: u64) -> Wait {
        if !self.every.is_zero() {
            return self.tick(now);
        }
        let (shortest, longest) = PAUSES;
        let pause = match self.in_vain {
            0 => Duration::ZERO,
            times => shortest
                .saturating_mul(1 << (times - 1).min(10))
                .min(longest),
        };
        Wait::Input(pause)
    }

    /// The waiting for input ended: because there is some, or since it took long.
    pub(crate) fn waited(&mut self, announced: bool) {
        self.in_vain = match announced {
            true => self.in_vain.saturating_add(1),
            false => 0,
        };
    }

    /// The next multiple of the interval after the trigger began, or at once if that is over.
    fn tick(&self, now: u64) -> Wait {
        let every = u64::try_from(self.every.as_millis()).unwrap_or(u64::MAX);
        let spent = now.saturating_sub(self.began);
        if spent > every {
            tracing::warn!(
                "Current batch is falling behind. The trigger interval is {every} milliseconds, but spent {spent} \
                 milliseconds"
            );
        }
        let every = every.max(1);
        let next = (self.began / every).saturating_add(1).saturating_mul(every);
        Wait::Tick(Duration::from_millis(next.saturating_sub(now)))
    }
}

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(millis: u64) -> Pace {
        Pace::new(Trigger::ProcessingTime(Duration::from_millis(millis)))
    }

    fn tick(millis: u64) -> Wait {
        Wait::Tick(Duration::from_millis(millis))
    }

    #[test]
    fn triggers_are_at_multiples_of_the_interval_since_the_epoch() {
        let mut pace = pace(2000);
        pace.begin(57_300);
        assert_eq!(pace.after_batch(57_301), tick(699));
        pace.begin(58_000);
        assert_eq!(pace.after_nothing(58_005), tick(1995));
    }

    #[test]
    fn a_batch_that_overruns_is_followed_at_once_and_missed_times_are_not_made_up() {
        let mut pace = pace(2000);
        pace.begin(58_000);
        assert_eq!(pace.after_batch(63_500), tick(0));
        pace.begin(63_500);
        assert_eq!(pace.after_batch(63_600), tick(400));
    }

    #[test]
    fn without_an_interval_batches_follow_at_once_and_nothing_is_looked_for_in_vain() {
        let mut pace = pace(0);
        let wait = |millis| Wait::Input(Duration::from_millis(millis));
        assert_eq!(pace.after_batch(5), Wait::Nothing);
        assert_eq!(pace.after_nothing(5), wait(0));
        let mut pauses = Vec::new();
        for _ in 0..9 {
            pace.waited(true);
            pauses.push(pace.after_nothing(5));
        }
        assert_eq!(pauses[..3], [wait(10), wait(20), wait(40)]);
        assert_eq!(pauses.last(), Some(&wait(1000)));
        pace.waited(false);
        assert_eq!(pace.after_nothing(5), wait(0));
    }
}
