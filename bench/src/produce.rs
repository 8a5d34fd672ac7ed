//! Values from memory to a Kafka cluster: CPU of the client, tokafka against librdkafka.

use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use arrow::array::RecordBatch;
use cpu_time::ProcessTime;
use tokafka_arrow::{KafkaWriter, WriteOptions};
use tokafka_client::{
    admin::{Admin, NewTopic, OffsetSpec},
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};
use tokio::runtime::Runtime;

use crate::{
    data,
    librdkafka::{self, Reports},
    ratio::{self, Cost},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `host:port` of the cluster; `dev/kafka run` sets it.
    #[arg(short, long, env = "TOKAFKA_TEST_KAFKA")]
    bootstrap_server: String,
    /// Rows of one run.
    #[arg(long, default_value_t = 4_000_000)]
    rows: u64,
    /// Pairs of runs that count.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Bytes that may wait to be written, on both sides; the default is Kafka's.
    #[arg(long, default_value_t = 33_554_432)]
    buffer_memory: usize,
}

const PARTITIONS: i32 = 4;

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    let topics = Topics::connect(&runtime, &args.bootstrap_server)?;
    let batches = data::values(usize::try_from(args.rows)?, 100);
    ratio::head("tokafka", "librdkafka");
    for (name, reports) in [
        ("a report for each message", Reports::All),
        ("reports of failures only", Reports::Failures),
    ] {
        let settings = librdkafka::Settings {
            bootstrap_servers: &args.bootstrap_server,
            buffer_memory: args.buffer_memory,
            reports,
        };
        let ours = || topics.with_new(args.rows, |topic| ours(&runtime, args, topic, &batches));
        let theirs = || {
            topics.with_new(args.rows, |topic| {
                librdkafka::run(settings, topic, PARTITIONS, args.rows, &batches)
            })
        };
        ratio::compare(
            &format!("100 B; librdkafka: {name}"),
            args.rounds,
            ours,
            theirs,
        )?;
    }
    Ok(())
}

fn ours(
    runtime: &Runtime,
    args: &Args,
    topic: &str,
    batches: &[RecordBatch],
) -> anyhow::Result<Cost> {
    let start = ProcessTime::now();
    let options = WriteOptions::new()
        .topic(topic)
        .producer("bootstrap.servers", &args.bootstrap_server)
        .producer("buffer.memory", args.buffer_memory.to_string());
    // In a task of its own, as a query runs its writers.
    let write = runtime.spawn(write(options, batches.to_vec(), args.rows));
    let rows = runtime.block_on(write)??;
    ensure!(
        rows == args.rows,
        "tokafka delivered {rows} of {} rows",
        args.rows
    );
    Ok(Cost {
        cpu: start.elapsed(),
        rows,
    })
}

/// Writes `rows` rows, walking over the batches.
async fn write(options: WriteOptions, batches: Vec<RecordBatch>, rows: u64) -> anyhow::Result<u64> {
    let first = batches.first().context("no rows")?;
    let kafka = KafkaWriter::new(&first.schema(), options)?;
    let mut writer = kafka.open(0).await?;
    let mut left = usize::try_from(rows)?;
    for batch in batches.iter().cycle() {
        let count = batch.num_rows().min(left);
        writer.write(&batch.slice(0, count)).await?;
        left -= count;
        if left == 0 {
            break;
        }
    }
    let report = writer.finish().await?;
    kafka.close().await;
    Ok(report.rows)
}

/// Makes a fresh topic for each run, counts what arrived in it, and takes it away again, outside the
/// measurement.
struct Topics<'a> {
    runtime: &'a Runtime,
    admin: Admin,
}

impl<'a> Topics<'a> {
    fn connect(runtime: &'a Runtime, bootstrap_servers: &str) -> anyhow::Result<Self> {
        let mut properties = Properties::new();
        properties.set("bootstrap.servers", bootstrap_servers);
        let settings = ClientSettings::from_properties(&properties)?;
        let cluster = runtime.block_on(Cluster::connect(settings))?;
        Ok(Self {
            runtime,
            admin: Admin::new(&cluster),
        })
    }

    fn with_new(
        &self,
        rows: u64,
        run: impl FnOnce(&str) -> anyhow::Result<Cost>,
    ) -> anyhow::Result<Cost> {
        let name = format!(
            "bench-{}",
            SystemTime::UNIX_EPOCH
                .elapsed()
                .unwrap_or(Duration::ZERO)
                .as_nanos()
        );
        let topic = NewTopic {
            name: name.clone(),
            partitions: Some(PARTITIONS),
            replication: None,
            configs: [].into(),
        };
        self.runtime.block_on(self.admin.create_topic(&topic))?;
        let cost = run(&name)?;
        let ends = self.admin.offsets(&name, OffsetSpec::Latest);
        let written: i64 = self.runtime.block_on(ends)?.iter().sum();
        ensure!(
            u64::try_from(written) == Ok(rows),
            "{written} of {rows} rows are in the topic"
        );
        self.runtime.block_on(self.admin.delete_topic(&name))?;
        Ok(cost)
    }
}
