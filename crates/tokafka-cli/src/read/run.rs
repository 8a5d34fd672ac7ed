//! Records to standard output.

use std::io::{Write, stdout};

use futures::StreamExt;
use tokafka_client::{cluster::Cluster, ranges::FetchedRecords};
use tokio_util::sync::CancellationToken;

use super::{
    plan::{Place, ReadPlan, Show},
    span::{PartitionSpan, spans},
    stream::{Arrival, records},
};
use crate::{args::ReadArgs, notice::Notices, render::Output, stop};

/// Reads until the end, the limit, or a signal when following.
pub(crate) async fn run(args: Box<ReadArgs>, notices: &Notices) -> anyhow::Result<()> {
    let plan = ReadPlan::new(*args, notices)?;
    let stopped = stop::on_signal(notices, "stopped".to_owned())?;
    tokio::select! {
        done = read(&plan, &stopped, notices) => done,
        () = stopped.cancelled(), if !plan.follow => anyhow::bail!("stopped before the end"),
    }
}

async fn read(
    plan: &ReadPlan,
    stopped: &CancellationToken,
    notices: &Notices,
) -> anyhow::Result<()> {
    let cluster = Cluster::connect(plan.settings.client.clone()).await?;
    let places = (plan.from, plan.to);
    let spans = spans(&cluster, &plan.topic, &plan.partitions, places).await?;
    for message in gone(plan.from, &spans) {
        notices.info(&message);
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

/// What to say if the offset that was asked for is no longer there.
fn gone(from: Place, spans: &[PartitionSpan]) -> Vec<String> {
    let Place::Offset(from) = from else {
        return Vec::new();
    };
    let late = spans.iter().filter(|span| span.offsets.start > from);
    late.map(|PartitionSpan { partition, offsets }| {
        format!(
            "partition {partition} begins at offset {}: what was before is gone",
            offsets.start
        )
    })
    .collect()
}

/// Prints records, or counts them.
struct Printer {
    output: Option<Output>,
    count: u64,
    left: u64,
    flush_each: bool,
}

impl Printer {
    fn new(plan: &ReadPlan) -> anyhow::Result<Self> {
        let output = match plan.show {
            Show::Count => None,
            Show::Records(form) => Some(Output::new(form, &plan.topic)?),
        };
        Ok(Self {
            output,
            count: 0,
            left: plan.limit,
            flush_each: plan.follow,
        })
    }

    fn print(&mut self, partition: i32, fetched: &FetchedRecords) -> anyhow::Result<()> {
        for record in fetched.iter() {
            let record = record?;
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
            Some(output) if self.flush_each => Ok(output.flush()?),
            Some(_) | None => Ok(()),
        }
    }

    /// True if records were to be shown, and there were none.
    fn is_unsatisfied(&self) -> bool {
        self.output.is_some() && self.count == 0 && self.left > 0 && !self.flush_each
    }

    fn finish(self) -> anyhow::Result<()> {
        match self.output {
            Some(output) => output.finish()?,
            None => writeln!(stdout(), "{}", self.count)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_that_is_gone_is_not_passed_over_in_silence() {
        let spans = [(0, 3..9), (1, 10..20)]
            .map(|(partition, offsets)| PartitionSpan { partition, offsets });
        let told = ["partition 1 begins at offset 10: what was before is gone"];
        assert_eq!(gone(Place::Offset(5), &spans[1..]), told);
        assert_eq!(gone(Place::Offset(3), &spans), told);
        assert!(gone(Place::Earliest, &spans).is_empty());
    }
}
