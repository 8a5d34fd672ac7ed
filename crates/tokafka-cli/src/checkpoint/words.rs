//! A checkpoint in words.

use std::{
    collections::BTreeSet,
    fmt::{self, Write},
};

use tokafka_streaming::checkpoint::CheckpointView;

use crate::render::{harmless, rfc3339};

/// What is said of a checkpoint.
pub(crate) struct Words(String);

impl Words {
    pub(crate) fn of(view: &CheckpointView) -> Result<String, fmt::Error> {
        let mut words = Self(String::new());
        words.facts(view)?;
        if view.problems.is_empty() {
            words.next(view)?;
        } else {
            words.as_far_as_known(view)?;
        }
        words.skips(view)?;
        words.leftovers(view)?;
        words.problems(view)?;
        // Files may be anybody's.
        Ok(harmless(&words.0).into_owned())
    }

    fn facts(&mut self, view: &CheckpointView) -> fmt::Result {
        let out = &mut self.0;
        writeln!(out, "checkpoint {}", view.location)?;
        match view.id {
            Some(id) => writeln!(out, "  query id        {id}")?,
            None => writeln!(
                out,
                "  query id        none: metadata is missing, and a start makes a new id"
            )?,
        }
        let recovered = &view.recovered;
        match &recovered.planned {
            Some((batch, entry)) => {
                writeln!(
                    out,
                    "  last planned    batch {batch}, at {}",
                    rfc3339(entry.timestamp_ms)
                )?;
            }
            None => writeln!(out, "  last planned    none")?,
        }
        match recovered.committed {
            Some(batch) => writeln!(out, "  last committed  batch {batch}")?,
            None => writeln!(out, "  last committed  none")?,
        }
        writeln!(
            out,
            "  files           offsets/ {}, commits/ {}",
            span(&view.offsets),
            span(&view.commits)
        )?;
        if let Some((_, entry)) = &recovered.planned
            && entry.conf.get() != "{}"
        {
            writeln!(out, "  settings        Spark's are in it, and are kept")?;
        }
        if let Some(owner) = &view.owner {
            writeln!(out, "  running         {owner} runs a stream on it now")?;
        }
        Ok(())
    }

    /// What a start does.
    fn next(&mut self, view: &CheckpointView) -> fmt::Result {
        let planned = view.recovered.planned.as_ref().map(|(batch, _)| *batch);
        let next = planned.map_or(0, |batch| batch.saturating_add(1));
        if let Some(batch) = view.unfinished() {
            writeln!(
                self.0,
                "\nBatch {batch} was planned and is not done. The next start runs it again, with the same offsets; what it \
                 had\nwritten is then there twice:"
            )?;
            self.replayed(view)?;
            writeln!(self.0, "\nAfter that batch {next} begins at:")?;
        } else if let Some(batch) = planned {
            writeln!(
                self.0,
                "\nBatch {batch} is done. After the next start batch {next} begins at:"
            )?;
        } else if view.initial.iter().any(Option::is_some) {
            writeln!(
                self.0,
                "\nNo batch was planned yet. Batch 0 begins at, whatever the options say:"
            )?;
        } else {
            return writeln!(
                self.0,
                "\nNo batch was planned yet. Batch 0 begins where the options say."
            );
        }
        self.ends(view)
    }

    fn as_far_as_known(&mut self, view: &CheckpointView) -> fmt::Result {
        if view.ends().iter().all(Option::is_none) {
            return Ok(());
        }
        writeln!(self.0, "\nThe last offsets that can be read are:")?;
        self.ends(view)
    }

    fn replayed(&mut self, view: &CheckpointView) -> fmt::Result {
        let ranges = view.replayed();
        let rows = ranges.iter().map(|range| {
            let end = range.end;
            let (start, count) = match range.start {
                Some(start) => (start.to_string(), end.saturating_sub(start).to_string()),
                None => ("earliest".to_owned(), "unknown".to_owned()),
            };
            let place = [
                range.source.to_string(),
                range.topic.clone(),
                range.partition.to_string(),
            ];
            place
                .into_iter()
                .chain([start, end.to_string(), count])
                .collect()
        });
        let heads = [
            "source",
            "topic",
            "partition",
            "from",
            "to before",
            "offsets",
        ];
        self.columns(&heads, rows.collect())
    }

    fn ends(&mut self, view: &CheckpointView) -> fmt::Result {
        let mut rows = Vec::new();
        for (source, ends) in view.ends().into_iter().enumerate() {
            let Some(ends) = ends else {
                rows.push(vec![source.to_string(), "no offsets yet".to_owned()]);
                continue;
            };
            rows.extend(ends.iter().map(|(topic, partition, offset)| {
                let numbers = [partition.to_string(), offset.to_string()];
                let place = [source.to_string(), topic.to_owned()];
                place.into_iter().chain(numbers).collect()
            }));
        }
        self.columns(&["source", "topic", "partition", "offset"], rows)
    }

    fn skips(&mut self, view: &CheckpointView) -> fmt::Result {
        if view.skips.is_empty() {
            return Ok(());
        }
        writeln!(
            self.0,
            "\nNot read, because `tokafka checkpoint skip` was told so (Spark would read them):"
        )?;
        for skip in &view.skips {
            writeln!(self.0, "  {skip}, since {}", skip.at)?;
        }
        Ok(())
    }

    fn leftovers(&mut self, view: &CheckpointView) -> fmt::Result {
        if view.leftovers.is_empty() {
            return Ok(());
        }
        writeln!(
            self.0,
            "\nLeft of writes that were cut off. Nobody reads them; they may be removed while no stream runs:"
        )?;
        for leftover in &view.leftovers {
            writeln!(self.0, "  {leftover}")?;
        }
        Ok(())
    }

    fn problems(&mut self, view: &CheckpointView) -> fmt::Result {
        if view.problems.is_empty() {
            return Ok(());
        }
        writeln!(self.0, "\nNo stream can go on from it:")?;
        for problem in &view.problems {
            writeln!(self.0, "  {problem}")?;
        }
        Ok(())
    }

    /// Cells one below the other.
    fn columns(&mut self, heads: &[&str], rows: Vec<Vec<String>>) -> fmt::Result {
        let heads = heads.iter().map(|head| (*head).to_owned()).collect();
        let rows: Vec<Vec<String>> = [vec![heads], rows].concat();
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..count).map(width).collect();
        for row in &rows {
            let cells = row.iter().zip(&widths);
            let line = cells.fold(String::new(), |line, (cell, width)| {
                format!("{line}  {cell:width$}")
            });
            writeln!(self.0, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// `4 to 104`.
fn span(numbers: &BTreeSet<u64>) -> String {
    match (numbers.first(), numbers.last()) {
        (Some(first), Some(last)) if first == last => first.to_string(),
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "is empty".to_owned(),
    }
}
