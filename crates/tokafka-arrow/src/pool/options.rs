//! How long an idle producer is kept, in Spark's words.

use std::time::{Duration, Instant};

use super::slots::Idle;

pub(crate) const TIMEOUT: &str = "tokafka.producer.cache.timeout";
pub(crate) const SPARK_TIMEOUT: &str = "spark.kafka.producer.cache.timeout";
pub(crate) const EVICTOR_INTERVAL: &str = "tokafka.producer.cache.evictor.interval";
pub(crate) const SPARK_EVICTOR_INTERVAL: &str =
    "spark.kafka.producer.cache.evictorThreadRunInterval";

const BAD_TIME: &str = "must be a whole number with a unit: us, ms, s, m, min, h or d, as in 10m; without one \
     it is in milliseconds";

/// How long a producer is kept that nobody uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolOptions {
    /// Time from when the last user gave it back; what that one says counts.
    pub timeout: Duration,
    /// How often to look for producers whose time is over; the shortest that anybody asked for in the
    /// pool counts. `None` keeps the producer for ever.
    pub evictor_interval: Option<Duration>,
}

impl Default for PoolOptions {
    /// Ten minutes, looked at every minute.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10 * 60),
            evictor_interval: Some(Duration::from_secs(60)),
        }
    }
}

impl PoolOptions {
    /// Reads both from text; what is not given has its default.
    pub(crate) fn parse(
        timeout: Option<&str>,
        interval: Option<&str>,
    ) -> Result<Self, (PoolSetting, &'static str)> {
        let mut options = Self::default();
        if let Some(text) = timeout {
            let time = parse_time(text).and_then(|time| time.ok_or("must not be negative"));
            options.timeout = time.map_err(|reason| (PoolSetting::Timeout, reason))?;
        }
        if let Some(text) = interval {
            let time = parse_time(text).map_err(|reason| (PoolSetting::EvictorInterval, reason))?;
            options.evictor_interval = time.filter(|time| !time.is_zero());
        }
        Ok(options)
    }

    pub(super) fn expires(&self, now: Instant) -> Idle {
        let expires = self
            .evictor_interval
            .and_then(|_| now.checked_add(self.timeout));
        expires.map_or(Idle::Ever, Idle::For)
    }
}

/// Which of the two is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PoolSetting {
    Timeout,
    EvictorInterval,
}

/// A time as Spark writes it; `None` if it is negative.
fn parse_time(text: &str) -> Result<Option<Duration>, &'static str> {
    let text = text.trim().to_ascii_lowercase();
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.as_str()),
    };
    let unit = text.trim_start_matches(|char: char| char.is_ascii_digit());
    let number = text.strip_suffix(unit).unwrap_or_default();
    let number: u64 = number.parse().map_err(|_| BAD_TIME)?;
    let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
    let time = match unit.trim() {
        "us" => Some(Duration::from_micros(number)),
        "" | "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" | "min" => seconds(60),
        "h" => seconds(60 * 60),
        "d" => seconds(24 * 60 * 60),
        _ => return Err(BAD_TIME),
    };
    let time = time.ok_or("is longer than can be counted")?;
    Ok((!is_negative).then_some(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PoolOptions, (PoolSetting, &'static str)> {
        PoolOptions::parse(Some(text), Some(text))
    }

    #[test]
    fn times_are_read_as_spark_reads_them() {
        let cases = [
            ("7", 7_000),
            ("7us", 7),
            ("7ms", 7_000),
            (" 7S ", 7_000_000),
            ("7m", 420_000_000),
            ("7min", 420_000_000),
            ("2h", 7_200_000_000),
            ("1d", 86_400_000_000),
        ];
        for (text, micros) in cases {
            let options = read(text).unwrap();
            assert_eq!(options.timeout, Duration::from_micros(micros), "{text}");
            assert_eq!(options.evictor_interval, Some(options.timeout), "{text}");
        }
        assert_eq!(PoolOptions::parse(None, None), Ok(PoolOptions::default()));
    }

    #[test]
    fn what_is_no_time_is_refused_and_an_interval_of_nothing_keeps_producers_for_ever() {
        for text in [
            "",
            "m",
            "1.5h",
            "ten",
            "1w",
            "- 1",
            "1 2",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), Err((PoolSetting::Timeout, BAD_TIME)), "{text}");
        }
        assert_eq!(
            PoolOptions::parse(Some("-1s"), None),
            Err((PoolSetting::Timeout, "must not be negative"))
        );
        for text in ["0", "-1m"] {
            let options = PoolOptions::parse(None, Some(text)).unwrap();
            assert_eq!(options.expires(Instant::now()), Idle::Ever, "{text}");
        }
    }
}
