//! Writes three rows to the topic `greetings`: `cargo run -p tokafka --example dataframe -- localhost:9092`

use tokafka::{KafkaDataFrame, WriteOptions, datafusion::prelude::*};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args()
        .nth(1)
        .ok_or("give the address of a broker, host:port")?;
    let rows = "VALUES ('en', 'hello'), ('de', 'hallo'), ('it', 'ciao')";
    let greetings = format!("SELECT column1 AS key, column2 AS value FROM ({rows})");
    let frame = SessionContext::new().sql(&greetings).await?;
    let options = WriteOptions::new()
        .topic("greetings")
        .producer("bootstrap.servers", address);
    println!("{}", frame.write_kafka(options).await?.to_json());
    Ok(())
}
