//! What the files say of the batches before. Writes nothing.

use uuid::Uuid;

use super::{CheckpointError, OffsetsEntry, Recovered, entry, files::Files, problem::FileProblem};

/// The id, if there is one, and the batches.
pub(super) async fn recover(
    files: &Files,
    sources: usize,
) -> Result<(Option<Uuid>, Recovered), CheckpointError> {
    check_state(files).await?;
    let id = read(files, "metadata", entry::parse_metadata).await?;
    let recovered = Recovered {
        committed: committed(files).await?,
        ..planned(files, sources).await?
    };
    let planned = recovered.planned.as_ref().map(|(batch, _)| *batch);
    check_order(files, planned, recovered.committed)?;
    Ok((id, recovered))
}

/// A query with state is not for us.
pub(super) async fn check_state(files: &Files) -> Result<(), CheckpointError> {
    let directories = files.directories("").await?;
    if directories.iter().any(|name| name == "state") {
        return Err(CheckpointError::Stateful {
            location: files.location().to_owned(),
        });
    }
    Ok(())
}

/// The last batch that was planned, and the one before.
async fn planned(files: &Files, sources: usize) -> Result<Recovered, CheckpointError> {
    let Some(last) = files.numbers("offsets").await?.pop_last() else {
        return Ok(Recovered::default());
    };
    let planned = expected(files, last, sources, last).await?;
    let before = match last.checked_sub(1) {
        Some(before) => Some(expected(files, before, sources, last).await?),
        None => None,
    };
    Ok(Recovered {
        planned: Some((last, planned)),
        before,
        committed: None,
    })
}

async fn expected(
    files: &Files,
    batch: u64,
    sources: usize,
    planned: u64,
) -> Result<OffsetsEntry, CheckpointError> {
    let name = format!("offsets/{batch}");
    let Some(entry) = read(files, &name, entry::parse_offsets).await? else {
        return Err(CheckpointError::Gap {
            location: files.location().to_owned(),
            missing: batch,
            planned,
        });
    };
    if entry.sources.len() != sources {
        return Err(CheckpointError::Sources {
            path: files.named(&name),
            checkpoint: entry.sources.len(),
            query: sources,
        });
    }
    Ok(entry)
}

async fn committed(files: &Files) -> Result<Option<u64>, CheckpointError> {
    let last = files.numbers("commits").await?.pop_last();
    if let Some(last) = last {
        let name = format!("commits/{last}");
        read(files, &name, entry::parse_commit).await?;
    }
    Ok(last)
}

/// Spark finds only after it has written the data again that a batch is noted as done already.
pub(super) fn check_order(
    files: &Files,
    planned: Option<u64>,
    committed: Option<u64>,
) -> Result<(), CheckpointError> {
    match committed {
        Some(committed) if planned.is_none_or(|planned| planned < committed) => {
            Err(CheckpointError::Unplanned {
                location: files.location().to_owned(),
                committed,
                planned: match planned {
                    Some(planned) => format!("the last file in offsets/ is {planned}"),
                    None => "offsets/ is empty".to_owned(),
                },
            })
        }
        _ => Ok(()),
    }
}

/// A file in its meaning, if it is there.
pub(super) async fn read<T>(
    files: &Files,
    name: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, FileProblem>,
) -> Result<Option<T>, CheckpointError> {
    let Some(bytes) = files.get(name).await? else {
        return Ok(None);
    };
    match parse(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(problem) => Err(CheckpointError::File {
            path: files.named(name),
            problem,
        }),
    }
}
