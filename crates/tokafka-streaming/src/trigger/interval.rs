//! Intervals as SQL writes them, with Spark's errors.

use std::time::Duration;

/// Reads `5 seconds`, `interval 1 minute 30 seconds`.
///
/// # Errors
/// What is wrong with the text, in Spark's words.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let micros = Sum::of(text)?;
    if micros.months {
        return Err(format!("Doesn't support month or year interval: {text}"));
    }
    // Spark's intervals of triggers are whole milliseconds.
    let millis = u64::try_from(micros.total / 1000).map_err(|_| {
        "requirement failed: the interval of trigger should not be negative".to_owned()
    })?;
    Ok(Duration::from_millis(millis))
}

/// The parts of an interval, added up.
#[derive(Default)]
struct Sum {
    total: i64,
    months: bool,
}

impl Sum {
    fn of(text: &str) -> Result<Self, String> {
        let lower = text.trim().to_lowercase();
        let mut words = lower.split_whitespace().peekable();
        words.next_if_eq(&"interval");
        if words.peek().is_none() {
            let reason = "Interval string cannot be empty.";
            return Err(malformed(text, "INPUT_IS_EMPTY", reason));
        }
        let mut sum = Self::default();
        while let Some(number) = words.next() {
            let unit = words.next().ok_or_else(|| {
                let reason = format!("Expect a unit name after '{number}' but hit EOL.");
                malformed(text, "MISSING_UNIT", &reason)
            });
            sum.add(text, number, unit)?;
        }
        Ok(sum)
    }

    fn add(&mut self, text: &str, number: &str, unit: Result<&str, String>) -> Result<(), String> {
        let micros = Number::of(number).ok_or_else(|| {
            let reason = format!("Unrecognized number '{number}'.");
            malformed(text, "UNRECOGNIZED_NUMBER", &reason)
        })?;
        let unit = unit?;
        let Some(of_unit) = unit_micros(unit) else {
            let reason = format!("Invalid unit '{unit}'.");
            return Err(malformed(text, "INVALID_UNIT", &reason));
        };
        let Some(of_unit) = of_unit else {
            self.months = true;
            return Ok(());
        };
        if micros.has_fraction && !unit.starts_with("sec") {
            let reason = format!("'{unit}' cannot have fractional part.");
            return Err(malformed(text, "INVALID_FRACTION", &reason));
        }
        let added = micros
            .times(of_unit)
            .and_then(|part| self.total.checked_add(part));
        self.total = added.ok_or_else(|| {
            let reason = format!("Uncaught arithmetic exception while parsing '{text}'.");
            malformed(text, "ARITHMETIC_EXCEPTION", &reason)
        })?;
        Ok(())
    }
}

/// A decimal number, in millionths.
struct Number {
    millionths: i128,
    has_fraction: bool,
}

impl Number {
    fn of(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = all_digits(whole) && all_digits(fraction) && fraction.len() <= 9;
        if !fits || whole.len() + fraction.len() == 0 || whole.len() > 18 {
            return None;
        }
        let padded: String = fraction.chars().chain("000000".chars()).take(6).collect();
        let whole: i128 = match whole {
            "" => 0,
            whole => whole.parse().ok()?,
        };
        Some(Self {
            millionths: sign * (whole * 1_000_000 + padded.parse::<i128>().ok()?),
            has_fraction: digits.contains('.'),
        })
    }

    fn times(&self, micros: i64) -> Option<i64> {
        let product = self.millionths.checked_mul(i128::from(micros))?;
        i64::try_from(product / 1_000_000).ok()
    }
}

/// Microseconds of a unit; `Some(None)` for months and years, which have no fixed length.
fn unit_micros(unit: &str) -> Option<Option<i64>> {
    const SECOND: i64 = 1_000_000;
    let micros = match unit {
        "microsecond" | "microseconds" => 1,
        "millisecond" | "milliseconds" => 1000,
        "second" | "seconds" => SECOND,
        "minute" | "minutes" => 60 * SECOND,
        "hour" | "hours" => 3600 * SECOND,
        "day" | "days" => 24 * 3600 * SECOND,
        "week" | "weeks" => 7 * 24 * 3600 * SECOND,
        "month" | "months" | "year" | "years" => return Some(None),
        _ => return None,
    };
    Some(Some(micros))
}

fn malformed(text: &str, condition: &str, reason: &str) -> String {
    format!(
        "[INVALID_INTERVAL_FORMAT.{condition}] Error parsing '{text}' to interval. Please ensure that the value \
         provided is in a valid format for defining an interval. You can reference the documentation for the correct \
         format. {reason} SQLSTATE: 22006"
    )
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn intervals_are_read_as_sql_writes_them() {
        let cases = [
            ("5 seconds", 5000),
            ("1 minute", 60_000),
            ("INTERVAL 1 minute 30 seconds", 90_000),
            (" 2  hours ", 7_200_000),
            ("0.5 seconds", 500),
            ("100 milliseconds", 100),
            ("1500 microseconds", 1),
            ("1 week -6 days", 86_400_000),
            ("0 seconds", 0),
        ];
        for (text, millis) in cases {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_interval_is_refused_in_sparks_words() {
        let error = |text| parse(text).unwrap_err();
        assert_snapshot!(error("-1 seconds"), @"requirement failed: the interval of trigger should not be negative");
        assert_snapshot!(error("1 month"), @"Doesn't support month or year interval: 1 month");
        assert_snapshot!(error("1 year 5 seconds"), @"Doesn't support month or year interval: 1 year 5 seconds");
        assert_snapshot!(error("abc"), @"[INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER] Error parsing 'abc' to interval. Please ensure that the value provided is in a valid format for defining an interval. You can reference the documentation for the correct format. Unrecognized number 'abc'. SQLSTATE: 22006");
    }

    #[test]
    fn the_error_says_what_is_wrong_with_the_text() {
        let cases = [
            ("", "INPUT_IS_EMPTY", "Interval string cannot be empty."),
            (
                "5",
                "MISSING_UNIT",
                "Expect a unit name after '5' but hit EOL.",
            ),
            ("5 parsecs", "INVALID_UNIT", "Invalid unit 'parsecs'."),
            (
                "1.5 minutes",
                "INVALID_FRACTION",
                "'minutes' cannot have fractional part.",
            ),
            (
                "99999999999999 weeks",
                "ARITHMETIC_EXCEPTION",
                "Uncaught arithmetic exception",
            ),
        ];
        for (text, condition, reason) in cases {
            let error = parse(text).unwrap_err();
            assert!(
                error.contains(condition) && error.contains(reason),
                "{error}"
            );
        }
    }
}
