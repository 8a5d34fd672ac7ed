//! One write, its faults, and what is in the log afterwards.

use std::{
    ops::AddAssign,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokafka_client::{
    admin::{Admin, NewTopic, TopicDescription},
    cluster::Cluster,
};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    check::{Findings, check},
    clients::{Client, Job, Quota},
    evidence::Evidence,
    log,
    nodes::{self, Ending},
    plan::{Fault, Plan},
    setup::Setup,
    wait::{POLL, until},
};

/// How long anything may take that is not a fault.
const PATIENCE: Duration = Duration::from_secs(300);

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

/// Runs a write in a topic of its own.
pub(crate) async fn run(
    setup: &Setup,
    cluster: &Cluster,
    client: Client,
    plan: &Plan,
) -> anyhow::Result<Outcome> {
    let topic = Topic::create(setup, cluster, client, plan.seed).await?;
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
            let node = topic.node(setup, fault).await?;
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

/// The topic of one write.
struct Topic {
    name: String,
    admin: Admin,
}

impl Topic {
    async fn create(
        setup: &Setup,
        cluster: &Cluster,
        client: Client,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let name = format!("soak-{client:?}-{seed}").to_lowercase();
        let configs = [("retention.bytes", "-1")];
        let topic = NewTopic {
            name: name.clone(),
            partitions: Some(setup.partitions.cast_signed()),
            replication: None,
            configs: configs
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
        };
        let admin = Admin::new(cluster);
        admin.create_topic(&topic).await?;
        let topic = Self { name, admin };
        topic.wait_until_whole().await?;
        Ok(topic)
    }

    /// The node that a fault concerns, when its moment has come. A cluster that is not whole would lose its
    /// quorum: with several nodes, one is ended only when all replicas are in sync.
    async fn node(&self, setup: &Setup, fault: &Fault) -> anyhow::Result<i32> {
        if setup.nodes() == 1 {
            tokio::time::sleep(fault.delay).await;
            return Ok(1);
        }
        self.wait_until_whole().await?;
        tokio::time::sleep(fault.delay).await;
        let topic = self.admin.describe_topic(&self.name).await?;
        let partition = topic.partitions.get(fault.partition);
        partition
            .and_then(|partition| partition.leader)
            .context("a partition without a leader")
    }

    /// Waits until every replica of every partition is in sync.
    async fn wait_until_whole(&self) -> anyhow::Result<()> {
        let whole = async {
            while !self
                .admin
                .describe_topic(&self.name)
                .await
                .is_ok_and(|topic| is_whole(&topic))
            {
                tokio::time::sleep(POLL).await;
            }
        };
        timeout(PATIENCE, whole)
            .await
            .context("not every replica comes back in sync")
    }

    async fn delete(&self) -> anyhow::Result<()> {
        Ok(self.admin.delete_topic(&self.name).await?)
    }
}

fn is_whole(topic: &TopicDescription) -> bool {
    topic.partitions.iter().all(|partition| {
        partition.leader.is_some() && partition.in_sync.len() == partition.replicas.len()
    })
}
