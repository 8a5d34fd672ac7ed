//! Messages on standard error.

use std::io::{IsTerminal, Write, stderr};

use tracing_subscriber::EnvFilter;

use crate::{args::LogFormat, environment};

/// Says things to the user. Messages never fail: a closed standard error is nobody's business.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notices {
    quiet: bool,
    format: LogFormat,
}

/// Filter of the libraries' log, as `tracing` takes it.
const LOG_VARIABLE: &str = "TOKAFKA_LOG";

impl Notices {
    /// Also sends the libraries' log to standard error.
    pub(crate) fn new(quiet: bool, format: LogFormat) -> Self {
        // What a stream logs of its outages and of its end the program says itself.
        let default = match quiet {
            true => "error,tokafka_streaming::engine::task=off",
            false => {
                "warn,tokafka_streaming::engine::waiting=error,tokafka_streaming::engine::task=off"
            }
        };
        let filter = environment::variable(LOG_VARIABLE).unwrap_or_else(|| default.to_owned());
        let log = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(format!("{filter},notice=info")))
            .with_ansi(stderr().is_terminal())
            .with_writer(stderr);
        match format {
            LogFormat::Text => log.init(),
            LogFormat::Json => log.json().init(),
        }
        Self { quiet, format }
    }

    /// Something good to know; not said with `--quiet`.
    pub(crate) fn info(&self, message: &str) {
        if !self.quiet {
            self.progress(message);
        }
    }

    /// How far something is. Whether it is wanted was decided before.
    pub(crate) fn progress(&self, message: &str) {
        match self.format {
            LogFormat::Text => line(message),
            LogFormat::Json => tracing::info!(target: "notice", "{message}"),
        }
    }

    /// Something to act on.
    pub(crate) fn warn(&self, message: &str) {
        match self.format {
            LogFormat::Text => line(&format!("warning: {message}")),
            LogFormat::Json => tracing::warn!(target: "notice", "{message}"),
        }
    }

    /// Why the program fails, or what it leaves behind then.
    pub(crate) fn error(&self, message: &str) {
        match self.format {
            LogFormat::Text => line(&format!("error: {message}")),
            LogFormat::Json => tracing::error!(target: "notice", "{message}"),
        }
    }

    /// What was and was not delivered by a write that failed; said with `--quiet` too.
    pub(crate) fn outcome(&self, message: &str) {
        match self.format {
            LogFormat::Text => line(message),
            LogFormat::Json => tracing::error!(target: "notice", "{message}"),
        }
    }

    /// True if nothing but warnings and errors is wanted.
    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    /// True if messages are JSON, so that nothing else may be drawn on standard error.
    pub(crate) fn structured(&self) -> bool {
        self.format == LogFormat::Json
    }
}

fn line(message: &str) {
    let _ = writeln!(stderr(), "{message}");
}
