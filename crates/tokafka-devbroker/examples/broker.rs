//! Runs a broker until Ctrl-C. The first line printed is its bootstrap address.

use std::io;

use tokafka_devbroker::{DevBroker, DevBrokerConfig};

#[tokio::main]
async fn main() -> io::Result<()> {
    let broker = DevBroker::start(DevBrokerConfig::default()).await?;
    println!("{}", broker.bootstrap());
    tokio::signal::ctrl_c().await?;
    broker.stop().await;
    Ok(())
}
