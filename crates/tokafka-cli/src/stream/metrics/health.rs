//! Whether a stream lives, and whether it gets on.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::super::tally::{Counts, Tally};

/// How long a driver that lives may show no change, beside the pauses that it announces. Within a batch the
/// longest silence that is not a stall is that of a producer which waits for metadata (`max.block.ms`, a
/// minute) and then for an acknowledgement (`delivery.timeout.ms`, two minutes), or of a checkpoint's store
/// that tries again (three minutes).
const STALL: Duration = Duration::from_secs(600);

/// How long a trigger may run without any change before the stream counts as not ready: an outage is felt
/// before the first attempt has failed of it.
const STUCK: Duration = Duration::from_secs(30);

/// Looks at a stream whenever it is asked.
#[derive(Debug)]
pub(super) struct Health {
    /// Between two triggers at most.
    interval: Duration,
    seen: Mutex<Option<(Pulse, Instant)>>,
}

/// What changes while a driver lives.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pulse {
    message: String,
    is_trigger_active: bool,
    rows_written: u64,
    heard: Option<Instant>,
}

/// An answer, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) is_well: bool,
    pub(super) reason: String,
}

impl Verdict {
    fn well(reason: impl Into<String>) -> Self {
        Self {
            is_well: true,
            reason: reason.into(),
        }
    }

    fn unwell(reason: impl Into<String>) -> Self {
        Self {
            is_well: false,
            reason: reason.into(),
        }
    }
}

impl Health {
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            seen: Mutex::new(None),
        }
    }

    /// Fails only if the driver has come to a halt: an outage that is waited out is life.
    pub(super) fn lives(&self, tally: &Tally) -> Verdict {
        let Some(query) = tally.query() else {
            return Verdict::well("starting");
        };
        if !query.is_active() {
            return Verdict::unwell(format!("ended: {}", query.status().message));
        }
        let counts = tally.counts();
        let pause = counts.outage.map_or(Duration::ZERO, |outage| outage.pause);
        let pulse = pulse(tally, &counts);
        let still = self.still(pulse.clone(), Instant::now());
        let message = pulse.map(|pulse| pulse.message).unwrap_or_default();
        liveness(still, STALL + self.interval + pause, &message)
    }

    /// Fails while batches are not committed: before the first trigger, in an outage, and while a trigger shows
    /// no change.
    pub(super) fn is_ready(&self, tally: &Tally) -> Verdict {
        let counts = tally.counts();
        let pulse = pulse(tally, &counts);
        let is_active = pulse.as_ref().is_some_and(|pulse| pulse.is_trigger_active);
        let still = self.still(pulse, Instant::now());
        readiness(&counts, is_active.then_some(still))
    }

    /// For how long the pulse is the same.
    fn still(&self, pulse: Option<Pulse>, now: Instant) -> Duration {
        let Some(pulse) = pulse else {
            return Duration::ZERO;
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.as_ref() {
            Some((known, since)) if *known == pulse => now.saturating_duration_since(*since),
            _ => {
                *seen = Some((pulse, now));
                Duration::ZERO
            }
        }
    }
}

fn pulse(tally: &Tally, counts: &Counts) -> Option<Pulse> {
    let query = tally.query()?;
    let status = query.status();
    Some(Pulse {
        message: status.message,
        is_trigger_active: status.is_trigger_active,
        rows_written: query.rows_written(),
        heard: counts.heard,
    })
}

/// `still` is for how long there was no change, `allowed` for how long there may be none.
fn liveness(still: Duration, allowed: Duration, message: &str) -> Verdict {
    match still > allowed {
        true => Verdict::unwell(format!(
            "stalled: nothing has changed for {} s: {message}",
            still.as_secs()
        )),
        false => Verdict::well(format!("lives: {message}")),
    }
}

/// `still` is for how long a trigger that runs shows no change.
fn readiness(counts: &Counts, still: Option<Duration>) -> Verdict {
    if let Some(outage) = counts.outage {
        let (time, attempts) = (outage.since.elapsed().as_secs(), outage.attempts);
        let error = counts.last_error.as_ref();
        let error = error.map(|error| error.text.as_str()).unwrap_or_default();
        return Verdict::unwell(format!(
            "failing for {time} s (attempt {attempts}): {error}"
        ));
    }
    if !counts.has_triggered {
        return Verdict::unwell("no trigger has succeeded yet");
    }
    match still.filter(|still| *still > STUCK) {
        Some(still) => Verdict::unwell(format!(
            "the trigger that runs shows no change for {} s",
            still.as_secs()
        )),
        None => Verdict::well("ready"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::super::super::tally::{ErrorSeen, OutageSeen};
    use super::*;

    fn pulse(message: &str) -> Option<Pulse> {
        Some(Pulse {
            message: message.to_owned(),
            is_trigger_active: true,
            rows_written: 0,
            heard: None,
        })
    }

    #[test]
    fn stillness_is_counted_from_the_last_change_that_was_seen() {
        let health = Health::new(Duration::ZERO);
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(health.still(pulse("a"), start), Duration::ZERO);
        assert_eq!(health.still(pulse("a"), after(5)), Duration::from_secs(5));
        assert_eq!(health.still(pulse("b"), after(9)), Duration::ZERO);
        assert_eq!(health.still(pulse("b"), after(10)), Duration::from_secs(1));
        assert_eq!(health.still(None, after(99)), Duration::ZERO);
    }

    #[test]
    fn a_driver_that_shows_no_change_for_longer_than_it_may_has_stalled() {
        let second = Duration::from_secs(1);
        assert!(liveness(STALL, STALL, "Waiting").is_well);
        let stalled = liveness(STALL + second, STALL, "Waiting");
        assert!(!stalled.is_well);
        assert_eq!(
            stalled.reason,
            "stalled: nothing has changed for 601 s: Waiting"
        );
    }

    #[test]
    fn ready_is_who_has_triggered_and_is_not_in_an_outage_or_stuck() {
        let mut counts = Counts::default();
        assert!(!readiness(&counts, None).is_well);
        counts.has_triggered = true;
        assert!(readiness(&counts, None).is_well);
        assert!(readiness(&counts, Some(STUCK)).is_well);
        let stuck = readiness(&counts, Some(STUCK + Duration::from_secs(1)));
        assert!(stuck.reason.contains("no change for 31 s"), "{stuck:?}");
        counts.outage = Some(OutageSeen {
            since: Instant::now(),
            attempts: 2,
            pause: Duration::from_secs(1),
        });
        counts.last_error = Some(ErrorSeen {
            text: "no broker".to_owned(),
            at: SystemTime::UNIX_EPOCH,
        });
        let failing = readiness(&counts, None);
        assert!(!failing.is_well);
        assert_eq!(failing.reason, "failing for 0 s (attempt 2): no broker");
    }
}
