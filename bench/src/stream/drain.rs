//! What is in a topic, once: rate and CPU.

use super::{Job, PARTITIONS, Place, peers::Cost};
use crate::{
    data,
    librdkafka::{self, Reports},
};

/// Both drain the same topic in turn; the first pair of runs does not count.
pub(super) fn run(place: &mut Place, rows: u64, rounds: usize) -> anyhow::Result<()> {
    let source = filled(place, rows)?;
    println!(
        "| drain of {rows} rows, round | tokafka rows/s | Spark rows/s | ratio | tokafka CPU s per million | Spark CPU s per million | ratio |"
    );
    println!("|---|---|---|---|---|---|---|");
    for round in 0..=rounds {
        let theirs = copy(place, &source, rows, |place, job| place.spark()?.drain(job))?;
        let ours = copy(place, &source, rows, |place, job| place.ours.drain(job))?;
        let name = match round {
            0 => "warm-up".to_owned(),
            round => round.to_string(),
        };
        let million = rows as f64 / 1e6;
        let rate = |cost: Cost| rows as f64 / cost.wall.as_secs_f64();
        let cpu = |cost: Cost| cost.cpu.as_secs_f64() / million;
        println!(
            "| {name} | {:.0} | {:.0} | {:.1} | {:.3} | {:.3} | {:.1} |",
            rate(ours),
            rate(theirs),
            rate(ours) / rate(theirs),
            cpu(ours),
            cpu(theirs),
            cpu(theirs) / cpu(ours),
        );
    }
    place.delete(&source)
}

fn filled(place: &Place, rows: u64) -> anyhow::Result<String> {
    let source = place.topic("source")?;
    let settings = librdkafka::Settings {
        bootstrap_servers: &place.servers,
        buffer_memory: 32 << 20,
        reports: Reports::Failures,
    };
    let batches = data::values(usize::try_from(rows)?, 100);
    librdkafka::run(settings, &source, PARTITIONS, rows, &batches)?;
    Ok(source)
}

/// Runs one side into a new topic, counts what arrived, and takes the topic away.
fn copy(
    place: &mut Place,
    source: &str,
    rows: u64,
    run: impl FnOnce(&mut Place, &Job) -> anyhow::Result<Cost>,
) -> anyhow::Result<Cost> {
    let sink = place.topic("copy")?;
    let job = place.job(source, &sink);
    let cost = run(place, &job)?;
    let written = place.records(&sink)?;
    anyhow::ensure!(written == rows, "{written} of {rows} rows are in the copy");
    place.delete(&sink)?;
    Ok(cost)
}
