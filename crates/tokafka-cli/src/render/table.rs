//! Columns for the eye.

use std::io::{self, Write};

use tokafka_client::batch::RecordRef;

use super::{bytes::Shown, time::rfc3339};

const COLUMNS: [&str; 8] = [
    "partition",
    "offset",
    "timestamp",
    "key",
    "key_base64",
    "value",
    "value_base64",
    "headers",
];
/// Characters of a cell that are shown.
const CELL: usize = 80;

/// Rows that are set under one another. A header line comes first, and again if the columns change.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<[Option<String>; COLUMNS.len()]>,
    shown: Vec<usize>,
}

impl Table {
    pub(super) fn push(&mut self, partition: i32, record: &RecordRef<'_>) {
        let (key, key_base64) = cells(record.key);
        let (value, value_base64) = cells(record.value);
        self.rows.push([
            Some(partition.to_string()),
            Some(record.offset.to_string()),
            Some(rfc3339(record.timestamp)),
            key,
            key_base64,
            value,
            value_base64,
            headers(record),
        ]);
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Writes the rows that were pushed since the last time.
    pub(super) fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let always = |column: usize| !matches!(COLUMNS.get(column), Some(&name) if name.ends_with("base64") || name == "headers");
        let filled = |column: usize| {
            self.rows
                .iter()
                .any(|row| matches!(row.get(column), Some(Some(_))))
        };
        let shown: Vec<usize> = (0..COLUMNS.len())
            .filter(|column| always(*column) || filled(*column))
            .collect();
        let header = COLUMNS.map(|name| Some(name.to_owned()));
        let widths: Vec<usize> = shown
            .iter()
            .map(|column| {
                let cells = self
                    .rows
                    .iter()
                    .chain([&header])
                    .filter_map(|row| row.get(*column)?.as_ref());
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        if shown != self.shown {
            write_row(out, &header, &shown, &widths)?;
            self.shown.clone_from(&shown);
        }
        for row in self.rows.drain(..) {
            write_row(out, &row, &shown, &widths)?;
        }
        Ok(())
    }
}

fn write_row(
    out: &mut impl Write,
    row: &[Option<String>],
    shown: &[usize],
    widths: &[usize],
) -> io::Result<()> {
    let mut line = String::new();
    for (column, width) in shown.iter().zip(widths) {
        let cell = row
            .get(*column)
            .and_then(Option::as_deref)
            .unwrap_or_default();
        line.push_str(&format!("{cell:<width$}  "));
    }
    writeln!(out, "{}", line.trim_end())
}

fn cells(bytes: Option<&[u8]>) -> (Option<String>, Option<String>) {
    match Shown::new(bytes) {
        Shown::Null => (Some("null".to_owned()), None),
        Shown::Text(text) => (Some(cut(text)), None),
        Shown::Binary(base64) => (None, Some(cut(&base64))),
    }
}

fn headers(record: &RecordRef<'_>) -> Option<String> {
    let list: Vec<String> = record
        .headers
        .map(|(key, value)| match Shown::new(value) {
            Shown::Null => format!("{key}=null"),
            Shown::Text(text) => format!("{key}={text}"),
            Shown::Binary(base64) => format!("{key}=base64:{base64}"),
        })
        .collect();
    (!list.is_empty()).then(|| cut(&list.join(", ")))
}

/// At most `CELL` characters, none of which moves the cursor of a terminal.
fn cut(text: &str) -> String {
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
