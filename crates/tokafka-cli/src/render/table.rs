//! Columns for the eye.

use std::io::{self, Write};

use tokafka_client::batch::RecordRef;

use super::{
    bytes::Shown,
    cell::{cut, headers},
    time::rfc3339,
};

/// Columns by name, and whether they are shown where no record has anything in them.
const COLUMNS: [(&str, bool); 8] = [
    ("partition", true),
    ("offset", true),
    ("timestamp", true),
    ("key", true),
    ("key_base64", false),
    ("value", true),
    ("value_base64", false),
    ("headers", false),
];

type Row = [Option<String>; COLUMNS.len()];

/// Rows that are set under one another. A header line comes first, and again if the columns change.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
    columns: Vec<usize>,
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
            headers(record.headers),
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
        let header: Row = COLUMNS.map(|(name, _)| Some(name.to_owned()));
        let columns = self.filled_columns();
        let widths = columns
            .iter()
            .map(|column| self.width(*column))
            .collect::<Vec<_>>();
        let layout: Vec<_> = columns.iter().copied().zip(widths).collect();
        if columns != self.columns {
            write_row(out, &header, &layout)?;
            self.columns = columns;
        }
        for row in self.rows.drain(..) {
            write_row(out, &row, &layout)?;
        }
        Ok(())
    }

    fn filled_columns(&self) -> Vec<usize> {
        let filled = |column| self.rows.iter().any(|row| cell(row, column).is_some());
        let all = COLUMNS.iter().enumerate();
        all.filter(|(column, (_, always))| *always || filled(*column))
            .map(|(column, _)| column)
            .collect()
    }

    fn width(&self, column: usize) -> usize {
        let name = COLUMNS.get(column).map_or(0, |(name, _)| name.len());
        let cells = self.rows.iter().filter_map(|row| cell(row, column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
            .max(name)
    }
}

fn cell(row: &Row, column: usize) -> Option<&str> {
    row.get(column)?.as_deref()
}

/// Writes the cells of columns in their widths.
fn write_row(out: &mut impl Write, row: &Row, layout: &[(usize, usize)]) -> io::Result<()> {
    let mut line = String::new();
    for (column, width) in layout {
        line.push_str(&format!(
            "{:<width$}  ",
            cell(row, *column).unwrap_or_default()
        ));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn record<'a>(key: Option<&'a [u8]>, value: Option<&'a [u8]>) -> Row {
        let (key, key_base64) = cells(key);
        let (value, value_base64) = cells(value);
        let text = |text: &str| Some(text.to_owned());
        [
            text("0"),
            text("12"),
            text("t"),
            key,
            key_base64,
            value,
            value_base64,
            None,
        ]
    }

    #[test]
    fn columns_of_bytes_are_shown_where_there_are_any_under_a_new_header() {
        let (mut table, mut out) = (Table::default(), Vec::new());
        table.rows.push(record(None, Some(b"text")));
        table.flush(&mut out).unwrap();
        table.rows.push(record(Some(b"k"), Some(b"text again")));
        table.flush(&mut out).unwrap();
        table.rows.push(record(Some(b"k"), Some(b"\xff")));
        table.flush(&mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "partition  offset  timestamp  key   value\n\
             0          12      t          null  text\n\
             0          12      t          k    text again\n\
             partition  offset  timestamp  key  value  value_base64\n\
             0          12      t          k           /w==\n"
        );
    }
}
