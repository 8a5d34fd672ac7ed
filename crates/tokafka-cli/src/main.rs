//! `tokafka`: files and queries to Kafka topics, and back to the eye.
//!
//! [`args`] is what was typed; each command's plan is what it means, built once; after that nobody
//! sees a flag. Results go to standard output, everything else to standard error. Exit codes are in
//! [`exit`].

mod args;
mod broker;
mod check;
mod checkpoint;
mod completions;
mod connect;
mod environment;
mod exit;
mod notice;
mod options;
mod read;
mod render;
mod sql;
mod stop;
mod stream;
mod verify;
mod write;

use std::{panic::AssertUnwindSafe, process::ExitCode};

use args::{Cli, Command};
use futures::FutureExt;
use notice::Notices;
use tokafka_arrow::ProducerPool;

fn main() -> ExitCode {
    let cli = match args::parse() {
        Ok(cli) => cli,
        Err(error) => return exit::usage(&error),
    };
    let notices = Notices::new(cli.quiet, cli.log_format);
    let outcome = run(cli, &notices);
    exit::code(outcome, &notices)
}

fn run(cli: Cli, notices: &Notices) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        // Readers of Arrow and Parquet panic at some damaged files.
        let outcome = AssertUnwindSafe(carry_out(cli.command, notices));
        let outcome = outcome.catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|panic| Err(exit::panicked(panic.as_ref())));
        ProducerPool::process().close_idle().await;
        outcome
    });
    // A thread that waits for standard input would hold up an orderly shutdown for ever.
    runtime.shutdown_background();
    outcome
}

async fn carry_out(command: Command, notices: &Notices) -> anyhow::Result<()> {
    match command {
        Command::Write(args) => write::run(args, notices).await,
        Command::Sql(args) => sql::run(args, notices).await,
        Command::Stream(args) => stream::run(*args, notices).await,
        Command::Read(args) => read::run(args, notices).await,
        Command::Verify(args) => verify::run(args, notices).await,
        Command::Check(args) => check::run(args, notices).await,
        Command::Checkpoint(args) => checkpoint::run(args, notices).await,
        Command::Broker(args) => broker::run(args, notices).await,
        Command::Options(args) => options::run(args),
        Command::Completions(args) => completions::run(args),
    }
}
