//! A stream that is killed and started again.

use std::{
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use fastrand::Rng;
use tokio::{task::spawn_blocking, time::sleep};

use super::{
    Batch,
    directory::Directory,
    place::Place,
    program::{Program, Trigger, wait},
};

/// Records of a batch, at most; drawn for each run.
const LIMITS: [u64; 4] = [7, 100, 2_000, 50_000];
/// Records of a batch in runs that end at a step.
const STEP_LIMIT: u64 = 200;
const SIGKILL: i32 = 9;
const SIGABRT: i32 = 6;
/// Runs that may pass without coming to a step.
const ATTEMPTS: u32 = 5;

/// Kills the program at random moments. Gives the batches that ran again.
pub(crate) async fn at_random(
    place: &Place,
    kills: u32,
    within: Duration,
    random: &mut Rng,
) -> anyhow::Result<Vec<Batch>> {
    let mut again = Vec::new();
    for _ in 0..kills {
        let left = Left::behind(&place.directory)?;
        let limit = random.choice(&LIMITS).copied().unwrap_or(100);
        let mut child = place.program.start(Trigger::AtOnce, limit)?;
        sleep(within.mul_f64(random.f64())).await;
        child.kill()?;
        let status = wait(child).await?;
        ensure!(
            status.signal() == Some(SIGKILL),
            "the program ended by itself: {status}{}",
            place.program.said()
        );
        again.extend(left.ran_again(&place.directory)?);
    }
    println!("{kills} kills at random moments");
    Ok(again)
}

/// Ends a run before each step of the driver: when it comes to it for the first time, then for the second.
///
/// The stream must be new, for the steps that only a new one has.
pub(crate) async fn at_each_step(place: &Place) -> anyhow::Result<Vec<Batch>> {
    let steps = steps(place).await?;
    let mut again = Vec::new();
    for (step, _) in &steps {
        again.extend(at_step(place, step, 1).await?);
    }
    for (step, _) in steps.iter().filter(|(_, times)| *times > 1) {
        again.extend(at_step(place, step, 2).await?);
    }
    let names: Vec<_> = steps.iter().map(|(step, _)| step.as_str()).collect();
    println!("ended before each of the steps {}", names.join(", "));
    Ok(again)
}

async fn at_step(place: &Place, step: &str, occurrence: u32) -> anyhow::Result<Vec<Batch>> {
    let mut again = Vec::new();
    for _ in 0..ATTEMPTS {
        let left = Left::behind(&place.directory)?;
        let status = run(place, &place.program, Some((step, occurrence)))
            .await?
            .0;
        again.extend(left.ran_again(&place.directory)?);
        if status.signal() == Some(SIGABRT) {
            return Ok(again);
        }
        ensure!(
            status.success(),
            "a run up to {step} failed: {status}{}",
            place.program.said()
        );
    }
    bail!("no run came to {step} for the {occurrence}. time");
}

/// The names of all steps, in the order of their first appearance, and how often a run of a few batches comes
/// to each.
async fn steps(place: &Place) -> anyhow::Result<Vec<(String, usize)>> {
    let (status, printed) = run(place, &place.trial, None).await?;
    ensure!(status.success(), "{status}{}", place.program.said());
    let mut steps = Vec::<(String, usize)>::new();
    for step in printed.lines() {
        match steps.iter_mut().find(|(known, _)| known == step) {
            Some((_, times)) => *times += 1,
            None => steps.push((step.to_owned(), 1)),
        }
    }
    ensure!(!steps.is_empty(), "the driver has no steps");
    Ok(steps)
}

/// Copies what is there, some batches at least.
async fn run(
    place: &Place,
    program: &Program,
    step: Option<(&str, u32)>,
) -> anyhow::Result<(ExitStatus, String)> {
    place.backlog(3 * STEP_LIMIT.cast_signed()).await?;
    let mut command = program.step(STEP_LIMIT, step)?;
    command.stdout(Stdio::piped());
    let done = spawn_blocking(move || command.output()).await??;
    Ok((done.status, String::from_utf8(done.stdout)?))
}

/// The batch that a run left planned and not committed, if it did.
struct Left(Option<Batch>);

impl Left {
    fn behind(directory: &Directory) -> anyhow::Result<Self> {
        Ok(Self(directory.uncommitted()?))
    }

    /// The batch, if the next run has taken it up, which is so if anything was done at all.
    ///
    /// # Errors
    /// It was planned anew, or passed over.
    fn ran_again(self, directory: &Directory) -> anyhow::Result<Option<Batch>> {
        let Some(batch) = self.0 else {
            return Ok(None);
        };
        // An entry may be gone by now, but only behind a hundred others.
        if let Some(entry) = directory.entry(batch.number)? {
            ensure!(
                entry == batch.entry,
                "batch {} was planned anew",
                batch.number
            );
        }
        let planned = directory
            .planned()?
            .context("no batch is planned any more")?;
        let committed = directory.committed()?;
        ensure!(
            planned == batch.number || committed >= Some(batch.number),
            "batch {} was passed over",
            batch.number
        );
        Ok(Some(batch))
    }
}
