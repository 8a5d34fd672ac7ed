//! Patterns of dates and times: the letters of Java's `DateTimeFormatter` that Spark takes for
//! writing, in English.

use super::{escape, moment::Moment, zone::Zone};

mod parse;
#[cfg(test)]
mod tests;

pub(super) use parse::Parts;

/// A pattern that was taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Item>);

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    /// Escaped for JSON.
    Literal(Vec<u8>),
    Year(Width),
    /// Counted from 1 in both directions: what goes with AD and BC.
    YearOfEra(Width),
    Number(Field, u8),
    /// First digits of the nanoseconds.
    Fraction(u8),
    Name(Names, Style),
    Offset(OffsetStyle),
    /// `GMT+1`, or `GMT+01:00` in full.
    Gmt(Style),
    ZoneName,
}

/// How many digits a year has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    /// The last two.
    Two,
    /// At least so many.
    AtLeast(u8),
    /// At least so many; a plus says that there are more.
    Signed(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Month,
    Day,
    DayOfYear,
    Quarter,
    /// 0 to 23.
    Hour,
    /// 1 to 24.
    ClockHour,
    /// 0 to 11.
    HalfDayHour,
    /// 1 to 12.
    HalfDayClockHour,
    Minute,
    Second,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Era,
    Month,
    Quarter,
    Weekday,
    HalfDay,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Short,
    Full,
}

/// How an offset from UTC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OffsetStyle {
    /// What no offset looks like.
    zero: &'static str,
    colons: bool,
    minutes: Minutes,
    seconds: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Minutes {
    Always,
    IfAny,
}

impl Pattern {
    /// Appends a moment as it looks in JSON, without quotes.
    pub(super) fn put(&self, moment: &Moment, zone: &Zone, out: &mut Vec<u8>) {
        for item in &self.0 {
            match item {
                Item::Literal(text) => out.extend_from_slice(text),
                Item::Year(width) => put_year(moment.year, *width, out),
                Item::YearOfEra(width) => put_year(year_of_era(moment.year), *width, out),
                Item::Number(field, width) => put_padded(field.of(moment), *width, out),
                Item::Fraction(digits) => put_fraction(moment.nanos, *digits, out),
                Item::Name(names, style) => out.extend_from_slice(names.of(moment, *style)),
                Item::Offset(style) => style.put(moment.offset, out),
                Item::Gmt(style) => put_gmt(moment.offset, *style, out),
                Item::ZoneName => out.extend_from_slice(zone.name().as_bytes()),
            }
        }
    }

    /// How many digits of a second it shows.
    pub(super) fn fraction_digits(&self) -> u8 {
        let digits = self.0.iter().map(|item| match item {
            Item::Fraction(digits) => *digits,
            _ => 0,
        });
        digits.max().unwrap_or(0)
    }

    fn literal(text: &str) -> Item {
        let mut escaped = Vec::new();
        escape::put(text, &mut escaped);
        Item::Literal(escaped)
    }
}

