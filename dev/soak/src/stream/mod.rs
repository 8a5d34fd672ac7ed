//! Streams that copy a topic while they, or their cluster, are ended. Prints a line at the end:
//!
//! ```text
//! batches      that were committed
//! may have     run again: batches that were planned and not committed when the stream or a node was ended
//! did          those of which a row is in the copy once more
//! rows         in the source
//! repeated     rows that are in the copy once more
//! lost         rows that are not in the copy
//! disorder     places in the copy that no batch that ran again explains
//! unexplained  rows that are in the copy more often than batches ran again that hold them
//! ```

mod check;
mod directory;
mod feed;
mod kills;
mod outages;
mod place;
mod program;

use std::time::Duration;

use fastrand::Rng;

use self::{directory::Batch, place::Place};

/// Kills a stream at random moments and before every step of its driver, starts it again each time, and
/// compares the copy with its source at the end.
///
/// Fails if a record is lost, or out of order but for whole batches that ran again.
#[derive(Debug, clap::Args)]
pub(crate) struct Streams {
    /// `host:port` of each node; `dev/kafka run` sets it.
    #[arg(short, long, env = "TOKAFKA_TEST_KAFKA")]
    bootstrap_server: String,
    /// How often the program is killed at a random moment.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// Milliseconds from its start within which it is killed.
    #[arg(long, default_value_t = 2_000)]
    within: u64,
    /// Partitions of the topics.
    #[arg(long, default_value_t = 4)]
    partitions: u32,
    /// Decides on moments and sizes. Random if it is not given.
    #[arg(long)]
    seed: Option<u64>,
}

/// Ends the nodes of a cluster under a running stream: one after the other, then all of them for a while.
#[derive(Debug, clap::Args)]
pub(crate) struct Outages {
    /// `host:port` of each node; `dev/kafka run` sets it.
    #[arg(short, long, env = "TOKAFKA_TEST_KAFKA")]
    bootstrap_server: String,
    /// Seconds for which the whole cluster is away.
    #[arg(long, default_value_t = 180)]
    outage: u64,
    /// Partitions of the topics.
    #[arg(long, default_value_t = 4)]
    partitions: u32,
    /// Decides on sizes. Random if it is not given.
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs [`Streams`].
pub(crate) async fn kill(args: &Streams) -> anyhow::Result<()> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    let mut random = Rng::with_seed(seed);
    let place = Place::new(&args.bootstrap_server, args.partitions, seed).await?;
    let within = Duration::from_millis(args.within);
    let mut again = kills::at_each_step(&place).await?;
    again.extend(kills::at_random(&place, args.kills, within, &mut random).await?);
    place.conclude(again).await
}

/// Runs [`Outages`].
pub(crate) async fn outlive(args: &Outages) -> anyhow::Result<()> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    let place = Place::new(&args.bootstrap_server, args.partitions, seed).await?;
    let outage = Duration::from_secs(args.outage);
    let again = outages::outlive(&place, outage).await?;
    place.conclude(again).await
}
