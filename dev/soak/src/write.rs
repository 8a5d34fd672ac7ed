//! Writes, their faults, and what is in the log afterwards. Prints a line for each write:
//!
//! ```text
//! ended        how nodes were ended, and which
//! down s       for how long nodes took no connections, all in all
//! quiet s      the longest time without an acknowledgement
//! settled      batches of unknown outcome that our producer found in the log
//! failed       producers that failed; another one went on
//! in doubt     rows that were reported as possibly written
//! lost         rows that were acknowledged and are not in the log
//! doubled      rows that are in the log once more
//! disorder     places in the log where a row follows a later one of its partition and writer
//! misreported  rows of which the receipt says something else than the log
//! unreported   rows in the log of which the receipt does not know that they may be there
//! ```

use std::{
    ops::AddAssign,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use tokafka_client::cluster::Cluster;
use tokio::{task::JoinSet, time::timeout};

use crate::{
    check::{Findings, check},
    clients::{Client, Job, Quota},
    connect,
    evidence::Evidence,
    log,
    nodes::{self, Ending},
    plan::{Fault, Plan},
    setup::Setup,
    table,
    topic::Topic,
    wait::{PATIENCE, POLL, until},
};

/// Producers of one writer that may fail, one after the other.
const REPLACEMENTS: u32 = 20;

/// What a write came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What was done to which node.
    pub(crate) ended: Vec<(Ending, i32)>,
    pub(crate) figures: Figures,
    /// What each producer that failed said.
    pub(crate) failures: Vec<String>,
}

impl Outcome {
    /// Adds to the figures what is in the evidence.
    fn new(ended: Vec<(Ending, i32)>, mut figures: Figures, evidence: Vec<Evidence>) -> Self {
        figures.retries = evidence.iter().map(|told| told.retries).sum();
        figures.settled = evidence.iter().map(|told| told.settled).sum();
        let failures: Vec<_> = evidence.into_iter().filter_map(|told| told.error).collect();
        figures.failed = failures.len();
        Self {
            ended,
            figures,
            failures,
        }
    }
}

/// One write, or several.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// How long nodes took no connections, all in all.
    pub(crate) down: Duration,
    /// The longest time without an acknowledgement.
    pub(crate) silence: Duration,
    /// Batches that were sent again.
    pub(crate) retries: u64,
    /// Batches of unknown outcome that were found in the log.
    pub(crate) settled: u64,
    /// Producers that failed.
    pub(crate) failed: usize,
    pub(crate) findings: Findings,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.down += other.down;
        self.silence = self.silence.max(other.silence);
        self.retries += other.retries;
        self.settled += other.settled;
        self.failed += other.failed;
        self.findings += other.findings;
    }
}

/// Runs all writes, each client in turn.
///
/// # Errors
/// A write of ours failed, or its receipt is not what the log says.
pub(crate) async fn run_all(setup: &Setup) -> anyhow::Result<()> {
    let seed = setup.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("Kafka from {}, seed {seed}", setup.kafka_libs.display());
    let cluster = connect(&setup.bootstrap_server).await?;
    table::head();
    let mut is_proved = true;
    for client in &setup.clients {
        let mut total = Figures::default();
        for write in 0..setup.writes {
            let plan = Plan::new(setup, seed, write);
            let outcome = run(setup, &cluster, *client, &plan).await?;
            table::line(*client, &plan, &outcome);
            total += outcome.figures;
        }
        table::total(*client, setup.writes, &total);
        let has_failed = total.failed > 0 && !setup.may_fail;
        is_proved &= *client != Client::Tokafka || (total.findings.is_clean() && !has_failed);
    }
    ensure!(
        is_proved,
        "not every row was delivered once, in order and as reported: see the table"
    );
    Ok(())
}

