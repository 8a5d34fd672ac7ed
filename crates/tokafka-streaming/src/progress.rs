//! What a query says of its batches: Spark's progress, and ours beside it.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

/// What became of one trigger. Serializes to Spark's JSON, fields in its order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StreamingQueryProgress {
    /// Of the query: stays as it is over restarts.
    #[serde(serialize_with = "as_text")]
    pub id: Uuid,
    /// Of this run.
    #[serde(serialize_with = "as_text")]
    pub run_id: Uuid,
    /// As it was given.
    pub name: Option<String>,
    /// When the trigger started: `2026-11-22T07:50:04.001Z`.
    pub timestamp: String,
    /// The batch, or the next one if there was nothing to do.
    pub batch_id: u64,
    /// Milliseconds from the start of the trigger to its end.
    pub batch_duration: u64,
    /// Records that were read.
    pub num_input_rows: u64,
    /// Since the trigger before; left out when it is no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_rows_per_second: Option<f64>,
    /// Within the trigger; left out when it is no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processed_rows_per_second: Option<f64>,
    /// Milliseconds of each step, by Spark's names of them.
    pub duration_ms: BTreeMap<&'static str, u64>,
    /// Always empty: there is no state.
    pub state_operators: [(); 0],
    /// Each source, in the order of the plan.
    pub sources: Vec<SourceProgress>,
    /// The sink.
    pub sink: SinkProgress,
}

fn as_text<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// What a trigger took of a source.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SourceProgress {
    /// `KafkaV2[Subscribe[orders]]`.
    pub description: String,
    /// JSON, `null` in the first batch.
    pub start_offset: Option<Box<RawValue>>,
    /// JSON.
    pub end_offset: Option<Box<RawValue>>,
    /// JSON, `null` for a batch that was planned by an earlier run.
    pub latest_offset: Option<Box<RawValue>>,
    /// Records that were read.
    pub num_input_rows: u64,
    /// As of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_rows_per_second: Option<f64>,
    /// As of the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processed_rows_per_second: Option<f64>,
    /// Lag, and losses, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, String>,
}

/// What a trigger wrote.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SinkProgress {
    /// `KafkaSink[topic=copies, servers=localhost:9092]`.
    pub description: String,
    /// Records that were acknowledged; -1 before the first batch of a run.
    pub num_output_rows: i64,
}

/// What a query does now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryStatus {
    /// In Spark's words.
    pub message: String,
    /// There is input that is not processed yet.
    pub is_data_available: bool,
    /// A trigger is being worked on.
    pub is_trigger_active: bool,
}
