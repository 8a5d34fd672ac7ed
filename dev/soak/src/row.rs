//! Rows that know their place: a value names its writer, its partition and its number there.

use std::fmt::Write;

use anyhow::Context;

/// Bytes of a value.
const VALUE_LEN: usize = 100;

/// A row of a writer. Numbers count from 0 within each partition of each writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) writer: u32,
    pub(crate) partition: u32,
    pub(crate) number: u32,
}

impl Row {
    /// Writes the row's value over what `text` holds.
    pub(crate) fn format(self, text: &mut String) {
        let Self {
            writer,
            partition,
            number,
        } = self;
        text.clear();
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{writer} {partition} {number} ");
        while text.len() < VALUE_LEN {
            text.push('.');
        }
    }

    /// The row that a value names.
    pub(crate) fn parse(value: Option<&[u8]>) -> anyhow::Result<Self> {
        let text = std::str::from_utf8(value.context("a row without a value")?)?;
        let mut words = text.split(' ');
        let mut next = || -> anyhow::Result<u32> {
            let word = words.next().unwrap_or_default();
            word.parse()
                .with_context(|| format!("not a value that was written here: {text}"))
        };
        Ok(Self {
            writer: next()?,
            partition: next()?,
            number: next()?,
        })
    }
}

/// Hands out the rows of a writer: one partition after the other.
#[derive(Debug)]
pub(crate) struct Rows {
    writer: u32,
    next: Vec<u32>,
    total: u64,
}

impl Rows {
    pub(crate) fn new(writer: u32, partitions: usize) -> Self {
        Self {
            writer,
            next: vec![0; partitions],
            total: 0,
        }
    }

    /// How many were handed out for each partition.
    pub(crate) fn counts(&self) -> &[u32] {
        &self.next
    }
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let partition = usize::try_from(self.total).ok()? % self.next.len();
        let next = self.next.get_mut(partition)?;
        let number = *next;
        *next += 1;
        self.total += 1;
        Some(Row {
            writer: self.writer,
            partition: u32::try_from(partition).ok()?,
            number,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_names_its_row() {
        let mut text = String::new();
        for row in Rows::new(7, 3).take(1000) {
            row.format(&mut text);
            assert_eq!(text.len(), VALUE_LEN);
            assert_eq!(Row::parse(Some(text.as_bytes())).unwrap(), row);
        }
    }

    #[test]
    fn numbers_count_within_each_partition() {
        let rows: Vec<_> = Rows::new(1, 2)
            .take(4)
            .map(|row| (row.partition, row.number))
            .collect();
        assert_eq!(rows, [(0, 0), (1, 0), (0, 1), (1, 1)]);
    }
}
