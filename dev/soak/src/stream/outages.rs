//! A stream whose cluster goes away.

use std::{
    collections::BTreeMap,
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::time::sleep;

use super::{
    Batch,
    place::Place,
    program::{Trigger, wait},
};
use crate::{
    nodes::{self, Ending},
    wait::POLL,
};

/// Records of a batch, at most.
const LIMIT: u64 = 20_000;
/// How often one batch may run again while its cluster is away.
const RUNS: usize = 20;

/// Restarts the nodes one after the other, then all of them. Gives the batches that may have run again.
pub(crate) async fn outlive(place: &Place, outage: Duration) -> anyhow::Result<Vec<Batch>> {
    let mut child = place.program.start(Trigger::AtOnce, LIMIT)?;
    place.another_batch().await?;
    let mut seen = BTreeMap::new();
    let nodes = i32::try_from(place.nodes)?;
    for node in 1..=nodes {
        place.source.wait_until_whole().await?;
        place.sink.wait_until_whole().await?;
        watch(place, &mut child, &mut seen, restart(node)).await?;
    }
    watch(place, &mut child, &mut seen, restart_all(nodes, outage)).await?;
    terminate(place, child).await?;
    Ok(seen
        .into_values()
        .flat_map(|batch| std::iter::repeat_n(batch, RUNS))
        .collect())
}

async fn restart(node: i32) -> anyhow::Result<()> {
    let how = match node % 2 {
        0 => Ending::Kill,
        _ => Ending::Stop,
    };
    nodes::end(node, how).await?;
    nodes::restart(node).await?;
    println!("node {node}: {how} and restart");
    Ok(())
}

async fn restart_all(nodes: i32, outage: Duration) -> anyhow::Result<()> {
    for node in 1..=nodes {
        // The last one has nobody to hand over to.
        let how = match node == nodes {
            true => Ending::Kill,
            false => Ending::Stop,
        };
        nodes::end(node, how).await?;
    }
    sleep(outage).await;
    nodes::restart_all().await?;
    println!("all nodes: away for {} s", outage.as_secs());
    Ok(())
}

/// Notes each batch that is under way during a fault, and until another one is committed.
///
/// # Errors
/// The stream has ended.
async fn watch(
    place: &Place,
    child: &mut Child,
    seen: &mut BTreeMap<u64, Batch>,
    fault: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let look = async {
        loop {
            is_running(place, child)?;
            if let Some(batch) = place.directory.uncommitted()? {
                seen.insert(batch.number, batch);
            }
            sleep(POLL).await;
        }
    };
    let events = async {
        fault.await?;
        let since = Instant::now();
        place.another_batch().await?;
        println!(
            "  {:.1} s until the next commit",
            since.elapsed().as_secs_f64()
        );
        Ok(())
    };
    tokio::select! {
        done = events => done,
        failed = look => failed,
    }
}

fn is_running(place: &Place, child: &mut Child) -> anyhow::Result<()> {
    let ended = child.try_wait()?;
    ensure!(
        ended.is_none(),
        "the stream ended: {ended:?}{}",
        place.program.said()
    );
    Ok(())
}

/// Ends the program as an operator does.
async fn terminate(place: &Place, child: Child) -> anyhow::Result<()> {
    let sent = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()?;
    ensure!(sent.success(), "kill: {sent}");
    let status = wait(child).await?;
    ensure!(
        status.success(),
        "after SIGTERM: {status}{}",
        place.program.said()
    );
    Ok(())
}
