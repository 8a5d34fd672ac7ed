//! Intervals and durations as Spark prints them.

use std::io::Write;

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Appends months as a year-month interval: `INTERVAL '1-2' YEAR TO MONTH`.
pub(super) fn put_months(months: i32, out: &mut Vec<u8>) {
    let (sign, size) = (sign(months < 0), months.unsigned_abs());
    put(
        out,
        format_args!("INTERVAL '{sign}{}-{}' YEAR TO MONTH", size / 12, size % 12),
    );
}

/// Appends microseconds as a day-time interval: `INTERVAL '1 02:03:04.5' DAY TO SECOND`.
pub(super) fn put_micros(micros: i64, out: &mut Vec<u8>) {
    let (sign, size) = (sign(micros < 0), micros.unsigned_abs());
    let (days, hours, minutes) = (size / DAY, size % DAY / HOUR, size % HOUR / MINUTE);
    put(
        out,
        format_args!("INTERVAL '{sign}{days} {hours:02}:{minutes:02}:"),
    );
    let seconds = size % MINUTE;
    if seconds < 10 * SECOND {
        out.push(b'0');
    }
    put_seconds(seconds, out);
    out.extend_from_slice(b"' DAY TO SECOND");
}

/// Appends a calendar interval: `1 years 2 months 3 days 4 hours 5 minutes 6.7 seconds`.
pub(super) fn put_calendar(months: i32, days: i32, micros: i64, out: &mut Vec<u8>) {
    let start = out.len();
    let size = micros.unsigned_abs();
    let units = [
        (i64::from(months / 12), "years"),
        (i64::from(months % 12), "months"),
        (i64::from(days), "days"),
        (signed(micros, size / HOUR), "hours"),
        (signed(micros, size % HOUR / MINUTE), "minutes"),
    ];
    for (count, unit) in units.into_iter().filter(|(count, _)| *count != 0) {
        put(out, format_args!("{count} {unit} "));
    }
    let seconds = size % MINUTE;
    if seconds > 0 || out.len() == start {
        out.extend_from_slice(sign(micros < 0).as_bytes());
        put_seconds(seconds, out);
        out.extend_from_slice(b" seconds ");
    }
    out.truncate(out.len() - 1);
}

/// Seconds without zeros at the end of their fraction.
fn put_seconds(micros: u64, out: &mut Vec<u8>) {
    put(
        out,
        format_args!("{}.{:06}", micros / SECOND, micros % SECOND),
    );
    while out.pop_if(|last| *last == b'0').is_some() {}
    out.pop_if(|last| *last == b'.');
}

fn sign(negative: bool) -> &'static str {
    if negative { "-" } else { "" }
}

fn signed(like: i64, size: u64) -> i64 {
    like.signum() * size.cast_signed()
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    let _written = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(put: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        put(&mut out);
        String::from_utf8(out).unwrap()
    }

    /// Cases of Spark's `IntervalUtilsSuite`.
    #[test]
    fn intervals_are_printed_as_in_spark() {
        let months = [
            (0, "INTERVAL '0-0' YEAR TO MONTH"),
            (-11, "INTERVAL '-0-11' YEAR TO MONTH"),
            (13, "INTERVAL '1-1' YEAR TO MONTH"),
            (i32::MIN, "INTERVAL '-178956970-8' YEAR TO MONTH"),
        ];
        for (months, expected) in months {
            assert_eq!(text(|out| put_months(months, out)), expected);
        }
        let micros = [
            (0, "INTERVAL '0 00:00:00' DAY TO SECOND"),
            (-1, "INTERVAL '-0 00:00:00.000001' DAY TO SECOND"),
            (
                86_400_000_000 + 12_500_000,
                "INTERVAL '1 00:00:12.5' DAY TO SECOND",
            ),
            (
                i64::MIN,
                "INTERVAL '-106751991 04:00:54.775808' DAY TO SECOND",
            ),
        ];
        for (micros, expected) in micros {
            assert_eq!(text(|out| put_micros(micros, out)), expected);
        }
        let calendar = [
            ((0, 0, 0), "0 seconds"),
            ((34, 31, 0), "2 years 10 months 31 days"),
            (
                (-13, 0, 3_723_000_001),
                "-1 years -1 months 1 hours 2 minutes 3.000001 seconds",
            ),
            ((0, -1, -60_000_000), "-1 days -1 minutes"),
            ((0, 0, -1), "-0.000001 seconds"),
        ];
        for ((months, days, micros), expected) in calendar {
            assert_eq!(
                text(|out| put_calendar(months, days, micros, out)),
                expected
            );
        }
    }
}