/// Runs a write in a topic of its own.
async fn run(
    setup: &Setup,
    cluster: &Cluster,
    client: Client,
    plan: &Plan,
) -> anyhow::Result<Outcome> {
    let name = format!("soak-{client:?}-{}", plan.seed).to_lowercase();
    let topic = Topic::create(cluster, &name, setup.partitions).await?;
    let job = Job::new(setup, &topic.name, plan.batch_size);
    let mut writers = JoinSet::new();
    for writer in 0..setup.producers {
        let share = u64::from(setup.producers);
        let quota = setup.rows.div_ceil(share)..setup.max_rows.div_ceil(share);
        writers.spawn(produce(client, job.clone(), writer, quota));
    }
    let mut figures = Figures::default();
    let ended = tokio::select! {
        ended = disturb(setup, &topic, &job, &plan.faults, &mut figures) => ended?,
        Some(early) = writers.join_next() => {
            early??;
            bail!("all rows were written before the faults were over: raise --max-rows");
        }
    };
    job.set_enough();
    let mut evidence = Vec::new();
    while let Some(told) = timeout(PATIENCE, writers.join_next())
        .await
        .context("the write does not end")?
    {
        evidence.extend(told??);
    }
    topic.wait_until_whole().await?;
    let log = log::read(cluster, &setup.bootstrap_server, &topic.name).await?;
    topic.delete().await?;
    figures.findings = check(&evidence, &log);
    Ok(Outcome::new(ended, figures, evidence))
}

/// Writes a quota. Where a producer fails, the next one goes on.
async fn produce(
    client: Client,
    job: Job,
    writer: u32,
    mut quota: Quota,
) -> anyhow::Result<Vec<Evidence>> {
    let mut evidence = Vec::new();
    for replacement in 0..=REPLACEMENTS {
        let number = writer * (REPLACEMENTS + 1) + replacement;
        let told = client.write(&job, number, quota.clone()).await?;
        let offered: u64 = told
            .partitions
            .iter()
            .map(|told| u64::from(told.offered))
            .sum();
        quota = quota.start.saturating_sub(offered)..quota.end.saturating_sub(offered);
        let failed = told.error.is_some();
        evidence.push(told);
        if !failed || !job.wants_more(0, &quota) {
            return Ok(evidence);
        }
    }
    bail!(
        "{REPLACEMENTS} producers in a row have failed: {:?}",
        evidence.last().map(|told| &told.error)
    );
}

/// Carries faults out, beginning with the first acknowledgement, and waits until rows are acknowledged
/// again.
async fn disturb(
    setup: &Setup,
    topic: &Topic,
    job: &Job,
    faults: &[Fault],
    figures: &mut Figures,
) -> anyhow::Result<Vec<(Ending, i32)>> {
    acknowledgement(job).await?;
    let mut ended = Vec::new();
    let watch = watch_silence(job, &mut figures.silence);
    let carry_out = async {
        for fault in faults {
            let node = node(setup, topic, fault).await?;
            let started = Instant::now();
            nodes::end(node, fault.how).await?;
            nodes::restart(node).await?;
            figures.down += started.elapsed();
            ended.push((fault.how, node));
        }
        acknowledgement(job).await
    };
    tokio::select! {
        carried_out = carry_out => carried_out?,
        () = watch => {}
    }
    Ok(ended)
}

/// Waits until more rows are acknowledged.
async fn acknowledgement(job: &Job) -> anyhow::Result<()> {
    let rows = job.rows();
    let more = until(|| job.rows() > rows);
    timeout(PATIENCE, more)
        .await
        .context("no row is acknowledged")
}

/// Finds the longest time without an acknowledgement, for ever.
async fn watch_silence(job: &Job, longest: &mut Duration) {
    let (mut rows, mut since) = (job.rows(), Instant::now());
    loop {
        tokio::time::sleep(POLL).await;
        *longest = since.elapsed().max(*longest);
        if job.rows() != rows {
            (rows, since) = (job.rows(), Instant::now());
        }
    }
}

/// The node that a fault concerns, when its moment has come. A cluster that is not whole would lose its
/// quorum: with several nodes, one is ended only when all replicas are in sync.
async fn node(setup: &Setup, topic: &Topic, fault: &Fault) -> anyhow::Result<i32> {
    if setup.nodes() == 1 {
        tokio::time::sleep(fault.delay).await;
        return Ok(1);
    }
    topic.wait_until_whole().await?;
    tokio::time::sleep(fault.delay).await;
    topic.leader(fault.partition).await
}
