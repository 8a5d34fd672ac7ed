//! From the command line to the end of the query.

use std::sync::Arc;

use indicatif::HumanCount;
use tokafka_streaming::{DataStreamWriter, StartError, StreamingQuery, stream_sql};
use tokio_util::sync::CancellationToken;

use super::{
    dry_run::dry_run,
    ending::{self, Ending},
    lines::{JsonLines, Printing},
    metrics::MetricsServer,
    session,
    shown::Display,
    tally::Tally,
};
use crate::{
    args::StreamArgs, connect::OptionSet, exit::wrong_use, notice::Notices, stop, write::count,
};

/// Runs the stream until it is stopped, is done, or fails.
pub(crate) async fn run(args: StreamArgs, notices: &Notices) -> anyhow::Result<()> {
    let mut options = OptionSet::collect(&args.connect, notices)?;
    options.default_bootstrap();
    let text = session::text(&args.file)?;
    let stopped = stop::on_signal(notices, ending::stopping(args.stop_timeout))?;
    let context = session::session(&options)?;
    let writer = stream_sql(&context, &text, session::sources(&options)).await;
    let writer = configured(writer.map_err(failure)?, &args)?;
    if args.dry_run {
        return dry_run(writer, args.trigger.unwrap_or_default()).await;
    }
    let tally = Arc::new(Tally::default());
    let _served = serve(&args, &tally, notices).await?;
    let display = Display::start(args.progress, &tally, notices);
    // Outages come first: they look at the tally as it was.
    let writer = writer.listener(Arc::new(display.outages(&tally)));
    let writer = writer.listener(Arc::clone(&tally) as _);
    let (writer, printing) = with_lines(writer, args.progress_json, notices);
    let run = Run {
        args: &args,
        tally: &tally,
        stopped: &stopped,
    };
    let ended = run.to_the_end(writer).await;
    display.finish().await;
    if let Some(printing) = printing {
        printing.finish().await;
    }
    match ended? {
        Ending::Clean(said) => notices.info(&said),
        Ending::Abandoned(said) => notices.warn(&said),
    }
    Ok(())
}

/// What the flags say of the query.
fn configured(writer: DataStreamWriter, args: &StreamArgs) -> anyhow::Result<DataStreamWriter> {
    let writer = match &args.checkpoint {
        Some(checkpoint) => writer.option("checkpointLocation", checkpoint),
        None if writer.checkpoint_location().is_some() => writer,
        None => {
            return Err(wrong_use(
                "there is no checkpoint: say where the stream keeps its place with --checkpoint DIR, or \
                 with OPTIONS ('checkpointLocation' 'DIR') of the table that is inserted into",
            ));
        }
    };
    let writer = match &args.name {
        Some(name) => writer.query_name(name),
        None => writer,
    };
    let trigger = args.trigger.unwrap_or_default();
    Ok(writer.trigger(trigger).retry_for(args.retry_for.0))
}

fn with_lines(
    writer: DataStreamWriter,
    wanted: bool,
    notices: &Notices,
) -> (DataStreamWriter, Option<Printing>) {
    if !wanted {
        return (writer, None);
    }
    let (lines, printing) = JsonLines::start(*notices);
    (writer.listener(Arc::new(lines)), Some(printing))
}

async fn serve(
    args: &StreamArgs,
    tally: &Arc<Tally>,
    notices: &Notices,
) -> anyhow::Result<Option<MetricsServer>> {
    let Some(address) = args.metrics else {
        return Ok(None);
    };
    let trigger = args.trigger.unwrap_or_default();
    let server = MetricsServer::start(address, Arc::clone(tally), trigger).await?;
    notices.info(&format!("metrics are at http://{}/", server.address()));
    Ok(Some(server))
}

/// A query that is to be started.
struct Run<'a> {
    args: &'a StreamArgs,
    tally: &'a Tally,
    stopped: &'a CancellationToken,
}

impl Run<'_> {
    async fn to_the_end(&self, writer: DataStreamWriter) -> anyhow::Result<Ending> {
        let Some(started) = self.stopped.run_until_cancelled(writer.start()).await else {
            let said = "stopped before the stream was started".to_owned();
            return Ok(Ending::Clean(said));
        };
        let query = started.map_err(failure)?;
        let ended = query.await_termination();
        let said = match self.stopped.run_until_cancelled(ended).await {
            Some(ended) => {
                ended?;
                self.done()
            }
            None => self.stop(&query).await?,
        };
        Ok(said)
    }

    async fn stop(&self, query: &StreamingQuery) -> anyhow::Result<Ending> {
        let said = ending::stop(query, self.args.stop_timeout, self.tally).await;
        match query.exception() {
            Some(error) => Err(error.into()),
            None => Ok(said),
        }
    }

    fn done(&self) -> Ending {
        let counts = self.tally.counts();
        let batches = count(counts.durations.count, "batch", "batches");
        let read = count(counts.input_rows, "record", "records");
        let written = HumanCount(counts.output_rows);
        Ending::Clean(format!("done: {batches}, {read} read, {written} written"))
    }
}

/// Why a query did not start. What is refused is wrong use.
pub(super) fn failure(error: StartError) -> anyhow::Error {
    match error {
        StartError::Refused(message) => wrong_use(message),
        other => other.into(),
    }
}
