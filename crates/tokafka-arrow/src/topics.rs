//! Topics by number: each distinct name of a `topic` column is looked up once per run of equal rows.

use std::{collections::HashMap, ops::Range, sync::Arc};

use arrow::array::ArrayRef;

use crate::value::Cells;

/// Number of a topic in the order in which topics were first seen.
pub(crate) type TopicIndex = usize;

/// The topics that one writer has seen.
#[derive(Debug, Default)]
pub(crate) struct TopicNames {
    numbers: HashMap<Box<[u8]>, TopicIndex>,
    seen: Vec<SeenTopic>,
}

/// A topic, and where it was first named.
#[derive(Debug, Clone)]
pub(crate) struct SeenTopic {
    pub(crate) name: Arc<str>,
    /// Row of the batch, from 0, that named it first.
    pub(crate) row: usize,
}

impl TopicNames {
    /// Number of a topic, which is a new one if the name is.
    pub(crate) fn number(&mut self, name: &[u8], row: usize) -> TopicIndex {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.seen.len();
        self.numbers.insert(name.into(), number);
        // The column holds strings, so nothing is replaced.
        self.seen.push(SeenTopic {
            name: String::from_utf8_lossy(name).into(),
            row,
        });
        number
    }

    /// The topics of all rows: those of the column or, without one, the only topic there is.
    pub(crate) fn route(&mut self, column: Option<&ArrayRef>, rows: usize) -> TopicRuns {
        match column {
            Some(topics) => self.runs(&Cells::of(topics)),
            None => TopicRuns::one(0, rows),
        }
    }

    /// Null is taken for an empty name: null topics are refused before.
    fn runs(&mut self, topics: &Cells<'_>) -> TopicRuns {
        let mut runs = TopicRuns::default();
        let mut last = None;
        for (row, name) in topics.iter().enumerate() {
            if last != Some(name) {
                runs.start(self.number(name.unwrap_or_default(), row), row);
                last = Some(name);
            }
        }
        runs.rows = topics.iter().len();
        runs
    }

    /// Topics that were first seen after `known` others.
    pub(crate) fn since(&self, known: usize) -> &[SeenTopic] {
        self.seen.get(known..).unwrap_or_default()
    }
}

/// Which rows of a batch go to which topic: runs of equal ones.
#[derive(Debug, Default)]
pub(crate) struct TopicRuns {
    /// First row and topic of each run, by row.
    starts: Vec<(usize, TopicIndex)>,
    rows: usize,
}

impl TopicRuns {
    /// All rows go to one topic.
    pub(crate) fn one(topic: TopicIndex, rows: usize) -> Self {
        Self {
            starts: vec![(0, topic)],
            rows,
        }
    }

    /// The runs that lie in these rows, as far as they lie in them.
    pub(crate) fn within(&self, rows: Range<usize>) -> impl Iterator<Item = TopicRun> + '_ {
        let first = self
            .starts
            .partition_point(|(start, _)| *start <= rows.start);
        let from = first.saturating_sub(1);
        let starts = self.starts.get(from..).unwrap_or_default();
        let ends = starts
            .iter()
            .skip(1)
            .map(|(start, _)| *start)
            .chain([self.rows]);
        let last = rows.end;
        starts
            .iter()
            .zip(ends)
            .take_while(move |((start, _), _)| *start < last)
            .map(move |((start, topic), end)| TopicRun {
                topic: *topic,
                rows: (*start).max(rows.start)..end.min(rows.end),
            })
    }

    fn start(&mut self, topic: TopicIndex, row: usize) {
        self.starts.push((row, topic));
    }
}

/// Consecutive rows of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicRun {
    pub(crate) topic: TopicIndex,
    pub(crate) rows: Range<usize>,
}

#[cfg(test)]
mod tests {
    use arrow::array::StringArray;

    use super::*;

    fn run(topic: TopicIndex, rows: Range<usize>) -> TopicRun {
        TopicRun { topic, rows }
    }

    #[test]
    fn equal_neighbours_are_one_run_and_a_name_keeps_its_number() {
        let array = StringArray::from(vec!["a", "a", "b", "a", "c"]);
        let mut names = TopicNames::default();
        let runs = names.runs(&Cells::of(&array));
        let all: Vec<_> = runs.within(0..5).collect();
        assert_eq!(
            all,
            [run(0, 0..2), run(1, 2..3), run(0, 3..4), run(2, 4..5)]
        );
        let some: Vec<_> = runs.within(1..3).collect();
        assert_eq!(some, [run(0, 1..2), run(1, 2..3)]);
        let new: Vec<_> = names
            .since(1)
            .iter()
            .map(|seen| (&*seen.name, seen.row))
            .collect();
        assert_eq!(new, [("b", 2), ("c", 4)]);
    }

    #[test]
    fn a_fixed_topic_is_one_run_wherever_it_is_cut() {
        let runs = TopicRuns::one(0, 10);
        assert_eq!(runs.within(4..8).collect::<Vec<_>>(), [run(0, 4..8)]);
        assert_eq!(TopicRuns::one(0, 0).within(0..0).count(), 0);
    }
}
