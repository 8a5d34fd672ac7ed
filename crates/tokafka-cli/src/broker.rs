//! `tokafka broker`: the embedded broker on a port.

use std::io::{Write, stdout};

use anyhow::Context;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use crate::{args::BrokerArgs, notice::Notices, stop};

/// Runs until Ctrl-C or SIGTERM.
pub(crate) async fn run(args: BrokerArgs, notices: &Notices) -> anyhow::Result<()> {
    let listen = args.listen;
    let broker = DevBroker::start(config(args))
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let stopped = stop::on_signal(
        notices,
        "stopping; what this broker held is gone".to_owned(),
    )?;
    writeln!(stdout(), "{}", broker.bootstrap())?;
    notices.info(
        "A broker for trying out: in memory, one node, no replication, no consumer groups, no \
         persistence, no security. Ctrl-C ends it and forgets everything.",
    );
    stopped.cancelled().await;
    broker.stop().await;
    Ok(())
}

fn config(args: BrokerArgs) -> DevBrokerConfig {
    DevBrokerConfig {
        listen: args.listen,
        default_partitions: args.partitions,
        retention_bytes: args.retention_bytes,
        message_max_bytes: args.message_max_bytes,
        ..DevBrokerConfig::default()
    }
}
