//! The texts of Spark's files, version 1. Also a part of a fuzz target.

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::problem::FileProblem;
use crate::{SourceOffsets, offsets::Long};

/// An entry of `offsets/`.
#[derive(Debug, Clone)]
pub struct OffsetsEntry {
    /// Always 0: there are no watermarks.
    pub watermark_ms: i64,
    /// When the batch was planned, in milliseconds since the epoch. `now()` is this time within the batch.
    pub timestamp_ms: i64,
    /// Spark's settings, kept as they are found; `{}` in a query that never was Spark's.
    pub conf: Box<RawValue>,
    /// Where the batch ends, for each source; `None` for one that has no offsets yet.
    pub sources: Vec<Option<SourceOffsets>>,
}

impl OffsetsEntry {
    /// The settings of a query that never was Spark's: `{}`.
    pub fn no_conf() -> Box<RawValue> {
        serde_json::value::to_raw_value(&serde_json::Map::new())
            .unwrap_or_else(|_| RawValue::NULL.to_owned())
    }
}

/// What `commits/N` holds.
pub(super) const COMMIT: &str = "v1\n{\"nextBatchWatermarkMs\":0}";

const SUPPORTED: i32 = 1;
/// Stands for a source that has no offsets yet.
const NO_OFFSETS: &str = "-";

/// What to do with files that are damaged.
pub(super) mod advice {
    pub(super) const OFFSETS: &str = "bring it back from a copy; without one, and if commits/ has no file \
        of its number, remove it: the batch is planned anew, and what it may have written is written again";
    pub(super) const COMMITS: &str =
        "bring it back from a copy or remove it: its batch, if it is the last, then runs again";
    pub(super) const INITIAL: &str = "bring it back from a copy; without one, and if offsets/ is empty, \
        remove it: the query then starts where its options say";
    pub(super) const METADATA: &str =
        "bring it back from a copy or remove it: the query then has a new id";
}

#[derive(Deserialize)]
struct Metadata {
    id: String,
}

#[derive(Default, Deserialize)]
struct BatchMetadata {
    #[serde(default, rename = "batchWatermarkMs")]
    watermark_ms: Long,
    #[serde(default, rename = "batchTimestampMs")]
    timestamp_ms: Long,
    conf: Option<Box<RawValue>>,
}

pub(super) fn print_metadata(id: Uuid) -> String {
    format!(r#"{{"id":"{id}"}}"#)
}

pub(super) fn parse_metadata(bytes: &[u8]) -> Result<Uuid, FileProblem> {
    let advice = advice::METADATA;
    let text = text(bytes, advice)?;
    let damaged = |problem: String| FileProblem::Damaged {
        what: format!(r#"it should be {{"id":"<uuid>"}}: {problem}"#),
        advice,
    };
    let metadata: Metadata =
        serde_json::from_str(text).map_err(|problem| damaged(problem.to_string()))?;
    let id = metadata.id.parse::<Uuid>();
    id.map_err(|problem| damaged(problem.to_string()))
}

pub(super) fn print_offsets(entry: &OffsetsEntry) -> String {
    let mut text = format!(
        "v{SUPPORTED}\n{{\"batchWatermarkMs\":{},\"batchTimestampMs\":{},\"conf\":{}}}",
        entry.watermark_ms,
        entry.timestamp_ms,
        entry.conf.get()
    );
    for source in &entry.sources {
        text.push('\n');
        match source {
            Some(offsets) => text.push_str(&offsets.to_json()),
            None => text.push_str(NO_OFFSETS),
        }
    }
    text
}

pub(super) fn parse_offsets(bytes: &[u8]) -> Result<OffsetsEntry, FileProblem> {
    let advice = advice::OFFSETS;
    let mut lines = text(bytes, advice)?.lines();
    version(lines.next(), advice)?;
    let metadata = lines.next().ok_or(FileProblem::Incomplete { advice })?;
    let metadata = batch_metadata(metadata)?;
    let sources = lines.map(source).collect::<Result<Vec<_>, _>>()?;
    if sources.is_empty() {
        return Err(FileProblem::Incomplete { advice });
    }
    Ok(OffsetsEntry {
        watermark_ms: metadata.watermark_ms.0,
        timestamp_ms: metadata.timestamp_ms.0,
        conf: metadata.conf.unwrap_or_else(OffsetsEntry::no_conf),
        sources,
    })
}

fn batch_metadata(line: &str) -> Result<BatchMetadata, FileProblem> {
    // Old versions of Spark left the line empty.
    if line.trim().is_empty() {
        return Ok(BatchMetadata::default());
    }
    serde_json::from_str(line).map_err(|problem| FileProblem::Damaged {
        what: format!("its second line is not the metadata of a batch: {problem}"),
        advice: advice::OFFSETS,
    })
}

fn source(line: &str) -> Result<Option<SourceOffsets>, FileProblem> {
    match line {
        NO_OFFSETS => Ok(None),
        json => offsets(json, advice::OFFSETS).map(Some),
    }
}

/// Only the version is looked at: there are no watermarks.
pub(super) fn parse_commit(bytes: &[u8]) -> Result<(), FileProblem> {
    let advice = advice::COMMITS;
    version(text(bytes, advice)?.lines().next(), advice)
}

pub(super) fn print_initial(offsets: &SourceOffsets) -> String {
    format!("\0v{SUPPORTED}\n{}", offsets.to_json())
}

pub(super) fn parse_initial(bytes: &[u8]) -> Result<SourceOffsets, FileProblem> {
    let advice = advice::INITIAL;
    let Some((_zero, rest)) = bytes.split_first() else {
        return Err(FileProblem::Incomplete { advice });
    };
    let rest = text(rest, advice)?;
    if !rest.starts_with('v') {
        // Spark 2.1.0 wrote no version.
        return offsets(rest, advice);
    }
    let Some((first, json)) = rest.split_once('\n') else {
        return Err(FileProblem::Incomplete { advice });
    };
    version(Some(first), advice)?;
    offsets(json, advice)
}

fn offsets(json: &str, advice: &'static str) -> Result<SourceOffsets, FileProblem> {
    let damaged = |what| FileProblem::Damaged { what, advice };
    let offsets: SourceOffsets = json.parse().map_err(|error| damaged(format!("{error}")))?;
    for (topic, partition, offset) in offsets.iter() {
        if partition < 0 || offset < 0 {
            let what = format!("{topic}-{partition} cannot be at offset {offset}");
            return Err(damaged(what));
        }
    }
    Ok(offsets)
}

fn version(line: Option<&str>, advice: &'static str) -> Result<(), FileProblem> {
    let line = line.ok_or(FileProblem::Incomplete { advice })?;
    match line
        .strip_prefix('v')
        .and_then(|number| number.parse().ok())
    {
        Some(1..=SUPPORTED) => Ok(()),
        Some(newer) if newer > SUPPORTED => Err(FileProblem::Newer(newer)),
        _ => Err(FileProblem::Version {
            line: line.to_owned(),
            advice,
        }),
    }
}

fn text<'a>(bytes: &'a [u8], advice: &'static str) -> Result<&'a str, FileProblem> {
    if bytes.is_empty() {
        return Err(FileProblem::Incomplete { advice });
    }
    str::from_utf8(bytes).map_err(|problem| FileProblem::Damaged {
        what: problem.to_string(),
        advice,
    })
}
