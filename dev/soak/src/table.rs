//! What happened, a line for each write.

use crate::{
    clients::Client,
    plan::Plan,
    write::{Figures, Outcome},
};

/// Prints the names of the columns.
pub(crate) fn head() {
    println!(
        "{:<10} {:>20} {:>6} {:<16} {:>6} {:>7} {:>9} {:>7} {:>7} {:>6} {:>8} | {:>6} {:>7} {:>8} {:>11} {:>10}",
        "client",
        "seed",
        "batch",
        "ended",
        "down s",
        "quiet s",
        "rows",
        "retries",
        "settled",
        "failed",
        "in doubt",
        "lost",
        "doubled",
        "disorder",
        "misreported",
        "unreported"
    );
}

/// Prints what a write came to.
pub(crate) fn line(client: Client, plan: &Plan, outcome: &Outcome) {
    let ended: Vec<_> = outcome
        .ended
        .iter()
        .map(|(how, node)| format!("{how} {node}"))
        .collect();
    let batch = plan.batch_size.to_string();
    figures(
        client,
        [&plan.seed.to_string(), &batch, &ended.join(", ")],
        &outcome.figures,
    );
    for failure in &outcome.failures {
        println!("           {failure}");
    }
}

/// Prints what all writes of a client came to.
pub(crate) fn total(client: Client, writes: u64, total: &Figures) {
    let writes = format!("{writes} writes");
    figures(client, [&writes, "", ""], total);
}

fn figures(client: Client, [seed, batch, ended]: [&str; 3], figures: &Figures) {
    let Figures {
        down,
        silence,
        retries,
        settled,
        failed,
        findings,
    } = figures;
    println!(
        "{:<10} {seed:>20} {batch:>6} {ended:<16} {:>6.1} {:>7.1} {:>9} {retries:>7} {settled:>7} {failed:>6} {:>8} | {:>6} {:>7} {:>8} {:>11} {:>10}",
        format!("{client:?}").to_lowercase(),
        down.as_secs_f64(),
        silence.as_secs_f64(),
        findings.stored,
        findings.in_doubt,
        findings.lost,
        findings.doubled,
        findings.disordered,
        findings.misreported,
        findings.unreported,
    );
}
