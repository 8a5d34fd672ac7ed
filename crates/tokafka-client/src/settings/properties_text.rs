//! The text form of `java.util.Properties`, as its `load` method describes it.

use crate::error::SettingsError;
use std::{iter::Peekable, str::Chars};

const WHITE_SPACE: [char; 3] = [' ', '\t', '\x0c'];

/// Names and values in the order of the text.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, SettingsError> {
    logical_lines(text)
        .into_iter()
        .map(|(number, line)| {
            parse_line(&line).map_err(|reason| SettingsError::Malformed {
                line: number,
                reason,
            })
        })
        .collect()
}

/// Lines without comments and blank ones, continued lines joined; each with the number of its first line.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, natural) in natural_lines(text).enumerate() {
        let content = natural.trim_start_matches(WHITE_SPACE);
        if open.is_none() && (content.is_empty() || content.starts_with(['#', '!'])) {
            continue;
        }
        let (number, mut line) = open.take().unwrap_or_else(|| (index + 1, String::new()));
        if is_continued(content) {
            line.push_str(content.strip_suffix('\\').unwrap_or(content));
            open = Some((number, line));
        } else {
            line.push_str(content);
            lines.push((number, line));
        }
    }
    lines.extend(open);
    lines
}

/// Lines end with LF, CR or CR LF.
fn natural_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// True if the line ends with an odd number of backslashes.
fn is_continued(line: &str) -> bool {
    let kept = line.trim_end_matches('\\').len();
    (line.len() - kept) % 2 == 1
}

fn parse_line(line: &str) -> Result<(String, String), &'static str> {
    let (name, rest) = line.split_at(name_end(line));
    let rest = rest.trim_start_matches(WHITE_SPACE);
    let value = rest
        .strip_prefix(['=', ':'])
        .unwrap_or(rest)
        .trim_start_matches(WHITE_SPACE);
    Ok((unescape(name)?, unescape(value)?))
}

/// Where the first separator stands that no backslash precedes.
fn name_end(line: &str) -> usize {
    let mut escaped = false;
    for (index, c) in line.char_indices() {
        if !escaped && (c == '=' || c == ':' || WHITE_SPACE.contains(&c)) {
            return index;
        }
        escaped = c == '\\' && !escaped;
    }
    line.len()
}

/// Works in UTF-16, since a pair of `\u` escapes may make one character.
fn unescape(text: &str) -> Result<String, &'static str> {
    let mut units = Vec::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let unit = if c == '\\' {
            escape(&mut chars)?
        } else {
            Unescaped::Char(c)
        };
        match unit {
            Unescaped::Char(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
            Unescaped::Unit(unit) => units.push(unit),
        }
    }
    String::from_utf16(&units).map_err(|_| "a \\uxxxx escape is half of a surrogate pair")
}

enum Unescaped {
    Char(char),
    Unit(u16),
}

/// What follows a backslash. Before any other character the backslash is dropped, as Java does.
fn escape(chars: &mut Peekable<Chars<'_>>) -> Result<Unescaped, &'static str> {
    Ok(match chars.next() {
        Some('u') => Unescaped::Unit(code_unit(chars)?),
        Some('n') => Unescaped::Char('\n'),
        Some('t') => Unescaped::Char('\t'),
        Some('r') => Unescaped::Char('\r'),
        Some('f') => Unescaped::Char('\x0c'),
        Some(other) => Unescaped::Char(other),
        None => return Err("the text ends after a backslash"),
    })
}

fn code_unit(chars: &mut Peekable<Chars<'_>>) -> Result<u16, &'static str> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = chars
            .next()
            .and_then(|c| c.to_digit(16))
            .ok_or("Malformed \\uxxxx encoding.")?;
        unit = unit * 16 + digit;
    }
    u16::try_from(unit).map_err(|_| "Malformed \\uxxxx encoding.")
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::error::SettingsError;

    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)]);

    #[test]
    fn comments_separators_continuations_and_escapes_are_read_as_java_reads_them() {
        let cases: [Case; 13] = [
            ("# a comment\\\r\n! another\n\n \t\na=1", &[("a", "1")]),
            (
                "  acks = all\nlinger.ms:5\rretries 3",
                &[("acks", "all"), ("linger.ms", "5"), ("retries", "3")],
            ),
            ("key\\ with\\:signs=v=1", &[("key with:signs", "v=1")]),
            ("list=a,\\\n   b,\\\r\n\tc", &[("list", "a,b,c")]),
            ("a=x\\\n\n b=1", &[("a", "x"), ("b", "1")]),
            ("c=y\\\n# no comment", &[("c", "y# no comment")]),
            ("d=z\\", &[("d", "z")]),
            ("even=x\\\\\nb=", &[("even", "x\\"), ("b", "")]),
            ("bare", &[("bare", "")]),
            ("unicode=\\u00e9\\uD83D\\uDE00 é", &[("unicode", "é😀 é")]),
            ("escapes=\\t\\n\\\\\\q", &[("escapes", "\t\n\\q")]),
            ("last=trailing  ", &[("last", "trailing  ")]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let pairs = parse(text).unwrap();
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            assert_eq!(pairs, expected, "{text:?}");
        }
    }

    #[test]
    fn a_malformed_escape_names_its_line() {
        let cases = [
            ("a=1\nb=\\u12", 2, "Malformed \\uxxxx encoding."),
            ("# c\n\na=\\uzzzz", 3, "Malformed \\uxxxx encoding."),
            ("a=x\\\n\\u00g0", 1, "Malformed \\uxxxx encoding."),
            (
                "a=\\ud83d",
                1,
                "a \\uxxxx escape is half of a surrogate pair",
            ),
        ];
        for (text, line, reason) in cases {
            let error = parse(text).unwrap_err();
            assert_eq!(error, SettingsError::Malformed { line, reason }, "{text:?}");
        }
    }
}
