//! The live page, and the JSON that it is made of.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{
    super::tally::{Counts, Tally},
    health::Verdict,
    text::state,
};

/// The page: it asks for `/status` every second.
pub(super) const HTML: &str = include_str!("page.html");

/// What the page may load: nothing but the answers of its own server.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/// What the page shows.
pub(super) fn json(tally: &Tally, ready: &Verdict) -> String {
    let counts = tally.counts();
    let query = tally.query();
    let last = counts.last;
    let error = counts.last_error.as_ref();
    let outage = counts.outage.map(
        |outage| json!({"seconds": outage.since.elapsed().as_secs(), "attempts": outage.attempts}),
    );
    let status = json!({
        "name": query.and_then(|query| query.name()),
        "id": query.map(|query| query.id().to_string()),
        "runId": query.map(|query| query.run_id().to_string()),
        "state": state(tally, &counts),
        "message": query.map(|query| query.status().message),
        "ready": ready.is_well,
        "readyReason": ready.reason,
        "now": millis(SystemTime::now()),
        "inputRows": counts.input_rows,
        "outputRows": counts.output_rows,
        "outputBytes": counts.output_bytes,
        "batches": counts.durations.count,
        "retries": counts.retries,
        "errors": counts.errors,
        "batch": last.map(|last| last.id),
        "batchMs": last.map(|last| u64::try_from(last.took.as_millis()).unwrap_or(u64::MAX)),
        "committedAt": last.map(|last| millis(last.at)),
        "outage": outage,
        "lastError": error.map(|error| json!({"text": error.text, "at": millis(error.at)})),
        "lag": lag(&counts),
    });
    status.to_string()
}

fn lag(counts: &Counts) -> Value {
    let all = counts
        .lag()
        .map(|(topic, partition, lag)| json!({"topic": topic, "partition": partition, "lag": lag}));
    Value::Array(all.collect())
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
