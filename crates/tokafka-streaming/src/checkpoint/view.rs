//! A checkpoint to look at.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{
    CheckpointError, OffsetsEntry, Recovered, Skip, entry,
    files::Files,
    location,
    recover::{check_order, check_state, read},
    skips,
};
use crate::{Heals, SourceOffsets};

/// What a checkpoint holds, also a damaged one or Spark's. Looking at it takes no lock and writes nothing.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckpointView {
    /// Where it is.
    pub location: String,
    /// The query's id.
    pub id: Option<Uuid>,
    /// The process that runs a query on it now, as far as a lock says.
    pub owner: Option<String>,
    /// The batches.
    pub recovered: Recovered,
    /// The numbers that are in `offsets/`.
    pub offsets: BTreeSet<u64>,
    /// The numbers that are in `commits/`.
    pub commits: BTreeSet<u64>,
    /// Where each source began.
    pub initial: Vec<Option<SourceOffsets>>,
    /// Offsets that are passed over.
    pub skips: Vec<Skip>,
    /// Files of writes that were cut off. Nobody reads them.
    pub leftovers: Vec<String>,
    /// Why no query can go on from it.
    pub problems: Vec<CheckpointError>,
}

/// What a batch reads of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionRange {
    /// The source, from 0.
    pub source: usize,
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Where it begins; `None` if the checkpoint does not say, as of a partition that is new in the batch.
    pub start: Option<i64>,
    /// Where it ends; that offset is not read.
    pub end: i64,
}

impl CheckpointView {
    /// Looks at the checkpoint in a directory or at a URL.
    ///
    /// # Errors
    /// There is none, or the store does not answer. What is wrong with its files is in `problems`.
    pub async fn open(location: &str) -> Result<Self, CheckpointError> {
        Self::of(&location::files(location)?).await
    }

    pub(super) async fn of(files: &Files) -> Result<Self, CheckpointError> {
        let mut problems = Problems::default();
        problems.keep(check_state(files).await)?;
        let id = problems.keep(read(files, "metadata", entry::parse_metadata).await)?;
        let offsets = files.numbers("offsets").await?;
        let commits = files.numbers("commits").await?;
        let recovered = problems.recovered(files, &offsets, &commits).await?;
        let initial = problems.initial(files).await?;
        if id.is_none()
            && offsets.is_empty()
            && commits.is_empty()
            && initial.is_empty()
            && problems.0.is_empty()
        {
            return Err(CheckpointError::Missing {
                location: files.location().to_owned(),
            });
        }
        Ok(Self {
            location: files.location().to_owned(),
            id,
            owner: files.owner().await?.map(|(holder, _)| holder),
            recovered,
            offsets,
            commits,
            initial,
            skips: problems.keep(skips::read(files).await)?,
            leftovers: leftovers(files).await?,
            problems: problems.0,
        })
    }

    /// The number of the batch that runs again at the next start: it was planned, and is not noted as done.
    pub fn unfinished(&self) -> Option<u64> {
        let (planned, _) = self.recovered.planned.as_ref()?;
        (self.recovered.committed != Some(*planned)).then_some(*planned)
    }

    /// What that batch reads.
    pub fn replayed(&self) -> Vec<PartitionRange> {
        let Some((_, planned)) = &self.recovered.planned else {
            return Vec::new();
        };
        if self.unfinished().is_none() {
            return Vec::new();
        }
        let mut ranges = Vec::new();
        for (source, ends) in planned.sources.iter().enumerate() {
            for (topic, partition, end) in ends.iter().flat_map(SourceOffsets::iter) {
                let start = self
                    .done(source)
                    .and_then(|done| done.get(topic, partition));
                ranges.push(PartitionRange {
                    source,
                    topic: topic.to_owned(),
                    partition,
                    start,
                    end,
                });
            }
        }
        ranges
    }

    /// Where each source goes on once all planned batches are done.
    pub fn ends(&self) -> Vec<Option<&SourceOffsets>> {
        match &self.recovered.planned {
            Some((_, planned)) => planned.sources.iter().map(Option::as_ref).collect(),
            None => self.initial.iter().map(Option::as_ref).collect(),
        }
    }

