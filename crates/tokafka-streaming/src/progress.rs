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
    /// What Spark does not say.
    pub tokafka: OwnProgress,
}

impl StreamingQueryProgress {
    /// As JSON in one line: Spark's `json`.
    pub fn json(&self) -> String {
        // Numbers, texts, and JSON that was made of offsets: nothing that JSON could not hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As JSON, indented: Spark's `prettyJson`.
    pub fn pretty_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
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

/// What Spark does not say of a trigger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OwnProgress {
    /// Times that the batch was tried; more than 1 after an outage.
    pub attempts: u32,
    /// Milliseconds from the first attempt that failed to the one that did not; 0 without an outage.
    pub outage_ms: u64,
    /// Bytes of the batches that were acknowledged, as sent.
    pub bytes: u64,
    /// Record batches that were sent again.
    pub retries: u64,
    /// Times that offsets were not there any more, and were passed over.
    pub data_loss: u64,
    /// Records behind the end of each partition, by topic; empty for a batch that was planned by an earlier run.
    pub lag: BTreeMap<String, BTreeMap<i32, u64>>,
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn progress() -> StreamingQueryProgress {
        let offsets = |text: &str| RawValue::from_string(text.to_owned()).ok();
        StreamingQueryProgress {
            id: Uuid::nil(),
            run_id: Uuid::max(),
            name: Some("orders".to_owned()),
            timestamp: "2026-11-22T07:50:04.001Z".to_owned(),
            batch_id: 2,
            batch_duration: 458,
            num_input_rows: 26,
            input_rows_per_second: Some(13.0),
            processed_rows_per_second: None,
            duration_ms: BTreeMap::from([("walCommit", 51), ("addBatch", 195)]),
            state_operators: [],
            sources: vec![SourceProgress {
                description: "KafkaV2[Subscribe[orders]]".to_owned(),
                start_offset: None,
                end_offset: offsets(r#"{"orders":{"0":175,"1":131}}"#),
                latest_offset: None,
                num_input_rows: 26,
                input_rows_per_second: Some(13.0),
                processed_rows_per_second: None,
                metrics: BTreeMap::new(),
            }],
            sink: SinkProgress {
                description: "KafkaSink[topic=copies]".to_owned(),
                num_output_rows: 26,
            },
            tokafka: OwnProgress::default(),
        }
    }

    /// The order is that of Spark 4.0.1, which leaves out rates that are no numbers and metrics that are empty.
    #[test]
    fn progress_is_sparks_json_with_ours_at_its_end() {
        assert_snapshot!(progress().json(), @r#"{"id":"00000000-0000-0000-0000-000000000000","runId":"ffffffff-ffff-ffff-ffff-ffffffffffff","name":"orders","timestamp":"2026-11-22T07:50:04.001Z","batchId":2,"batchDuration":458,"numInputRows":26,"inputRowsPerSecond":13.0,"durationMs":{"addBatch":195,"walCommit":51},"stateOperators":[],"sources":[{"description":"KafkaV2[Subscribe[orders]]","startOffset":null,"endOffset":{"orders":{"0":175,"1":131}},"latestOffset":null,"numInputRows":26,"inputRowsPerSecond":13.0}],"sink":{"description":"KafkaSink[topic=copies]","numOutputRows":26},"tokafka":{"attempts":0,"outageMs":0,"bytes":0,"retries":0,"dataLoss":0,"lag":{}}}"#);
    }

    #[test]
    fn a_query_without_a_name_says_null() {
        let progress = StreamingQueryProgress {
            name: None,
            ..progress()
        };
        assert!(progress.pretty_json().contains("\n  \"name\": null,\n"));
    }
}
