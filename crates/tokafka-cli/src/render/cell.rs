//! What is seen of a key, a value or headers in one line.

use super::bytes::Shown;

/// Characters of a cell that are shown.
const CELL: usize = 80;

/// A key or a value.
pub(crate) fn shown(bytes: Option<&[u8]>) -> String {
    match Shown::new(bytes) {
        Shown::Null => "null".to_owned(),
        Shown::Text(text) => cut(text),
        Shown::Binary(base64) => cut(&format!("base64:{base64}")),
    }
}

/// All headers of a record; `None` if it has none.
pub(crate) fn headers<'a>(
    headers: impl Iterator<Item = (&'a str, Option<&'a [u8]>)>,
) -> Option<String> {
    let list: Vec<String> = headers
        .map(|(key, value)| match Shown::new(value) {
            Shown::Null => format!("{key}=null"),
            Shown::Text(text) => format!("{key}={text}"),
            Shown::Binary(base64) => format!("{key}=base64:{base64}"),
        })
        .collect();
    (!list.is_empty()).then(|| cut(&list.join(", ")))
}

/// At most `CELL` characters, none of which moves the cursor of a terminal.
pub(crate) fn cut(text: &str) -> String {
    let mut cell = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == CELL {
            cell.push('…');
            break;
        }
        if c.is_control() {
            cell.extend(c.escape_default());
        } else {
            cell.push(c);
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_short_line_without_control_characters() {
        assert_eq!(cut("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        let long = cut(&"é".repeat(200));
        assert_eq!(long.chars().count(), CELL + 1);
        assert!(long.ends_with('…'));
    }
}
