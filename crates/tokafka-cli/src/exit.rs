//! How the program ends: 0 done, 1 failed, 2 wrong use.
//!
//! A reader of standard output that went away (`tokafka read t | head`) has what it wanted: done.

use std::{any::Any, error::Error, fmt, io, process::ExitCode};

use anyhow::anyhow;

use crate::notice::Notices;

/// The command line asks for something that cannot be.
#[derive(Debug)]
pub(crate) struct WrongUse(pub(crate) String);

impl fmt::Display for WrongUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for WrongUse {}

/// An error for a command line that cannot be.
pub(crate) fn wrong_use(message: impl Into<String>) -> anyhow::Error {
    WrongUse(message.into()).into()
}

/// An error for a command that panicked.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> anyhow::Error {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    anyhow!(
        "panicked: {}: is a file damaged?",
        text.unwrap_or("for no reason")
    )
}

const FAILED: u8 = 1;
const WRONG_USE: u8 = 2;

/// Says what is wrong with a command line, or prints the help or version that it asks for.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(WRONG_USE)
    } else {
        ExitCode::SUCCESS
    }
}

/// Says why a command failed, and what the process is to return.
pub(crate) fn code(outcome: anyhow::Result<()>, notices: &Notices) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    if is_broken_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    notices.error(&message(&error));
    let wrong = error.chain().any(|cause| cause.is::<WrongUse>());
    ExitCode::from(if wrong { WRONG_USE } else { FAILED })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// The chain of causes, without those that an outer message already says.
fn message(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_the_outer_message_repeats_is_said_once() {
        let error = anyhow::Error::from(io::Error::other("disk on fire"))
            .context("disk on fire, says the disk")
            .context("cannot write");
        assert_eq!(message(&error), "cannot write: disk on fire, says the disk");
    }

    #[test]
    fn a_reader_that_went_away_is_not_a_failure_however_deep_it_lies() {
        let gone = io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(is_broken_pipe(
            &anyhow::Error::from(gone).context("printing")
        ));
        assert!(!is_broken_pipe(&anyhow::Error::from(io::Error::other("x"))));
    }
}
