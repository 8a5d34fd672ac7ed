//! Ctrl-C and SIGTERM.

use std::{io, process};

use tokio_util::sync::CancellationToken;

use crate::notice::Notices;

/// A token that is cancelled by the first Ctrl-C or SIGTERM, after `message` was said. The second one
/// ends the process at once, as a failure.
pub(crate) fn on_signal(notices: &Notices, message: String) -> io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let (stop, notices) = (token.clone(), *notices);
    let mut signals = Signals::listen()?;
    tokio::spawn(async move {
        signals.next().await;
        notices.outcome(&message);
        stop.cancel();
        signals.next().await;
        notices.outcome("stopped at once: what was in flight may or may not be written");
        process::exit(1);
    });
    Ok(token)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
