//! `tokafka checkpoint show`.

use std::io::{Write, stdout};

use anyhow::bail;
use tokafka_streaming::checkpoint::CheckpointView;

use super::words::Words;

/// Prints a checkpoint in words. Fails after that if no stream can go on from it.
pub(super) async fn show(location: &str) -> anyhow::Result<()> {
    let view = CheckpointView::open(location).await?;
    stdout().write_all(Words::of(&view)?.as_bytes())?;
    match view.problems.len() {
        0 => Ok(()),
        1 => bail!("checkpoint {location}: no stream can go on from it: there is a problem"),
        count => {
            bail!("checkpoint {location}: no stream can go on from it: there are {count} problems")
        }
    }
}
