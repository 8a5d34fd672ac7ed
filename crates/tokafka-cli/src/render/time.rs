//! Milliseconds since 1970 and RFC 3339.

use datafusion::arrow::{
    compute::kernels::cast_utils::string_to_timestamp_nanos,
    temporal_conversions::timestamp_ms_to_datetime,
};

/// `2026-11-25T02:50:45.123Z`; the number itself where it is no time that has a name.
pub(crate) fn rfc3339(millis: i64) -> String {
    timestamp_ms_to_datetime(millis)
        .filter(|_| millis >= 0)
        .map_or_else(
            || millis.to_string(),
            |time| time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        )
}

/// Milliseconds of a time such as `2026-11-25T02:50:45Z`, `2026-11-25 02:50` or `2026-11-25`; UTC unless
/// it says otherwise.
pub(crate) fn parse_rfc3339(text: &str) -> Option<i64> {
    Some(string_to_timestamp_nanos(text).ok()?.div_euclid(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        assert_eq!(rfc3339(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(
            parse_rfc3339("2023-11-14T22:13:20.123Z"),
            Some(1_700_000_000_123)
        );
        assert_eq!(
            parse_rfc3339("2023-11-14T23:13:20.123+01:00"),
            Some(1_700_000_000_123)
        );
        assert_eq!(parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn a_record_without_a_time_shows_what_it_has() {
        assert_eq!(rfc3339(-1), "-1");
        assert_eq!(rfc3339(i64::MAX), i64::MAX.to_string());
    }
}