    /// The topic-partitions that the query reads.
    pub(super) fn partitions(&self) -> Vec<String> {
        let ends = self.ends().into_iter().flatten();
        let ends = ends.flat_map(SourceOffsets::iter);
        ends.map(|(topic, partition, _)| format!("{topic}-{partition}"))
            .collect()
    }

    /// The offset below which all batches with this partition are done, if the query reads it.
    pub(super) fn position(&self, topic: &str, partition: i32) -> Option<i64> {
        let ends = self.ends().into_iter().enumerate();
        let reading =
            ends.filter(|(_, ends)| ends.is_some_and(|ends| ends.get(topic, partition).is_some()));
        let done = reading.map(|(source, _)| {
            let done = self.done(source);
            done.and_then(|done| done.get(topic, partition))
                .unwrap_or(0)
        });
        done.min()
    }

    /// Where a source's batches that are done end.
    fn done(&self, source: usize) -> Option<&SourceOffsets> {
        let last = match &self.recovered.planned {
            Some((_, planned)) if self.unfinished().is_none() => Some(planned),
            _ => self.recovered.before.as_ref(),
        };
        let of = match last {
            Some(entry) => entry.sources.get(source),
            None => self.initial.get(source),
        };
        of?.as_ref()
    }
}

/// What is wrong with files, while the rest of them is read.
#[derive(Default)]
struct Problems(Vec<CheckpointError>);

impl Problems {
    /// What was found; nothing, if a file is at fault.
    fn keep<T: Default>(
        &mut self,
        found: Result<T, CheckpointError>,
    ) -> Result<T, CheckpointError> {
        match found {
            Err(problem) if problem.heals() == Heals::Never => {
                self.0.push(problem);
                Ok(T::default())
            }
            found => found,
        }
    }

    async fn recovered(
        &mut self,
        files: &Files,
        offsets: &BTreeSet<u64>,
        commits: &BTreeSet<u64>,
    ) -> Result<Recovered, CheckpointError> {
        let mut recovered = Recovered::default();
        if let Some(last) = offsets.last().copied() {
            recovered.planned = self.entry(files, last).await?.map(|entry| (last, entry));
            if let Some(missing) = last.checked_sub(1) {
                recovered.before = self.entry(files, missing).await?;
                if !offsets.contains(&missing) {
                    self.0.push(CheckpointError::Gap {
                        location: files.location().to_owned(),
                        missing,
                        planned: last,
                    });
                }
            }
        }
        if let Some(last) = commits.last().copied() {
            let name = format!("commits/{last}");
            self.keep(read(files, &name, entry::parse_commit).await)?;
            recovered.committed = Some(last);
        }
        self.keep(check_order(
            files,
            offsets.last().copied(),
            recovered.committed,
        ))?;
        Ok(recovered)
    }

    async fn entry(
        &mut self,
        files: &Files,
        batch: u64,
    ) -> Result<Option<OffsetsEntry>, CheckpointError> {
        let name = format!("offsets/{batch}");
        self.keep(read(files, &name, entry::parse_offsets).await)
    }

    async fn initial(
        &mut self,
        files: &Files,
    ) -> Result<Vec<Option<SourceOffsets>>, CheckpointError> {
        let mut initial = Vec::new();
        let sources = files.directories("sources").await?;
        for source in 0..sources.len() {
            let name = format!("sources/{source}/0");
            initial.push(self.keep(read(files, &name, entry::parse_initial).await)?);
        }
        Ok(initial)
    }
}

async fn leftovers(files: &Files) -> Result<Vec<String>, CheckpointError> {
    let mut leftovers = Vec::new();
    for directory in ["", "offsets", "commits", "skips"] {
        let names = files.names(directory).await?.into_iter();
        let cut_off = names.filter(|name| name.starts_with('.') && name.ends_with(".tmp"));
        leftovers.extend(cut_off.map(|name| match directory {
            "" => name,
            _ => format!("{directory}/{name}"),
        }));
    }
    Ok(leftovers)
}
