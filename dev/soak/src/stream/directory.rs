//! A checkpoint as it lies on disk.

use std::{
    collections::BTreeMap,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// A checkpoint directory of a stream over one topic.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) path: PathBuf,
    topic: String,
}

/// A batch as its entry plans it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) number: u64,
    /// The entry, byte by byte.
    pub(crate) entry: Vec<u8>,
    /// The offsets of each partition.
    pub(crate) ranges: Vec<Range<i64>>,
}

impl Directory {
    pub(crate) fn new(path: PathBuf, topic: &str) -> Self {
        Self {
            path,
            topic: topic.to_owned(),
        }
    }

    /// The last batch that was planned.
    pub(crate) fn planned(&self) -> anyhow::Result<Option<u64>> {
        last(&self.path.join("offsets"))
    }

    /// The last batch that was committed.
    pub(crate) fn committed(&self) -> anyhow::Result<Option<u64>> {
        last(&self.path.join("commits"))
    }

    /// The batch that was planned and not committed, if there is one.
    pub(crate) fn uncommitted(&self) -> anyhow::Result<Option<Batch>> {
        let planned = self.planned()?;
        match planned {
            Some(number) if self.committed()? != planned => self.batch(number).map(Some),
            _ => Ok(None),
        }
    }

    /// The entry of a batch; none if it is there no longer.
    pub(crate) fn entry(&self, number: u64) -> anyhow::Result<Option<Vec<u8>>> {
        match fs::read(self.path.join("offsets").join(number.to_string())) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Where the last batch that was planned ends, in all.
    pub(crate) fn position(&self) -> anyhow::Result<i64> {
        let Some(number) = self.planned()? else {
            return Ok(0);
        };
        Ok(self
            .batch(number)?
            .ranges
            .iter()
            .map(|taken| taken.end)
            .sum())
    }

    /// A batch that is still there.
    pub(crate) fn batch(&self, number: u64) -> anyhow::Result<Batch> {
        let entry = self.entry(number)?.context("no entry of the batch")?;
        let before = match number.checked_sub(1) {
            Some(before) => self
                .entry(before)?
                .context("no entry of the batch before")?,
            None => fs::read(self.path.join("sources/0/0"))?,
        };
        let (starts, ends) = (self.offsets(&before)?, self.offsets(&entry)?);
        let ranges = ends.iter().map(|(partition, end)| {
            let start = starts.get(partition).copied().unwrap_or(0);
            start..*end
        });
        Ok(Batch {
            number,
            ranges: ranges.collect(),
            entry,
        })
    }

    /// By partition, which are numbered without gaps here.
    fn offsets(&self, entry: &[u8]) -> anyhow::Result<BTreeMap<i32, i64>> {
        let line = entry.split(|byte| *byte == b'\n').next_back();
        let line = line.context("an empty entry")?;
        let mut topics: BTreeMap<String, BTreeMap<i32, i64>> = serde_json::from_slice(line)?;
        topics
            .remove(&self.topic)
            .context("an entry of another topic")
    }
}

/// The greatest number among the names of a folder.
fn last(folder: &Path) -> anyhow::Result<Option<u64>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut greatest = None;
    for entry in entries {
        let name = entry?.file_name();
        greatest = greatest.max(name.to_str().and_then(|name| name.parse().ok()));
    }
    Ok(greatest)
}
