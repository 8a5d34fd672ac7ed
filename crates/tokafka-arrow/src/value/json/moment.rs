//! A point in time as a calendar and a clock show it: the proleptic Gregorian calendar, as in
//! Java's `java.time`.

const DAY: i64 = 86_400;

/// What a calendar and a clock show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Days since 1970.
    days: i64,
    pub(super) year: i64,
    /// From 1.
    pub(super) month: u32,
    /// From 1.
    pub(super) day: u32,
    second_of_day: u32,
    pub(super) nanos: u32,
    /// Seconds that the clock is ahead of UTC.
    pub(super) offset: i32,
}

impl Moment {
    /// The beginning of a day, in days since 1970.
    pub(super) fn of_day(days: i64) -> Self {
        let (year, month, day) = civil(days);
        Self {
            days,
            year,
            month,
            day,
            second_of_day: 0,
            nanos: 0,
            offset: 0,
        }
    }

    /// Seconds since 1970 in UTC, as a clock shows them that is `offset` seconds ahead.
    pub(super) fn of_second(seconds: i64, nanos: u32, offset: i32) -> Self {
        let local = seconds.saturating_add(offset.into());
        Self {
            second_of_day: local.rem_euclid(DAY) as u32,
            nanos,
            offset,
            ..Self::of_day(local.div_euclid(DAY))
        }
    }

    pub(super) fn hour(&self) -> u32 {
        self.second_of_day / 3600
    }

    pub(super) fn minute(&self) -> u32 {
        self.second_of_day / 60 % 60
    }

    pub(super) fn second(&self) -> u32 {
        self.second_of_day % 60
    }

    /// From 1.
    pub(super) fn day_of_year(&self) -> u32 {
        let march = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];
        let since_march = march.get(self.month as usize - 1).copied().unwrap_or(0);
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        match self.month {
            1 | 2 => since_march - 306 + self.day,
            _ => since_march + 59 + u32::from(leap) + self.day,
        }
    }

    /// 0 is Monday.
    pub(super) fn weekday(&self) -> usize {
        (self.days + 3).rem_euclid(7) as usize
    }
}

/// Year, month and day of a day since 1970.
///
/// Howard Hinnant's `civil_from_days` (chrono-Compatible Low-Level Date Algorithms): years begin in
/// March, so that the leap day is their last.
fn civil(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, NaiveDate};

    use super::*;

    #[test]
    fn days_are_those_of_the_gregorian_calendar() {
        for days in (-1_000_000..1_000_000_i32).step_by(37) {
            let date = NaiveDate::from_epoch_days(days).unwrap();
            let moment = Moment::of_day(days.into());
            let shown = (moment.year, moment.month, moment.day);
            assert_eq!(shown, (date.year().into(), date.month(), date.day()));
            assert_eq!(moment.day_of_year(), date.ordinal(), "{date}");
            let weekday = date.weekday().num_days_from_monday();
            assert_eq!(moment.weekday(), weekday as usize, "{date}");
        }
    }

    #[test]
    fn a_clock_ahead_of_utc_shows_the_next_day() {
        let moment = Moment::of_second(-1, 5, 3600);
        let shown = (moment.year, moment.hour(), moment.minute(), moment.second());
        assert_eq!(shown, (1970, 0, 59, 59));
        assert_eq!(Moment::of_second(-1, 0, 0).year, 1969);
    }
}
