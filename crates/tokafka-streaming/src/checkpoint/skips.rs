//! Offsets that a query passes over, because somebody said so.
//!
//! They lie in `skips/<n>`, one JSON object each: a directory of ours, which Spark does not look at.

use std::{
    fmt,
    ops::Range,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::{
    CheckpointError, CheckpointView,
    files::{Files, Put},
    location, log,
    problem::FileProblem,
    recover,
};

const DIRECTORY: &str = "skips";
const ADVICE: &str = "bring it back from a copy or remove it: its offsets are then read";

/// Offsets of one partition that are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offsets.
    pub offsets: Range<i64>,
    /// When that was said, in RFC 3339.
    pub at: String,
}

#[derive(Deserialize, Serialize)]
struct Text {
    topic: String,
    partition: i32,
    first: i64,
    last: i64,
    at: String,
}

impl Skip {
    /// Says now that the query of a checkpoint is to pass over these offsets, from its next start on; false
    /// if that was said before. Durable when it returns.
    ///
    /// # Errors
    /// There is no checkpoint or it cannot be continued, a query runs on it, it does not read the
    /// partition, or a batch with one of the offsets is done already.
    pub async fn record(
        location: &str,
        topic: &str,
        partition: i32,
        offsets: Range<i64>,
    ) -> Result<bool, CheckpointError> {
        let skip = Self {
            topic: topic.to_owned(),
            partition,
            offsets,
            at: now(),
        };
        let files = location::files(location)?;
        sound(&files).await?;
        let _lock = log::own(&files).await?;
        let view = sound(&files).await?;
        skip.check(&view)?;
        if view.skips.iter().any(|told| told.covers(&skip)) {
            return Ok(false);
        }
        skip.write(&files).await.map(|()| true)
    }

    fn check(&self, view: &CheckpointView) -> Result<(), CheckpointError> {
        let refused = |problem| CheckpointError::Skip {
            location: view.location.clone(),
            problem,
        };
        if self.offsets.is_empty() || self.offsets.start < 0 {
            return Err(refused(format!("{self}: there are no such offsets")));
        }
        let place = format!("{}-{}", self.topic, self.partition);
        let Some(position) = view.position(&self.topic, self.partition) else {
            let known = view.partitions();
            let known = if known.is_empty() {
                "no partition yet".to_owned()
            } else {
                known.join(", ")
            };
            return Err(refused(format!(
                "its query does not read {place}; it reads {known}"
            )));
        };
        if self.offsets.start < position {
            return Err(refused(format!(
                "offsets of {place} below {position} are done already, so that {} cannot be skipped; what was \
                 written of them stays",
                self.offsets.start
            )));
        }
        Ok(())
    }

    fn covers(&self, other: &Self) -> bool {
        (&self.topic, self.partition) == (&other.topic, other.partition)
            && self.offsets.start <= other.offsets.start
            && other.offsets.end <= self.offsets.end
    }

    async fn write(&self, files: &Files) -> Result<(), CheckpointError> {
        let number = files.numbers(DIRECTORY).await?.pop_last();
        let number = number.map_or(0, |last| last.saturating_add(1));
        let name = format!("{DIRECTORY}/{number}");
        match files.create(&name, self.print()).await? {
            Put::Written => Ok(()),
            Put::There(_) => Err(CheckpointError::Concurrent {
                batch: number,
                path: files.named(&name),
            }),
        }
    }

    fn print(&self) -> String {
        let text = Text {
            topic: self.topic.clone(),
            partition: self.partition,
            first: self.offsets.start,
            last: self.offsets.end.saturating_sub(1),
            at: self.at.clone(),
        };
        serde_json::to_string(&text).unwrap_or_default()
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, FileProblem> {
        let damaged = |what: String| FileProblem::Damaged {
            what,
            advice: ADVICE,
        };
        let text: Text = serde_json::from_slice(bytes)
            .map_err(|problem| damaged(format!("it is not a skip: {problem}")))?;
        if text.first < 0 || text.last < text.first || text.last == i64::MAX {
            let what = format!("there are no offsets {} to {}", text.first, text.last);
            return Err(damaged(what));
        }
        Ok(Self {
            topic: text.topic,
            partition: text.partition,
            offsets: text.first..text.last.saturating_add(1),
            at: text.at,
        })
    }
}

/// `orders-0 offsets 5 to 9`.
impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.offsets.end.saturating_sub(1);
        write!(f, "{}-{} ", self.topic, self.partition)?;
        if self.offsets.start == last {
            write!(f, "offset {last}")
        } else {
            write!(f, "offsets {} to {last}", self.offsets.start)
        }
    }
}

/// All that were recorded, in that order.
pub(super) async fn read(files: &Files) -> Result<Vec<Skip>, CheckpointError> {
    let mut skips = Vec::new();
    for number in files.numbers(DIRECTORY).await? {
        let name = format!("{DIRECTORY}/{number}");
        skips.extend(recover::read(files, &name, Skip::parse).await?);
    }
    Ok(skips)
}

/// A checkpoint that can be continued.
async fn sound(files: &Files) -> Result<CheckpointView, CheckpointError> {
    let mut view = CheckpointView::of(files).await?;
    if view.problems.is_empty() {
        Ok(view)
    } else {
        Err(view.problems.swap_remove(0))
    }
}

fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    let time = i64::try_from(millis).ok();
    let time = time.and_then(chrono::DateTime::from_timestamp_millis);
    time.unwrap_or_default()
        .format("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