impl Field {
    fn of(self, moment: &Moment) -> u64 {
        let hour = moment.hour();
        u64::from(match self {
            Self::Month => moment.month,
            Self::Day => moment.day,
            Self::DayOfYear => moment.day_of_year(),
            Self::Quarter => moment.month.div_ceil(3),
            Self::Hour => hour,
            Self::ClockHour => (hour + 23) % 24 + 1,
            Self::HalfDayHour => hour % 12,
            Self::HalfDayClockHour => (hour + 11) % 12 + 1,
            Self::Minute => moment.minute(),
            Self::Second => moment.second(),
        })
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const QUARTERS: [(&str, &str); 4] = [
    ("Q1", "1st quarter"),
    ("Q2", "2nd quarter"),
    ("Q3", "3rd quarter"),
    ("Q4", "4th quarter"),
];

impl Names {
    fn of(self, moment: &Moment, style: Style) -> &'static [u8] {
        let month = moment.month as usize - 1;
        let name = match self {
            Self::Month => cut(MONTHS.get(month), style),
            Self::Weekday => cut(WEEKDAYS.get(moment.weekday()), style),
            Self::Quarter => pick(QUARTERS.get(month / 3).copied(), style),
            Self::Era if moment.year > 0 => pick(Some(("AD", "Anno Domini")), style),
            Self::Era => pick(Some(("BC", "Before Christ")), style),
            Self::HalfDay if moment.hour() < 12 => "AM",
            Self::HalfDay => "PM",
        };
        name.as_bytes()
    }
}

/// The short form of an English month or weekday is its first three letters.
fn cut(name: Option<&&'static str>, style: Style) -> &'static str {
    let name = name.copied().unwrap_or_default();
    match style {
        Style::Short => name.get(..3).unwrap_or(name),
        Style::Full => name,
    }
}

fn pick(names: Option<(&'static str, &'static str)>, style: Style) -> &'static str {
    let (short, full) = names.unwrap_or_default();
    match style {
        Style::Short => short,
        Style::Full => full,
    }
}

fn year_of_era(year: i64) -> i64 {
    if year > 0 { year } else { 1 - year }
}

fn put_year(year: i64, width: Width, out: &mut Vec<u8>) {
    let digits = year.unsigned_abs();
    let width = match width {
        Width::Two => return put_padded(digits % 100, 2, out),
        Width::AtLeast(width) => width,
        Width::Signed(width) => {
            if year >= 10_i64.pow(width.into()) {
                out.push(b'+');
            }
            width
        }
    };
    if year < 0 {
        out.push(b'-');
    }
    put_padded(digits, width, out);
}

/// Appends a number with zeros before it.
pub(super) fn put_padded(number: u64, width: u8, out: &mut Vec<u8>) {
    if width == 2 && number < 100 {
        let (tens, ones) = ((number / 10) as u8, (number % 10) as u8);
        return out.extend_from_slice(&[b'0' + tens, b'0' + ones]);
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number).as_bytes();
    let zeros = usize::from(width).saturating_sub(digits.len());
    out.resize(out.len() + zeros, b'0');
    out.extend_from_slice(digits);
}

fn put_fraction(nanos: u32, digits: u8, out: &mut Vec<u8>) {
    let shorter = 10_u32.pow(9_u32.saturating_sub(digits.into()));
    put_padded((nanos / shorter).into(), digits, out);
}

fn put_gmt(offset: i32, style: Style, out: &mut Vec<u8>) {
    out.extend_from_slice(b"GMT");
    if offset == 0 {
        return;
    }
    let (hours, minutes, seconds) = clock(offset);
    out.push(sign(offset));
    let width = match style {
        Style::Short => 1,
        Style::Full => 2,
    };
    put_padded(hours, width, out);
    if style == Style::Full || minutes + seconds > 0 {
        put_colon(minutes, out);
    }
    if seconds > 0 {
        put_colon(seconds, out);
    }
}

impl OffsetStyle {
    fn put(self, offset: i32, out: &mut Vec<u8>) {
        let (hours, minutes, seconds) = clock(offset);
        let seconds = if self.seconds { seconds } else { 0 };
        if hours + minutes + seconds == 0 {
            return out.extend_from_slice(self.zero.as_bytes());
        }
        out.push(sign(offset));
        put_padded(hours, 2, out);
        if self.minutes == Minutes::IfAny && minutes + seconds == 0 {
            return;
        }
        self.put_part(minutes, out);
        if seconds > 0 {
            self.put_part(seconds, out);
        }
    }

    fn put_part(self, part: u64, out: &mut Vec<u8>) {
        if self.colons {
            out.push(b':');
        }
        put_padded(part, 2, out);
    }
}

fn put_colon(part: u64, out: &mut Vec<u8>) {
    out.push(b':');
    put_padded(part, 2, out);
}

fn sign(offset: i32) -> u8 {
    if offset < 0 { b'-' } else { b'+' }
}

/// Hours, minutes and seconds of an offset, whatever its sign.
fn clock(offset: i32) -> (u64, u64, u64) {
    let seconds = u64::from(offset.unsigned_abs());
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}
