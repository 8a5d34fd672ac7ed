//! The time zone that timestamps are shown in.

use chrono::{DateTime, FixedOffset, Offset, TimeZone};

/// A zone of the option `timeZone`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Zone {
    /// Always this many seconds ahead of UTC, under Java's name.
    Fixed { name: String, offset: i32 },
    /// A region with rules.
    Region(chrono_tz::Tz),
}

impl Zone {
    pub(super) fn utc() -> Self {
        Self::Fixed {
            name: "UTC".into(),
            offset: 0,
        }
    }

    /// Java's `ZoneId.of`: a region, `Z`, or an offset that may follow `UTC`, `GMT` or `UT`.
    pub(super) fn parse(id: &str) -> Option<Self> {
        if matches!(id, "Z" | "UTC" | "GMT" | "UT") {
            let name = id.into();
            return Some(Self::Fixed { name, offset: 0 });
        }
        let prefix = ["UTC", "GMT", "UT"].into_iter();
        let mut prefix = prefix.filter(|prefix| id.starts_with(prefix));
        let prefix = prefix.next().unwrap_or_default();
        match id.strip_prefix(prefix).and_then(offset) {
            Some(0) if prefix.is_empty() => Self::parse("Z"),
            Some(offset) => {
                let name = format!("{prefix}{}", FixedOffset::east_opt(offset)?);
                Some(Self::Fixed { name, offset })
            }
            None => id.parse().ok().map(Self::Region),
        }
    }

    /// Java's name of the zone.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Fixed { name, .. } => name,
            Self::Region(zone) => zone.name(),
        }
    }

    /// How far ahead of UTC clocks are at a second since 1970.
    pub(super) fn offset_at(&self, second: i64) -> i32 {
        match self {
            Self::Fixed { offset, .. } => *offset,
            Self::Region(zone) => {
                let (first, last) = (DateTime::UNIX_EPOCH.timestamp() - YEARS, YEARS);
                let at = DateTime::from_timestamp(second.clamp(first, last), 0);
                let utc = at.unwrap_or_default().naive_utc();
                zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
            }
        }
    }
}

/// Seconds of two hundred thousand years: further away the rules are those of the last known year.
const YEARS: i64 = 200_000 * 365 * 86_400;

/// Seconds of `+h`, `+hh`, `+hh:mm`, `+hhmm` and `+hh:mm:ss`.
fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let parts: Vec<&str> = match digits.split_at_checked(2) {
        Some((hours, minutes)) if minutes.len() == 2 && !digits.contains(':') => {
            vec![hours, minutes]
        }
        _ => digits.split(':').collect(),
    };
    let number = |text: &&str| {
        let two = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
        two.then(|| text.parse::<i32>().ok()).flatten()
    };
    let parts: Vec<i32> = parts.iter().map(number).collect::<Option<_>>()?;
    let (hours, rest) = parts.split_first()?;
    if rest.len() > 2 || rest.iter().any(|part| *part > 59) {
        return None;
    }
    let minutes = rest.first().copied().unwrap_or_default();
    let seconds = rest.get(1).copied().unwrap_or_default();
    let total = hours * 3600 + minutes * 60 + seconds;
    // Java's limit.
    (total <= 18 * 3600).then_some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_spelt_as_in_java() {
        let cases = [
            ("UTC", "UTC", 0),
            ("Z", "Z", 0),
            ("+00:00", "Z", 0),
            ("+5", "+05:00", 18_000),
            ("+0530", "+05:30", 19_800),
            ("GMT-1:30", "GMT-01:30", -5_400),
            ("UTC+01:00", "UTC+01:00", 3_600),
            ("-01:02:03", "-01:02:03", -3_723),
            ("Europe/Berlin", "Europe/Berlin", 3_600),
        ];
        for (id, name, offset) in cases {
            let zone = Zone::parse(id).unwrap_or_else(|| panic!("{id}"));
            assert_eq!((zone.name(), zone.offset_at(0)), (name, offset), "{id}");
        }
        for id in [
            "",
            "+",
            "Berlin",
            "+19:00",
            "+1:60",
            "UTC+",
            "1",
            "+1:2:3:4",
            "europe/berlin",
        ] {
            assert_eq!(Zone::parse(id), None, "{id}");
        }
    }

    #[test]
    fn a_region_is_ahead_by_what_its_rules_say() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        assert_eq!(zone.offset_at(1_720_000_000), 7_200);
        assert_eq!(zone.offset_at(1_706_000_000), 3_600);
        for far in [i64::MIN, i64::MAX] {
            assert!(zone.offset_at(far).abs() < 8_000, "{far}");
        }
    }
}
