//! Copies the topic `greetings`, which the example `dataframe` fills, to `copies` until it is stopped; started again,
//! it goes on where it was: `cargo run -p tokafka --example stream -- localhost:9092`

use tokafka::{datafusion::prelude::*, read_stream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .ok_or("give the address of a broker, host:port")?;
    let query = read_stream(&SessionContext::new())
        .option("kafka.bootstrap.servers", &address)
        .option("subscribe", "greetings")
        .option("startingOffsets", "earliest")
        .load()?
        .select_exprs(&["key", "value"])?
        .write_stream()
        .option("kafka.bootstrap.servers", &address)
        .option("topic", "copies")
        .option("checkpointLocation", "checkpoints/copies")
        .start()
        .await?;
    query.await_termination().await?;
    Ok(())
}
