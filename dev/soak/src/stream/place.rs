//! A source that is being fed, its copy, and the checkpoint of the stream between them.

use std::collections::BTreeSet;

use anyhow::ensure;
use tempfile::TempDir;
use tokafka_client::cluster::Cluster;
use tokio::time::timeout;

use super::{Batch, check::check, directory::Directory, feed::Feed, program::Program};
use crate::{
    connect, log,
    topic::Topic,
    wait::{PATIENCE, POLL},
};

pub(crate) struct Place {
    pub(crate) program: Program,
    /// The same with another copy and another checkpoint, for what should leave no trace.
    pub(crate) trial: Program,
    pub(crate) directory: Directory,
    pub(crate) source: Topic,
    pub(crate) sink: Topic,
    pub(crate) nodes: usize,
    cluster: Cluster,
    feed: Feed,
    _scratch: TempDir,
}

impl Place {
    pub(crate) async fn new(servers: &str, partitions: u32, seed: u64) -> anyhow::Result<Self> {
        let cluster = connect(servers).await?;
        let source = Topic::create(&cluster, &format!("source-{seed}"), partitions).await?;
        let sink = Topic::create(&cluster, &format!("copy-{seed}"), partitions).await?;
        let aside = Topic::create(&cluster, &format!("trial-{seed}"), partitions).await?;
        let scratch = tempfile::tempdir()?;
        let checkpoint = scratch.path().join("checkpoint");
        let program = Program {
            servers: servers.to_owned(),
            source: source.name.clone(),
            sink: sink.name.clone(),
            checkpoint: checkpoint.clone(),
            scratch: scratch.path().to_owned(),
        };
        Ok(Self {
            trial: Program {
                sink: aside.name.clone(),
                checkpoint: scratch.path().join("trial"),
                ..program.clone()
            },
            program,
            directory: Directory::new(checkpoint, &source.name),
            feed: Feed::start(servers, &source.name, partitions, seed),
            nodes: servers.split(',').count(),
            source,
            sink,
            cluster,
            _scratch: scratch,
        })
    }

    /// Waits until so many records wait to be copied.
    pub(crate) async fn backlog(&self, records: i64) -> anyhow::Result<()> {
        let fed = async {
            while self.source.len().await? - self.directory.position()? < records {
                tokio::time::sleep(POLL).await;
            }
            Ok(())
        };
        timeout(PATIENCE, fed).await?
    }

    /// Waits until another batch than those so far is committed.
    pub(crate) async fn another_batch(&self) -> anyhow::Result<()> {
        let before = self.directory.committed()?;
        let committed = async {
            while self.directory.committed()? == before {
                tokio::time::sleep(POLL).await;
            }
            Ok(())
        };
        match timeout(PATIENCE, committed).await {
            Ok(committed) => committed,
            Err(_) => anyhow::bail!("no batch is committed{}", self.program.said()),
        }
    }

    /// Copies the rest, and compares the copy with its source.
    ///
    /// # Errors
    /// They differ otherwise than by batches that ran again.
    pub(crate) async fn conclude(self, mut again: Vec<Batch>) -> anyhow::Result<()> {
        self.feed.stop().await?;
        again.extend(self.directory.uncommitted()?);
        self.program.drain().await?;
        ensure!(self.directory.uncommitted()?.is_none(), "a batch is left");
        let servers = &self.program.servers;
        let source = log::read(&self.cluster, servers, &self.source.name).await?;
        let copy = log::read(&self.cluster, servers, &self.sink.name).await?;
        let findings = check(&source, &copy, &again);
        let batches = self.directory.committed()?.map_or(0, |last| last + 1);
        let again: BTreeSet<_> = again.iter().map(|batch| batch.number).collect();
        println!(
            "{batches} batches, {} may have run again, {} did and wrote twice, {} rows, {} repeated | {} lost, {} disorder, {} unexplained",
            again.len(),
            findings.batches,
            findings.rows,
            findings.repeated,
            findings.lost,
            findings.disordered,
            findings.unexplained,
        );
        ensure!(findings.is_clean(), "the copy is not what it should be");
        self.source.delete().await?;
        self.sink.delete().await
    }
}
