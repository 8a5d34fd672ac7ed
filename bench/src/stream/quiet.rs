//! Without input, and over many small batches: CPU and memory.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{anyhow, ensure};

use super::{
    Place, load,
    peers::Running,
    usage::{cpu, pause, peak, resident},
};

/// Before what counts.
const WARM_UP: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);
/// Lines of the table of memory.
const LOOKS: u64 = 10;

/// CPU of streams over a topic without records.
pub(super) fn idle(place: &mut Place, time: Duration) -> anyhow::Result<()> {
    let (source, copy) = (place.topic("source")?, place.topic("copy")?);
    let job = place.job(&source, &copy);
    let ours = over(place.ours.start(&job)?, time)?;
    let copy = place.topic("copy")?;
    let job = place.job(&source, &copy);
    let theirs = over(place.spark()?.run(&job)?, time)?;
    println!(
        "| without input for {} s | tokafka | Spark |\n|---|---|---|\n| CPU, % of a core | {ours:.2} | {theirs:.2} |",
        time.as_secs()
    );
    Ok(())
}

fn over(stream: impl Running, time: Duration) -> anyhow::Result<f64> {
    pause(WARM_UP);
    let before = cpu(stream.pid())?;
    pause(time);
    let taken = cpu(stream.pid())? - before;
    stream.stop()?;
    Ok(taken.as_secs_f64() / time.as_secs_f64() * 100.0)
}

/// Resident memory of ours over many batches of a few records each.
pub(super) fn memory(place: &Place, batches: u64) -> anyhow::Result<()> {
    let (source, copy) = (place.topic("source")?, place.topic("copy")?);
    let job = place.job(&source, &copy);
    let stream = place.ours.start(&job)?;
    let (pid, is_enough) = (stream.pid(), AtomicBool::new(false));
    println!("| batches | resident memory, MiB |\n|---|---|");
    thread::scope(|scope| {
        let sender =
            scope.spawn(|| load::send(&place.servers, &source, Instant::now(), &is_enough));
        let looked = (1..=LOOKS).try_for_each(|look| {
            let batch = batches * look / LOOKS;
            while committed(&job.checkpoint) < batch {
                ensure!(!sender.is_finished(), "no records any more");
                pause(POLL);
            }
            println!("| {batch} | {:.1} |", resident(pid)?);
            Ok(())
        });
        is_enough.store(true, Ordering::Relaxed);
        let sent = sender.join().map_err(|_| anyhow!("the sender panicked"))?;
        looked.and(sent.map(drop))
    })?;
    println!("| at most | {:.1} |", peak(pid)?);
    stream.stop()
}

/// How many batches a checkpoint has.
fn committed(checkpoint: &Path) -> u64 {
    let entries = fs::read_dir(checkpoint.join("commits"));
    let names = entries.into_iter().flatten().flatten();
    let numbers = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.max().map_or(0, |last: u64| last + 1)
}
