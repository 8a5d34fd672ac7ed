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
pub(crate) struct PoolOptions {
    /// Time from when the last user gave it back; what that one says counts.
    pub(crate) timeout: Duration,
    /// How often to look for producers whose time is over; the shortest that anybody asked for in the
    /// pool counts. `None` keeps the producer for ever.
    pub(crate) evictor_interval: Option<Duration>,
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
    pub(super) fn expires(&self, now: Instant) -> Idle {
        let expires = self
            .evictor_interval
            .and_then(|_| now.checked_add(self.timeout));
        expires.map_or(Idle::Ever, Idle::For)
    }
}

/// Reads a time as Spark writes it in options: `10m`, `5s`, `300` for milliseconds.
///
/// # Errors
/// What is wrong with it; it must not be negative.
pub fn parse_timeout(text: &str) -> Result<Duration, &'static str> {
    parse_time(text)?.ok_or("must not be negative")
}

/// Reads [`PoolOptions::evictor_interval`].
pub(crate) fn parse_evictor_interval(text: &str) -> Result<Option<Duration>, &'static str> {
    Ok(parse_time(text)?.filter(|time| !time.is_zero()))
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
            let time = Duration::from_micros(micros);
            assert_eq!(parse_timeout(text), Ok(time), "{text}");
            assert_eq!(parse_evictor_interval(text), Ok(Some(time)), "{text}");
        }
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
            assert_eq!(parse_timeout(text), Err(BAD_TIME), "{text}");
            assert_eq!(parse_evictor_interval(text), Err(BAD_TIME), "{text}");
        }
        assert_eq!(parse_timeout("-1s"), Err("must not be negative"));
        for text in ["0", "-1m"] {
            let options = PoolOptions {
                evictor_interval: parse_evictor_interval(text).unwrap(),
                ..PoolOptions::default()
            };
            assert_eq!(options.expires(Instant::now()), Idle::Ever, "{text}");
        }
    }
}
