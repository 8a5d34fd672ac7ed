//! Kills brokers during writes, and streams at any moment, and compares what should be in the log with what
//! is there.
//!
//! ```text
//! dev/kafka run -- cargo run --release -p tokafka-soak -- writes
//! dev/kafka run --nodes 3 -- cargo run --release -p tokafka-soak -- writes --faults 1 --ending stop --ending kill
//! dev/kafka run -- cargo run --release -p tokafka-soak -- streams
//! dev/kafka run --nodes 3 -- cargo run --release -p tokafka-soak -- outages
//! ```
//!
//! A program of its own, beside `dev/kafka` that it steers, and outside the default members, since
//! librdkafka needs a C++ compiler.

mod check;
mod clients;
mod evidence;
mod log;
mod nodes;
mod plan;
mod row;
mod setup;
mod stream;
mod table;
mod topic;
mod wait;
mod write;

use clap::Parser;
use tokafka_client::{
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};

use crate::setup::Setup;

/// Ends nodes and processes at the worst moments, and reads back what came of it.
#[derive(Debug, clap::Parser)]
enum Soak {
    Writes(Setup),
    Streams(stream::Streams),
    Outages(stream::Outages),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Soak::parse() {
        Soak::Writes(setup) => write::run_all(&setup).await,
        Soak::Streams(streams) => stream::kill(&streams).await,
        Soak::Outages(outages) => stream::outlive(&outages).await,
    }
}

async fn connect(bootstrap_server: &str) -> anyhow::Result<Cluster> {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", bootstrap_server);
    Ok(Cluster::connect(ClientSettings::from_properties(&properties)?).await?)
}
