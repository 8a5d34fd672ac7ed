//! What a stream would do.

use std::{
    fmt::Write as _,
    io::{Write, stdout},
    time::Duration,
};

use tokafka_streaming::{CheckpointError, DataStreamWriter, Trigger, checkpoint::CheckpointView};

use super::run::failure;
use crate::checkpoint::Words;

/// Prints what the stream would read, write and begin with. Fails if it could not start.
pub(super) async fn dry_run(writer: DataStreamWriter, trigger: Trigger) -> anyhow::Result<()> {
    let location = writer.checkpoint_location().unwrap_or_default().to_owned();
    let query = writer.check().map_err(failure)?;
    let mut text = String::new();
    for source in &query.sources {
        writeln!(text, "reads    {source}")?;
    }
    writeln!(text, "writes   {}", query.sink)?;
    writeln!(text, "trigger  {}", in_words(trigger))?;
    writeln!(text)?;
    let problem = match CheckpointView::open(&location).await {
        Ok(mut view) => {
            text.push_str(&Words::of(&view)?);
            view.problems.pop()
        }
        Err(CheckpointError::Missing { location }) => {
            writeln!(
                text,
                "checkpoint {location}\n  There is none yet. Batch 0 begins where the options say."
            )?;
            None
        }
        Err(other) => return Err(other.into()),
    };
    writeln!(
        text,
        "\nNo cluster was asked. Nothing was read, written or created."
    )?;
    stdout().write_all(text.as_bytes())?;
    problem.map_or(Ok(()), |problem| Err(problem.into()))
}

fn in_words(trigger: Trigger) -> String {
    match trigger {
        Trigger::ProcessingTime(Duration::ZERO) => "a batch as soon as there is input".to_owned(),
        Trigger::ProcessingTime(every) => format!("a batch every {} s", every.as_secs_f64()),
        Trigger::AvailableNow => "what is there at the start, then the end".to_owned(),
        Trigger::Once => "what is there at the start, in one batch, then the end".to_owned(),
    }
}
