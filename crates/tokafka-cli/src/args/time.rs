//! Times as they are typed.

use std::time::Duration;

/// `20`, `20s`, `500ms`, `2m`, `1h`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let split = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u32 = number
        .parse()
        .map_err(|_| "expected a time such as 20s".to_owned())?;
    match unit {
        "" | "s" => Ok(Duration::from_secs(number.into())),
        "ms" => Ok(Duration::from_millis(number.into())),
        "m" => Ok(Duration::from_secs(u64::from(number) * 60)),
        "h" => Ok(Duration::from_secs(u64::from(number) * 3600)),
        _ => Err(format!("unknown unit {unit:?}: use ms, s, m or h")),
    }
}

/// `5 seconds`, `500 milliseconds`, `1 minute 30 seconds`, `interval 1 hour`, as an interval of SQL, and `5s`.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let lower = text.trim().to_ascii_lowercase();
    let words = lower.strip_prefix("interval ").unwrap_or(&lower);
    let words: Vec<_> = words.split_whitespace().collect();
    if let [time] = words[..]
        && let Ok(time) = duration(time)
    {
        return Ok(time);
    }
    if words.is_empty() || words.len() % 2 != 0 {
        return Err(format!("'{text}' is no interval such as '5 seconds'"));
    }
    words.chunks(2).try_fold(Duration::ZERO, |sum, pair| {
        let (number, unit) = (pair.first().unwrap_or(&""), pair.last().unwrap_or(&""));
        let number: i64 = number
            .parse()
            .map_err(|_| format!("'{number}' in '{text}' is no whole number"))?;
        let number = u64::try_from(number)
            .map_err(|_| "the interval of trigger should not be negative".to_owned())?;
        let millis = number.checked_mul(millis_of(unit)?);
        let part = millis.map(Duration::from_millis);
        part.and_then(|part| sum.checked_add(part))
            .ok_or_else(|| format!("'{text}' is too long"))
    })
}

fn millis_of(unit: &str) -> Result<u64, String> {
    let one = unit.strip_suffix('s').filter(|one| !one.is_empty());
    match one.unwrap_or(unit) {
        "millisecond" | "m" if unit != "m" => Ok(1),
        "second" | "s" => Ok(1000),
        "minute" | "m" => Ok(60_000),
        "hour" | "h" => Ok(3_600_000),
        "day" | "d" => Ok(86_400_000),
        "month" | "year" => Err(format!("Doesn't support month or year interval: {unit}")),
        _ => Err(format!(
            "unknown unit '{unit}': use milliseconds, seconds, minutes, hours or days"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_a_unit_that_defaults_to_seconds() {
        let parsed =
            ["20", "20s", "500ms", "2m", "1h"].map(|text| duration(text).unwrap().as_millis());
        assert_eq!(parsed, [20_000, 20_000, 500, 120_000, 3_600_000]);
        for text in ["", "s", "-1s", "1w", "99999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn intervals_are_those_of_sql() {
        let parsed = [
            "5 seconds",
            "1 second",
            "100 milliseconds",
            "1 minute 30 seconds",
            "INTERVAL 2 hours",
            "500ms",
            "0 seconds",
            "250 ms",
            "2 m",
        ]
        .map(|text| interval(text).unwrap().as_millis());
        assert_eq!(
            parsed,
            [5000, 1000, 100, 90_000, 7_200_000, 500, 0, 250, 120_000]
        );
    }

    #[test]
    fn what_is_no_interval_is_said_with_the_reason() {
        for (text, reason) in [
            ("-1 seconds", "should not be negative"),
            ("1 month", "Doesn't support month or year interval"),
            ("abc", "no interval"),
            ("", "no interval"),
            ("5 parsecs", "unknown unit 'parsecs'"),
            ("x seconds", "no whole number"),
            ("9223372036854775807 days", "too long"),
        ] {
            let error = interval(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
