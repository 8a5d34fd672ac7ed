//! Copies what is in a topic, and dies before a step of the driver: for the tests of recovery in `dev/soak`.
//!
//! ```text
//! die_at_step BOOTSTRAP FROM TO CHECKPOINT LIMIT [STEP OCCURRENCE]
//! ```
//!
//! Takes at most LIMIT records a batch. Without a step it comes to the end, and prints the name of each step.

use std::{
    error::Error,
    sync::atomic::{AtomicU32, Ordering},
};

use datafusion::prelude::SessionContext;
use tokafka_streaming::{Trigger, read_stream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let ([servers, from, to, checkpoint, limit], last) = words
        .split_first_chunk()
        .ok_or("BOOTSTRAP FROM TO CHECKPOINT LIMIT [STEP OCCURRENCE]")?;
    let end = match last {
        [step, occurrence] => Some(((*step).to_owned(), occurrence.parse()?)),
        _ => None,
    };
    let query = read_stream(&SessionContext::new())
        .option("kafka.bootstrap.servers", *servers)
        .option("subscribe", *from)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", *limit)
        .load()?
        .select_exprs(&["key", "value", "partition"])?
        .write_stream()
        .option("kafka.bootstrap.servers", *servers)
        .option("topic", *to)
        .option("checkpointLocation", *checkpoint)
        .trigger(Trigger::AvailableNow)
        .on_step(at_step(end))
        .start()
        .await?;
    query.await_termination().await?;
    Ok(())
}

/// Ends the process as SIGKILL would, at its place; nothing is closed or written.
fn at_step(end: Option<(String, u32)>) -> impl Fn(&'static str) + Send + Sync {
    let seen = AtomicU32::new(0);
    move |step| match &end {
        None => println!("{step}"),
        Some((name, occurrence)) if name == step => {
            if seen.fetch_add(1, Ordering::Relaxed) + 1 == *occurrence {
                std::process::abort();
            }
        }
        Some(_) => {}
    }
}
