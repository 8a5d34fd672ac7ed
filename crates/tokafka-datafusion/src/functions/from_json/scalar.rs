//! One JSON value, as it stands in the text, as a value of one type. `None` is what does not fit.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use datafusion::arrow::compute::kernels::cast_utils::string_to_datetime;

/// 1970-01-01 counted in days from the first of January of the year 1.
const EPOCH_DAYS: i32 = 719_163;
const MICROS: i64 = 1_000_000;

pub(super) fn boolean(json: &str) -> Option<bool> {
    json.parse().ok()
}

/// A number, or one of the names that Spark takes for what JSON has no number for.
pub(super) fn float<T: std::str::FromStr + From<f32>>(json: &str) -> Option<T> {
    match json {
        "\"NaN\"" => Some(f32::NAN.into()),
        "\"Infinity\"" | "\"+INF\"" | "\"INF\"" | "\"+Infinity\"" => Some(f32::INFINITY.into()),
        "\"-Infinity\"" | "\"-INF\"" => Some(f32::NEG_INFINITY.into()),
        _ => json.parse().ok(),
    }
}

/// A number or the text of one, rounded half up.
pub(super) fn decimal(json: &str, precision: u8, scale: i8) -> Option<i128> {
    let text = string(json).unwrap_or_else(|| json.to_owned());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text.as_str(), 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // How many of the digits stand before the new point.
    let kept = i32::try_from(whole.len()).ok()? + exponent.checked_add(i32::from(scale))?;
    let mut digits = whole.bytes().chain(fraction.bytes());
    if !digits.clone().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let limit = 10_i128.pow(precision.into());
    let mut value = 0_i128;
    for at in 0.. {
        let digit = digits.next();
        if at >= kept {
            let rounds_up = at == kept && digit.is_some_and(|digit| digit >= b'5');
            value += i128::from(rounds_up);
            break;
        }
        if digit.is_none() && value == 0 {
            break;
        }
        value = value * 10 + i128::from(digit.map_or(0, |digit| digit - b'0'));
        if value >= limit {
            return None;
        }
    }
    (value < limit).then_some(if negative { -value } else { value })
}

/// A string; of anything else its JSON, without blanks.
pub(super) fn text(json: &str) -> Option<String> {
    if json.starts_with('"') {
        return string(json);
    }
    let (mut text, mut within, mut escaped) = (String::with_capacity(json.len()), false, false);
    for next in json.chars() {
        if within || !next.is_ascii_whitespace() {
            text.push(next);
        }
        within ^= next == '"' && !escaped;
        escaped = within && next == '\\' && !escaped;
    }
    Some(text)
}

pub(super) fn binary(json: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(string(json)?).ok()
}

/// Days since 1970, of `2024-01-31` or of the date of a time.
pub(super) fn date(json: &str) -> Option<i32> {
    use chrono::Datelike;
    let text = string(json)?;
    let date = text.get(..10).unwrap_or(&text);
    let rest = text.get(10..).unwrap_or_default();
    let is_date = rest.is_empty() || rest.starts_with(['T', ' ']);
    let date: NaiveDate = date.parse().ok().filter(|_| is_date)?;
    Some(date.num_days_from_ce() - EPOCH_DAYS)
}

/// Microseconds since 1970: of a time in ISO 8601, in UTC if it names no zone, or of a number of
/// seconds.
pub(super) fn timestamp(json: &str) -> Option<i64> {
    if let Ok(seconds) = json.parse::<i64>() {
        return seconds.checked_mul(MICROS);
    }
    let time: DateTime<Utc> = string_to_datetime(&Utc, &string(json)?).ok()?;
    Some(time.timestamp_micros())
}

/// Microseconds since 1970 on a clock without a zone. A text that names one does not fit.
pub(super) fn timestamp_ntz(json: &str) -> Option<i64> {
    let text = string(json)?.replacen(' ', "T", 1);
    let time: NaiveDateTime = match text.parse() {
        Ok(time) => time,
        Err(_) => text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0)?,
    };
    Some(time.and_utc().timestamp_micros())
}

fn string(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_half_up_and_must_fit() {
        for (json, expected) in [
            ("1.5", Some(150)),
            ("\"-1.505\"", Some(-151)),
            ("1.504999", Some(150)),
            ("1.5e1", Some(1_500)),
            ("15E-1", Some(150)),
            ("4e-3", Some(0)),
            ("5e-3", Some(1)),
            ("5e-4", Some(0)),
            ("0e999999999", Some(0)),
            ("999.994", Some(99_999)),
            ("999.995", None),
            ("1000", None),
            ("1e999999999", None),
            ("\"\"", None),
            ("\"1x\"", None),
            ("true", None),
        ] {
            assert_eq!(decimal(json, 5, 2), expected, "{json}");
        }
    }

    #[test]
    fn what_is_no_string_is_its_json_without_blanks() {
        for (json, expected) in [
            (r#""a\n\"b""#, "a\n\"b"),
            ("1.50", "1.50"),
            (r#"{ "a b" : [ 1, "x \" y" ] }"#, r#"{"a b":[1,"x \" y"]}"#),
            (r#"["\\", 1]"#, r#"["\\",1]"#),
        ] {
            assert_eq!(text(json).as_deref(), Some(expected), "{json}");
        }
        assert_eq!(text(r#""\ud800""#), None);
    }

    #[test]
    fn times_are_iso_8601_or_seconds() {
        let second = 1_704_164_645_000_000;
        assert_eq!(
            timestamp("\"2024-01-02T03:04:05.123Z\""),
            Some(second + 123_000)
        );
        assert_eq!(timestamp("\"2024-01-02 04:04:05+01:00\""), Some(second));
        assert_eq!(timestamp("1704164645"), Some(second));
        assert_eq!(timestamp("\"yesterday\""), None);
        assert_eq!(timestamp_ntz("\"2024-01-02 03:04:05\""), Some(second));
        assert_eq!(timestamp_ntz("\"2024-01-02T03:04:05Z\""), None);
        assert_eq!(date("\"2024-01-02T03:04:05Z\""), Some(19_724));
        assert_eq!(date("\"2024-01-02\""), Some(19_724));
        assert_eq!(date("\"2024-13-02\""), None);
        assert_eq!(date("19724"), None);
    }
}
