//! The write itself.

use std::io::{Write, stdout};

use anyhow::bail;
use tokafka_datafusion::{
    DataFrameWriter, KafkaDataFrame, KafkaWriteError, SaveMode, WriteFailure, WriteReport,
};
use tokafka_devbroker::DevBroker;
use tokio_util::sync::CancellationToken;

use super::{
    embedded,
    inputs::Inputs,
    outlook,
    plan::{TOPIC, Target, WritePlan},
    progress::ProgressDisplay,
    receipt::ReceiptFile,
    rows::{self, Rows},
    summary,
};
use crate::{args::WriteArgs, connect::BOOTSTRAP, exit::wrong_use, notice::Notices, stop};

/// Option that makes a `timestamp` column the time of the record.
const INCLUDE_TIMESTAMP: &str = "includeTimestamp";

/// What accompanies a write from its first row to its receipt.
struct Run<'a> {
    plan: &'a WritePlan,
    stopped: &'a CancellationToken,
    notices: &'a Notices,
}

/// Writes the rows of the inputs and says what was acknowledged.
pub(crate) async fn run(args: Box<WriteArgs>, notices: &Notices) -> anyhow::Result<()> {
    let mut plan = WritePlan::new(*args, notices)?;
    let stopped = stop::on_signal(notices, stopping(&plan))?;
    let inputs = Inputs::open(&plan.source, &stopped).await?;
    let rows = rows::open(&plan, &inputs, notices).await?;
    if plan.dry_run {
        let broker = start_broker(&mut plan).await?;
        let done = dry_run(&plan, rows, &stopped).await;
        drop(broker);
        return done;
    }
    let receipt = plan.receipt.as_deref().map(ReceiptFile::open).transpose()?;
    let broker = start_broker(&mut plan).await?;
    let run = Run {
        plan: &plan,
        stopped: &stopped,
        notices,
    };
    let report = run.save(rows, receipt).await?;
    if let Some(broker) = broker {
        embedded::show(&broker, &report).await?;
        broker.stop().await;
    }
    Ok(())
}

fn stopping(plan: &WritePlan) -> String {
    let wait = plan.stop_timeout.as_secs_f64();
    format!("stopping: waiting up to {wait} s for what is in flight; once more ends at once")
}

/// Shows what the write would do. Fails if it would fail.
async fn dry_run(plan: &WritePlan, rows: Rows, stopped: &CancellationToken) -> anyhow::Result<()> {
    let source = rows.source.clone();
    let writer = writer(plan, rows);
    if plan.target == Target::Nowhere {
        let text = writer.explain().await;
        let text = text.map_err(|error| failure(error, &source))?;
        writeln!(stdout(), "{}", text.trim_end())?;
        writeln!(stdout(), "\n{}", outlook::NOBODY_WAS_ASKED)?;
        return Ok(());
    }
    let found = writer
        .cancel_with(stopped.clone(), plan.stop_timeout)
        .plan_only()
        .await;
    let found = found.map_err(|error| failure(error, &source))?;
    stdout().write_all(outlook::text(&found).as_bytes())?;
    if found.is_possible() {
        return Ok(());
    }
    bail!("the write would fail: see what is marked with FAILS")
}

async fn start_broker(plan: &mut WritePlan) -> anyhow::Result<Option<DevBroker>> {
    match plan.target {
        Target::Cluster | Target::Nowhere => Ok(None),
        Target::Embedded => {
            let broker = embedded::start().await?;
            plan.options.put(BOOTSTRAP, broker.bootstrap());
            Ok(Some(broker))
        }
    }
}

fn writer(plan: &WritePlan, rows: Rows) -> DataFrameWriter {
    let mut writer = rows.frame.write().format("kafka").mode(SaveMode::Append);
    if rows.timed && plan.options.get(INCLUDE_TIMESTAMP).is_none() {
        writer = writer.option(INCLUDE_TIMESTAMP, "true");
    }
    let (properties, others) = plan.options.split();
    for (name, value) in properties.iter() {
        writer = writer.option(format!("kafka.{name}"), value);
    }
    for (name, value) in others {
        writer = writer.option(name, value);
    }
    if let Some(topic) = &plan.shape.topic {
        writer = writer.option(TOPIC, topic);
    }
    writer.writers(usize::from(plan.writers))
}

impl Run<'_> {
    async fn save(&self, rows: Rows, receipt: Option<ReceiptFile>) -> anyhow::Result<WriteReport> {
        let display = ProgressDisplay::start(self.plan.progress, rows.total, self.notices);
        let source = rows.source.clone();
        let outcome = writer(self.plan, rows)
            .progress(display.counters())
            .cancel_with(self.stopped.clone(), self.plan.stop_timeout)
            .save()
            .await;
        display.finish().await;
        match outcome {
            Ok(report) => {
                self.notices.info(&summary::done(&report));
                self.store(receipt, Some(&report))?;
                Ok(report)
            }
            Err(error) => {
                let report = error.report.as_deref();
                if let Some(report) = report {
                    self.notices.outcome(&summary::undone(report));
                }
                self.store(receipt, report)?;
                Err(failure(error, &source))
            }
        }
    }

    /// Writes the receipt to its file or, where that fails, to standard error.
    fn store(
        &self,
        receipt: Option<ReceiptFile>,
        report: Option<&WriteReport>,
    ) -> anyhow::Result<()> {
        let Some(receipt) = receipt else {
            return Ok(());
        };
        let Some(report) = report else {
            receipt.discard();
            return Ok(());
        };
        receipt
            .store(report)
            .inspect_err(|_| self.notices.outcome(&report.to_json()))
    }
}

/// What was acknowledged is told elsewhere.
fn failure(error: KafkaWriteError, source: &str) -> anyhow::Error {
    match error.source {
        WriteFailure::Plan(error) => wrong_use(error.to_string()),
        error @ WriteFailure::Query(_) => {
            anyhow::Error::from(error).context(format!("reading {source}"))
        }
        error @ (WriteFailure::Write(_) | WriteFailure::Cancelled) => error.into(),
    }
}
