//! Kills brokers during writes, and compares what was reported with what is in the log.
//!
//! ```text
//! dev/kafka run -- cargo run --release -p tokafka-soak
//! dev/kafka run --nodes 3 -- cargo run --release -p tokafka-soak -- --faults 1 --ending stop --ending kill
//! ```
//!
//! A program of its own, beside `dev/kafka` that it steers, and outside the default members, since
//! librdkafka needs a C++ compiler. It prints a line for each write:
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

mod check;
mod clients;
mod evidence;
mod log;
mod nodes;
mod plan;
mod row;
mod setup;
mod table;
mod wait;
mod write;

use anyhow::ensure;
use clap::Parser;
use tokafka_client::{
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};

use crate::{clients::Client, plan::Plan, setup::Setup, write::Figures};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let setup = Setup::parse();
    let seed = setup.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("Kafka from {}, seed {seed}", setup.kafka_libs.display());
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &setup.bootstrap_server);
    let cluster = Cluster::connect(ClientSettings::from_properties(&properties)?).await?;
    table::head();
    let mut is_proved = true;
    for client in &setup.clients {
        let total = run(&setup, &cluster, *client, seed).await?;
        let has_failed = total.failed > 0 && !setup.may_fail;
        is_proved &= *client != Client::Tokafka || (total.findings.is_clean() && !has_failed);
    }
    ensure!(
        is_proved,
        "not every row was delivered once, in order and as reported: see the table"
    );
    Ok(())
}

async fn run(
    setup: &Setup,
    cluster: &Cluster,
    client: Client,
    seed: u64,
) -> anyhow::Result<Figures> {
    let mut total = Figures::default();
    for write in 0..setup.writes {
        let plan = Plan::new(setup, seed, write);
        let outcome = write::run(setup, cluster, client, &plan).await?;
        table::line(client, &plan, &outcome);
        total += outcome.figures;
    }
    table::total(client, setup.writes, &total);
    Ok(total)
}
