//! Takes patterns apart, as `DateTimeFormatterBuilder.appendPattern` of Java 17 does after Spark's
//! `DateTimeFormatterHelper` has refused what it refuses.

use super::{Field, Item, Minutes, Names, OffsetStyle, Pattern, Style, Width};

/// What there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Parts {
    Date,
    DateAndTime,
    DateTimeAndZone,
}

/// A pattern that cannot be used: where, counted in characters from 1, and why.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct PatternError {
    pub(in super::super) position: usize,
    pub(in super::super) reason: String,
}

impl Pattern {
    /// Takes a pattern apart. An optional section that asks for what there is not is left out.
    pub(in super::super) fn parse(pattern: &str, parts: Parts) -> Result<Self, PatternError> {
        let mut parser = Parser {
            text: pattern.chars().collect(),
            at: 0,
            parts,
            has_era: has_era(pattern),
        };
        let items = parser.section(Depth::Top)?;
        Ok(Self(items))
    }
}

/// Years count within the era if the pattern names it anywhere outside of quotes.
fn has_era(pattern: &str) -> bool {
    let outside = pattern.split('\'').step_by(2);
    outside.into_iter().any(|text| text.contains('G'))
}

struct Parser {
    text: Vec<char>,
    at: usize,
    parts: Parts,
    has_era: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Top,
    Optional,
}

