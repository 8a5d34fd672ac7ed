//! Progress as JSON on standard output.

use std::{
    io::{Write, stdout},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::Duration,
};

use tokafka_streaming::{StreamingQueryListener, StreamingQueryProgress};
use tokio::task::JoinHandle;

use crate::notice::Notices;

/// Lines that may wait for whoever reads standard output.
const WAITING: usize = 1024;
/// How long the last lines are waited for at the end.
const LAST: Duration = Duration::from_secs(2);

/// Prints the progress of each batch, and of idle triggers. The query never waits for a reader: lines that
/// nobody takes are left out.
#[derive(Debug)]
pub(super) struct JsonLines {
    lines: SyncSender<String>,
}

/// The thread that prints.
#[derive(Debug)]
pub(super) struct Printing(JoinHandle<()>);

impl JsonLines {
    pub(super) fn start(notices: Notices) -> (Self, Printing) {
        let (lines, waiting) = sync_channel(WAITING);
        let thread = tokio::task::spawn_blocking(move || print(&waiting, &notices));
        (Self { lines }, Printing(thread))
    }

    fn put(&self, progress: &StreamingQueryProgress) {
        let _ = self.lines.try_send(progress.json());
    }
}

impl Printing {
    /// Waits until all is printed, but not for a reader that takes nothing.
    pub(super) async fn finish(self) {
        let _ = tokio::time::timeout(LAST, self.0).await;
    }
}

impl StreamingQueryListener for JsonLines {
    fn on_progress(&self, progress: &StreamingQueryProgress) {
        self.put(progress);
    }

    fn on_idle(&self, progress: &StreamingQueryProgress) {
        self.put(progress);
    }
}

/// A stream is not ended by a reader that goes away.
fn print(lines: &Receiver<String>, notices: &Notices) {
    for line in lines {
        let mut out = stdout().lock();
        if let Err(error) = writeln!(out, "{line}").and_then(|()| out.flush()) {
            notices.warn(&format!(
                "--progress-json: standard output takes no more lines ({error}); the stream goes on"
            ));
            return;
        }
    }
}
