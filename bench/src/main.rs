//! Figures as ratios: two ways to do the same work, in turn, in one process.

mod data;
mod encode;
mod json;
mod librdkafka;
mod produce;
mod ratio;
mod read;
mod stream;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "Workloads and peers, run side by side")]
struct Args {
    #[command(subcommand)]
    workload: Workload,
}

#[derive(Debug, Subcommand)]
enum Workload {
    /// Encoding columns into record batches against copying the same bytes and computing their CRC32C.
    Encode(encode::Args),
    /// Rows of TPC-H lineitem to JSON, `to_json` against arrow-json.
    Json(json::Args),
    /// Decoding record batches into columns against copying the same bytes and computing their CRC32C.
    Read(read::Args),
    /// Values from memory to a Kafka cluster, tokafka against librdkafka: CPU of the client.
    Produce(produce::Args),
    /// Streams from topic to topic, tokafka against Spark: rate, latency, CPU and memory.
    Stream(stream::Args),
}

fn main() -> anyhow::Result<()> {
    match Args::parse().workload {
        Workload::Encode(args) => encode::run(&args),
        Workload::Json(args) => json::run(&args),
        Workload::Read(args) => read::run(&args),
        Workload::Produce(args) => produce::run(&args),
        Workload::Stream(args) => stream::run(&args),
    }
}
