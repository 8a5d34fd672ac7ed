//! What is checked before a query starts.

use std::{sync::Arc, time::Duration};

use datafusion::{error::DataFusionError, logical_expr::LogicalPlan};
use tokafka_datafusion::{KafkaStreamingWrite, KafkaWrite, WriteOptions};

use crate::{
    DataStreamWriter, STREAM_OPTIONS, StartError, StreamingQueryListener, Trigger,
    batch::StreamPlan, engine::StepHook, row_wise,
};

/// A query that was checked: all that the engine needs.
pub(crate) struct Definition {
    pub(crate) plan: StreamPlan,
    pub(crate) sink: KafkaStreamingWrite,
    /// `KafkaSink[topic=copies, servers=localhost:9092]`.
    pub(crate) sink_description: String,
    pub(crate) checkpoint: String,
    pub(crate) trigger: Trigger,
    pub(crate) name: Option<String>,
    /// For how long an outage is waited out; `None` for ever.
    pub(crate) retry_for: Option<Duration>,
    pub(crate) listeners: Vec<Arc<dyn StreamingQueryListener>>,
    pub(crate) steps: StepHook,
}

/// Checks format, mode, options, columns and plan. Opens nothing.
///
/// # Errors
/// [`StartError::Refused`], in Spark's words where it has any.
pub(crate) fn check(writer: DataStreamWriter) -> Result<Definition, StartError> {
    let (state, plan) = writer.frame.into_parts();
    let plan = StreamPlan::try_new(state, plan).map_err(unplannable)?;
    if plan.tables.is_empty() {
        return Err(refused(NOT_A_STREAM));
    }
    check_format(&writer.format, "write_parquet, write_csv or write_json")?;
    check_mode(&writer.output_mode)?;
    let checkpoint = writer
        .checkpoint
        .filter(|location| !location.trim().is_empty());
    let checkpoint = checkpoint.ok_or_else(|| refused(NO_CHECKPOINT))?;
    check_plan(&plan)?;
    check_options(&writer.options)?;
    let sink_description = describe(&writer.options);
    Ok(Definition {
        sink: sink(&plan.plan, writer.options)?,
        plan,
        sink_description,
        checkpoint,
        trigger: writer.trigger,
        name: writer.name,
        retry_for: writer.retry_for,
        listeners: writer.listeners,
        steps: writer.steps,
    })
}

const NOT_A_STREAM: &str = "[WRITE_STREAM_NOT_ALLOWED] `writeStream` can be called only on streaming \
     Dataset/DataFrame. SQLSTATE: 42601";

const NO_CHECKPOINT: &str = "checkpointLocation must be specified either through \
     option(\"checkpointLocation\", ...) or SparkSession.conf.set(\"spark.sql.streaming.checkpointLocation\", ...).";

/// Only Kafka is read and written; `instead` is for other formats.
pub(crate) fn check_format(format: &str, instead: &str) -> Result<(), StartError> {
    match format.eq_ignore_ascii_case("kafka") {
        true => Ok(()),
        false => Err(refused(format!(
            "format {format:?} is not supported: streams are read of Kafka and written to Kafka, \
             format \"kafka\". For files use DataFusion's {instead}"
        ))),
    }
}

fn check_mode(mode: &str) -> Result<(), StartError> {
    match mode.trim().to_ascii_lowercase().as_str() {
        "append" | "update" => Ok(()),
        "complete" => Err(refused(
            "[STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION] Invalid streaming output mode: complete. This \
             output mode is not supported for no streaming aggregations on streaming DataFrames/DataSets. \
             SQLSTATE: 42KDE",
        )),
        _ => Err(refused(format!(
            "[STREAMING_OUTPUT_MODE.INVALID] Invalid streaming output mode: {mode}. Accepted output modes \
             are 'Append', 'Complete', 'Update'. SQLSTATE: 42KDE"
        ))),
    }
}

/// Plans the query once, though not to the end, so that what cannot be planned is not found by the first batch.
pub(crate) fn check_plan(plan: &StreamPlan) -> Result<(), StartError> {
    let refusal = row_wise::refusal(&plan.plan).map_err(unplannable)?;
    refusal.map_or(Ok(()), |reason| Err(refused(reason)))?;
    let optimized = plan.context.state().optimize(&plan.plan);
    let refusal = row_wise::join_refusal(&optimized.map_err(unplannable)?);
    let refusal = refusal.map_err(unplannable)?;
    refusal.map_or(Ok(()), |reason| Err(refused(reason)))
}

/// Refuses options of the other side; `includeHeaders` is taken by either, as in Spark.
fn check_options(options: &WriteOptions) -> Result<(), StartError> {
    let is_read = |name: &str| {
        let mut rules = STREAM_OPTIONS.iter();
        rules.any(|rule| rule.name.eq_ignore_ascii_case(name))
            && !name.eq_ignore_ascii_case("includeHeaders")
    };
    let mut names = options.iter().map(|(name, _)| name);
    match names.find(|name| is_read(name)) {
        Some(name) => Err(refused(format!(
            "option {name} says what is read: give it to read_stream, or to the table of the source"
        ))),
        None => Ok(()),
    }
}

fn sink(plan: &LogicalPlan, options: WriteOptions) -> Result<KafkaStreamingWrite, StartError> {
    let write = KafkaWrite {
        topic: None,
        producer_params: options,
        schema: Arc::clone(plan.schema().inner()),
    };
    write.to_streaming().map_err(refused)
}

/// No option is shown but these two, so that no secret is.
fn describe(options: &WriteOptions) -> String {
    let topic = match options.topic_option() {
        Some(topic) => format!("topic={topic}"),
        None => "topic_column=topic".to_owned(),
    };
    let mut all = options.iter();
    let servers = all.find(|(name, _)| name.eq_ignore_ascii_case("kafka.bootstrap.servers"));
    let servers = servers.map_or("", |(_, servers)| servers);
    format!("KafkaSink[{topic}, servers={servers}]")
}

fn refused(reason: impl ToString) -> StartError {
    StartError::Refused(reason.to_string())
}

fn unplannable(error: DataFusionError) -> StartError {
    refused(error.find_root().strip_backtrace())
}
