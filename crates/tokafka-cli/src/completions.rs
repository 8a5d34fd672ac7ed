//! `tokafka completions`: a script for a shell.

use std::io::{Write, stdout};

use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs};

/// Name that the script completes.
const PROGRAM: &str = "tokafka";

/// Prints the script.
pub(crate) fn run(args: CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), PROGRAM, &mut script);
    stdout().write_all(&script)?;
    Ok(())
}
