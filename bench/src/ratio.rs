//! Repeats two measurements in turn, so that both see the machine in the same mood.

use std::time::Duration;

/// CPU time that one run took, and the rows it handled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) cpu: Duration,
    pub(crate) rows: u64,
}

impl Cost {
    fn nanos_per_row(self) -> f64 {
        self.cpu.as_secs_f64() * 1e9 / self.rows as f64
    }
}

/// Runs both `rounds` times after one warm-up, and prints the median, least and greatest ratio of the
/// second to the first, round by round.
pub(crate) fn compare(
    name: &str,
    rounds: usize,
    mut base: impl FnMut() -> anyhow::Result<Cost>,
    mut other: impl FnMut() -> anyhow::Result<Cost>,
) -> anyhow::Result<()> {
    base()?;
    other()?;
    let mut costs = Vec::new();
    for _ in 0..rounds {
        costs.push((base()?.nanos_per_row(), other()?.nanos_per_row()));
    }
    let (base, other) = (
        median(costs.iter().map(|each| each.0)),
        median(costs.iter().map(|each| each.1)),
    );
    let ratios = || costs.iter().map(|(base, other)| other / base);
    let (least, greatest) = (
        ratios().fold(f64::MAX, f64::min),
        ratios().fold(0.0, f64::max),
    );
    let ratio = median(ratios());
    println!("| {name} | {ratio:.2} | {least:.2} to {greatest:.2} | {base:.1} | {other:.1} |");
    Ok(())
}

/// The head of the table that [`compare`] fills.
pub(crate) fn head(base: &str, other: &str) {
    println!(
        "| workload | {other} / {base} | range | {base}, CPU ns per row | {other}, CPU ns per row |"
    );
    println!("|---|---|---|---|---|");
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
