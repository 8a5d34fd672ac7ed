//! Records to standard output.

use std::io::{Write, stdout};

use anyhow::Context;
use futures::StreamExt;
use tokafka_client::{cluster::Cluster, ranges::FetchedRecords};
use tokio::{runtime::Handle, task::spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::{
    plan::{ReadPlan, Show},
    remarks::remarks,
    span::spans,
    stream::{Arrival, records},
};
use crate::{args::ReadArgs, notice::Notices, render::Output, stop};

/// Reads until the end, the limit, or a signal when following.
pub(crate) async fn run(args: Box<ReadArgs>, notices: &Notices) -> anyhow::Result<()> {
    let plan = ReadPlan::new(*args, notices)?;
    let stopped = stop::on_signal(notices, "stopped".to_owned())?;
    let (follow, notices) = (plan.follow, *notices);
    let (runtime, stop) = (Handle::current(), stopped.clone());
    // In a thread of its own: while nobody takes the output, printing blocks.
    let reading = spawn_blocking(move || runtime.block_on(read(&plan, &stop, notices)));
    tokio::select! {
        done = reading => done?,
        () = stopped.cancelled(), if !follow => anyhow::bail!("stopped before the end"),
    }
}

async fn read(
    plan: &ReadPlan,
    stopped: &CancellationToken,
    notices: Notices,
) -> anyhow::Result<()> {
    let cluster = Cluster::connect(plan.settings.client.clone()).await?;
    let spans = spans(&cluster, &plan.topic, &plan.partitions, plan.extent).await?;
    for remark in remarks(plan.extent, &spans) {
        notices.info(&remark);
    }
    let arrival = if plan.follow {
        Arrival::Following
    } else {
        Arrival::InTurn
    };
    let mut arriving = records(&cluster, &plan.settings, &plan.topic, (spans, arrival))
        .take_until(stopped.cancelled())
        .boxed();
    let mut printer = Printer::new(plan)?;
    while printer.left > 0
        && let Some(fetched) = arriving.next().await
    {
        let (partition, fetched) = fetched?;
        printer.print(partition, &fetched)?;
    }
    drop(arriving);
    if printer.is_unsatisfied() {
        notices.info("no records lie there");
    }
    printer.finish()?;
    cluster.shutdown().await;
    Ok(())
}

/// Prints records, or counts them.
struct Printer<'a> {
    plan: &'a ReadPlan,
    output: Option<Output>,
    count: u64,
    left: u64,
}

impl<'a> Printer<'a> {
    fn new(plan: &'a ReadPlan) -> anyhow::Result<Self> {
        let output = match plan.show {
            Show::Count => None,
            Show::Records(form) => Some(Output::new(form, &plan.topic)?),
        };
        Ok(Self {
            plan,
            output,
            count: 0,
            left: plan.limit,
        })
    }

    fn print(&mut self, partition: i32, fetched: &FetchedRecords) -> anyhow::Result<()> {
        for record in fetched.iter() {
            let record = record
                .with_context(|| format!("topic {} partition {partition}", self.plan.topic))?;
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            self.count += 1;
            if let Some(output) = &mut self.output {
                output.push(partition, &record)?;
            }
        }
        match &mut self.output {
            Some(output) if self.plan.follow => Ok(output.flush()?),
            Some(_) | None => Ok(()),
        }
    }

    /// True if records were to be shown, and there were none.
    fn is_unsatisfied(&self) -> bool {
        self.output.is_some() && self.count == 0 && self.left > 0 && !self.plan.follow
    }

    fn finish(self) -> anyhow::Result<()> {
        match self.output {
            Some(output) => output.finish()?,
            None => writeln!(stdout(), "{}", self.count)?,
        }
        Ok(())
    }
}
