//! The nodes of the cluster, ended and started by `dev/kafka`.

use std::{
    fmt,
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use tokio::task::spawn_blocking;

const DEV_KAFKA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../kafka");

/// How a node is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Ending {
    /// SIGKILL.
    Kill,
    /// SIGTERM: the node hands its partitions over, if there is another one.
    Stop,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
        })
    }
}

/// Ends a node and waits until it is gone.
pub(crate) async fn end(node: i32, how: Ending) -> anyhow::Result<()> {
    dev_kafka(&[&how.to_string(), "--node", &node.to_string()]).await
}

/// Starts a node again and waits until it takes connections.
pub(crate) async fn restart(node: i32) -> anyhow::Result<()> {
    dev_kafka(&["restart", "--node", &node.to_string()]).await
}

/// Starts all nodes again that were ended, and waits until they take connections.
pub(crate) async fn restart_all() -> anyhow::Result<()> {
    dev_kafka(&["restart"]).await
}

async fn dev_kafka(words: &[&str]) -> anyhow::Result<()> {
    let mut process = Command::new(DEV_KAFKA);
    process.args(words).stdin(Stdio::null());
    let done = spawn_blocking(move || process.status()).await?;
    let done = done.context(DEV_KAFKA)?;
    ensure!(done.success(), "dev/kafka {}: {done}", words.join(" "));
    Ok(())
}