impl Parser {
    /// The items up to the end of the pattern or of an optional section.
    fn section(&mut self, depth: Depth) -> Result<Vec<Item>, PatternError> {
        let (mut items, mut complete) = (Vec::new(), true);
        while let Some(next) = self.peek() {
            let start = self.at;
            match next {
                '[' => {
                    self.at += 1;
                    items.append(&mut self.section(Depth::Optional)?);
                }
                ']' if depth == Depth::Top => {
                    return Err(error(start, "']' without '['"));
                }
                ']' => {
                    self.at += 1;
                    return Ok(if complete { items } else { Vec::new() });
                }
                '\'' => items.push(self.quoted()?),
                '{' | '}' | '#' => {
                    return Err(error(start, format!("{next:?} is reserved: quote it")));
                }
                letter if letter.is_ascii_alphabetic() => {
                    let count = self.count(letter);
                    let item = self.item(letter, count);
                    let item = item.map_err(|reason| error(start, reason))?;
                    match (self.lacks(letter), depth) {
                        (None, _) => items.push(item),
                        (Some(_), Depth::Optional) => complete = false,
                        (Some(reason), Depth::Top) => return Err(error(start, reason)),
                    }
                }
                literal => {
                    self.at += 1;
                    items.push(Pattern::literal(literal.encode_utf8(&mut [0; 4])));
                }
            }
        }
        match depth {
            // Java closes it silently.
            Depth::Optional if !complete => Ok(Vec::new()),
            Depth::Optional | Depth::Top => Ok(items),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn count(&mut self, letter: char) -> usize {
        let start = self.at;
        while self.peek() == Some(letter) {
            self.at += 1;
        }
        self.at - start
    }

    /// Text in quotes; two quotes are one.
    fn quoted(&mut self) -> Result<Item, PatternError> {
        let opened = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            match (self.peek(), self.text.get(self.at + 1)) {
                (None, _) => return Err(error(opened, "the quote is not closed")),
                (Some('\''), Some('\'')) => {
                    text.push('\'');
                    self.at += 2;
                }
                (Some('\''), _) => break,
                (Some(other), _) => {
                    text.push(other);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        let empty = text.is_empty();
        Ok(Pattern::literal(if empty { "'" } else { &text }))
    }

    fn item(&self, letter: char, count: usize) -> Result<Item, String> {
        let text_or = |names, number: fn(u8) -> Item| match count {
            1 | 2 => Ok(number(count as u8)),
            3 => Ok(Item::Name(names, Style::Short)),
            4 => Ok(Item::Name(names, Style::Full)),
            _ => Err(too_many(letter)),
        };
        match letter {
            'y' => self.year(count),
            'M' | 'L' => text_or(Names::Month, |width| Item::Number(Field::Month, width)),
            'Q' | 'q' => text_or(Names::Quarter, |width| Item::Number(Field::Quarter, width)),
            'G' | 'E' => name(letter, count),
            'd' | 'H' | 'k' | 'K' | 'h' | 'm' | 's' | 'D' => number(letter, count),
            'S' if count <= 9 => Ok(Item::Fraction(count as u8)),
            'a' if count == 1 => Ok(Item::Name(Names::HalfDay, Style::Short)),
            'S' | 'a' => Err(too_many(letter)),
            'V' if count == 2 => Ok(Item::ZoneName),
            'V' => Err("the zone's name is VV".into()),
            'X' | 'x' | 'Z' | 'O' => zone_offset(letter, count),
            other => Err(refusal(other)),
        }
    }

    fn year(&self, count: usize) -> Result<Item, String> {
        let width = match count {
            2 => Width::Two,
            1 | 3 => Width::AtLeast(count as u8),
            4..=6 => Width::Signed(count as u8),
            _ => return Err(too_many('y')),
        };
        Ok(match self.has_era {
            true => Item::YearOfEra(width),
            false => Item::Year(width),
        })
    }

    /// Why there is nothing to show for a letter.
    fn lacks(&self, letter: char) -> Option<String> {
        let (time, zone) = match self.parts {
            Parts::Date => (false, false),
            Parts::DateAndTime => (true, false),
            Parts::DateTimeAndZone => (true, true),
        };
        match letter {
            'H' | 'k' | 'K' | 'h' | 'm' | 's' | 'S' | 'a' if !time => {
                Some(format!("{letter} is part of a time, and a date has none"))
            }
            'V' | 'X' | 'x' | 'Z' | 'O' if !zone => Some(format!(
                "{letter} is part of a time zone, and there is none"
            )),
            _ => None,
        }
    }
}

fn number(letter: char, count: usize) -> Result<Item, String> {
    let (field, most) = match letter {
        'd' => (Field::Day, 2),
        'D' => (Field::DayOfYear, 3),
        'H' => (Field::Hour, 2),
        'k' => (Field::ClockHour, 2),
        'K' => (Field::HalfDayHour, 2),
        'h' => (Field::HalfDayClockHour, 2),
        'm' => (Field::Minute, 2),
        _ => (Field::Second, 2),
    };
    if count > most {
        return Err(too_many(letter));
    }
    Ok(Item::Number(field, count as u8))
}

fn name(letter: char, count: usize) -> Result<Item, String> {
    let names = match letter {
        'G' => Names::Era,
        _ => Names::Weekday,
    };
    match count {
        1..=3 => Ok(Item::Name(names, Style::Short)),
        4 => Ok(Item::Name(names, Style::Full)),
        _ => Err(too_many(letter)),
    }
}

fn zone_offset(letter: char, count: usize) -> Result<Item, String> {
    let style = |zero, (colons, minutes, seconds)| {
        Ok(Item::Offset(OffsetStyle {
            zero,
            colons,
            minutes,
            seconds,
        }))
    };
    let shape = match count {
        1 => (false, Minutes::IfAny, false),
        2 => (false, Minutes::Always, false),
        3 => (true, Minutes::Always, false),
        4 => (false, Minutes::Always, true),
        _ => (true, Minutes::Always, true),
    };
    match (letter, count) {
        ('X', 1..=5) => style("Z", shape),
        ('x', 1) => style("+00", shape),
        ('x', 2 | 4) => style("+0000", shape),
        ('x', 3 | 5) => style("+00:00", shape),
        ('Z', 1..=3) => style("+0000", (false, Minutes::Always, false)),
        ('Z', 5) => style("Z", shape),
        ('O', 1) => Ok(Item::Gmt(Style::Short)),
        ('O' | 'Z', 4) => Ok(Item::Gmt(Style::Full)),
        ('O', 2 | 3) => Err("O is written once or four times".into()),
        _ => Err(too_many(letter)),
    }
}

fn too_many(letter: char) -> String {
    format!("Too many pattern letters: {letter}")
}

fn refusal(letter: char) -> String {
    match letter {
        'Y' | 'W' | 'w' | 'u' | 'e' | 'c' => format!(
            "All week-based patterns are unsupported since Spark 3.0, detected: {letter}; a year is y"
        ),
        'F' => "F means different things in different versions of Java".into(),
        'z' | 'v' => format!("{letter} names zones in words; use VV or XXX"),
        other => format!("Illegal pattern character: {other}"),
    }
}

fn error(index: usize, reason: impl Into<String>) -> PatternError {
    PatternError {
        position: index + 1,
        reason: reason.into(),
    }
}
