//! Streams from topic to topic, tokafka and Spark side by side.
//!
//! ```text
//! drain    what is in a topic, once: rate and CPU
//! latency  a record at a time: from when it should have been sent to its receipt
//! quiet    without input, and over many small batches: CPU and memory
//! peers    the two that are compared
//! load     the source of records, and who receives them
//! usage    what a process has taken
//! ```

mod drain;
mod latency;
mod load;
mod peers;
mod quiet;
mod usage;

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use anyhow::{Context, ensure};
use tokafka_client::{
    admin::{Admin, NewTopic, OffsetSpec},
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};
use tokio::runtime::Runtime;

use self::peers::{Ours, Spark};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `host:port` of the cluster; `dev/kafka run` sets it.
    #[arg(short, long, env = "TOKAFKA_TEST_KAFKA")]
    bootstrap_server: String,
    /// The program; the default is the one that was built with this.
    #[arg(long)]
    program: Option<PathBuf>,
    /// What to measure; all of it, one after the other, if it is not given.
    #[arg(long = "only", value_name = "WHAT")]
    only: Vec<What>,
    /// Rounds of a drain that count.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Records of a drain.
    #[arg(long, default_value_t = 5_000_000)]
    rows: u64,
    /// Seconds for which latency, and a stream without input, are measured.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Small batches over which memory is looked at.
    #[arg(long, default_value_t = 10_000)]
    batches: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    Drain,
    Latency,
    Idle,
    Memory,
}

const PARTITIONS: i32 = 4;

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut place = Place::new(args)?;
    let is_asked = |what| args.only.is_empty() || args.only.contains(&what);
    if is_asked(What::Drain) {
        drain::run(&mut place, args.rows, args.rounds)?;
    }
    if is_asked(What::Latency) {
        latency::run(&mut place, Duration::from_secs(args.seconds))?;
    }
    if is_asked(What::Idle) {
        quiet::idle(&mut place, Duration::from_secs(args.seconds))?;
    }
    if is_asked(What::Memory) {
        quiet::memory(&place, args.batches)?;
    }
    Ok(())
}

/// The peers, and the cluster that they work on.
struct Place {
    servers: String,
    ours: Ours,
    /// Started when it is first needed.
    spark: Option<Spark>,
    runtime: Runtime,
    admin: Admin,
    scratch: tempfile::TempDir,
}

impl Place {
    fn new(args: &Args) -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let mut properties = Properties::new();
        properties.set("bootstrap.servers", &args.bootstrap_server);
        let settings = ClientSettings::from_properties(&properties)?;
        let cluster = runtime.block_on(Cluster::connect(settings))?;
        let beside = std::env::current_exe()?.with_file_name("tokafka");
        let program = args.program.clone().unwrap_or(beside);
        ensure!(
            program.exists(),
            "{} is missing: cargo build --release",
            program.display()
        );
        Ok(Self {
            servers: args.bootstrap_server.clone(),
            ours: Ours { program },
            spark: None,
            admin: Admin::new(&cluster),
            runtime,
            scratch: tempfile::tempdir()?,
        })
    }

    fn spark(&mut self) -> anyhow::Result<&mut Spark> {
        let spark = match self.spark.take() {
            Some(spark) => spark,
            None => Spark::start()?,
        };
        Ok(self.spark.insert(spark))
    }

    /// A topic that nothing else uses.
    fn topic(&self, kind: &str) -> anyhow::Result<String> {
        let since = SystemTime::UNIX_EPOCH.elapsed()?;
        let topic = NewTopic {
            name: format!("bench-{kind}-{}", since.as_nanos()),
            partitions: Some(PARTITIONS),
            replication: None,
            configs: [].into(),
        };
        self.runtime.block_on(self.admin.create_topic(&topic))?;
        Ok(topic.name)
    }

    fn delete(&self, topic: &str) -> anyhow::Result<()> {
        Ok(self.runtime.block_on(self.admin.delete_topic(topic))?)
    }

    /// How many records a topic has taken.
    fn records(&self, topic: &str) -> anyhow::Result<u64> {
        let ends = self.admin.offsets(topic, OffsetSpec::Latest);
        let sum: i64 = self.runtime.block_on(ends)?.iter().sum();
        u64::try_from(sum).context("offsets below zero")
    }

    /// A stream from one topic to another, with a checkpoint of its own.
    fn job(&self, from: &str, to: &str) -> Job {
        Job {
            bootstrap: self.servers.clone(),
            from: from.to_owned(),
            to: to.to_owned(),
            checkpoint: self.scratch.path().join(to),
        }
    }
}

/// A stream from one topic to another.
#[derive(Debug, Clone)]
struct Job {
    bootstrap: String,
    from: String,
    to: String,
    checkpoint: PathBuf,
}
