//! How far a write is, on standard error.

use std::{
    io::{IsTerminal, stderr},
    sync::Arc,
    time::{Duration, Instant},
};

use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use tokafka_datafusion::WriteProgress;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{args::ShowProgress, notice::Notices};

/// Shows the counters of a write until it is finished or dropped.
#[derive(Debug)]
pub(super) struct ProgressDisplay {
    counters: Arc<WriteProgress>,
    shown: Option<(CancellationToken, AbortOnDropHandle<()>)>,
}

const REDRAW: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(5);

impl ProgressDisplay {
    /// Starts to show progress if it is wanted: a bar on a terminal, a line now and then elsewhere.
    /// `total` is the number of rows, if it is known; without it there is no time left.
    pub(super) fn start(when: ShowProgress, total: Option<u64>, notices: &Notices) -> Self {
        let counters = Arc::new(WriteProgress::default());
        let wanted = match when {
            ShowProgress::Auto => !notices.quiet(),
            ShowProgress::Always => true,
            ShowProgress::Never => false,
        };
        let shown = wanted.then(|| {
            let done = CancellationToken::new();
            let view = View {
                counters: Arc::clone(&counters),
                total,
                started: Instant::now(),
            };
            let task = if stderr().is_terminal() && !notices.structured() {
                tokio::spawn(draw(view, done.clone()))
            } else {
                tokio::spawn(print(view, *notices, done.clone()))
            };
            (done, AbortOnDropHandle::new(task))
        });
        Self { counters, shown }
    }

    /// What the write counts in.
    pub(super) fn counters(&self) -> Arc<WriteProgress> {
        Arc::clone(&self.counters)
    }

    /// Clears the line of the bar, so that what follows stands by itself.
    pub(super) async fn finish(self) {
        if let Some((done, task)) = self.shown {
            done.cancel();
            let _ = task.await;
        }
    }
}

/// What a display looks at.
struct View {
    counters: Arc<WriteProgress>,
    total: Option<u64>,
    started: Instant,
}

impl View {
    fn line(&self) -> String {
        describe(
            self.counters.rows(),
            self.counters.bytes(),
            self.total,
            self.started.elapsed(),
        )
    }
}

async fn draw(view: View, done: CancellationToken) {
    let bar = match view.total {
        Some(total) => ProgressBar::new(total).with_style(style("{bar:24} {percent}% {msg}")),
        None => ProgressBar::new_spinner().with_style(style("{spinner} {msg}")),
    };
    while tick(REDRAW, &done).await {
        bar.set_position(view.counters.rows());
        bar.set_message(view.line());
        bar.tick();
    }
    bar.finish_and_clear();
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

async fn print(view: View, notices: Notices, done: CancellationToken) {
    while tick(LINE, &done).await {
        notices.progress(&view.line());
    }
}

/// Waits for the next time to show something; false when there is none.
async fn tick(every: Duration, done: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(every) => true,
        () = done.cancelled() => false,
    }
}

fn describe(rows: u64, bytes: u64, total: Option<u64>, elapsed: Duration) -> String {
    let rate = rows as f64 / elapsed.as_secs_f64().max(0.001);
    let of_total = total.map_or_else(String::new, |total| format!(" of {}", HumanCount(total)));
    let mut line = format!(
        "{}{of_total} rows, {}, {} rows/s",
        HumanCount(rows),
        HumanBytes(bytes),
        HumanCount(rate as u64)
    );
    if let Some(left) = total.and_then(|total| total.checked_sub(rows))
        && rows > 0
    {
        let left = Duration::try_from_secs_f64(left as f64 / rate).unwrap_or(Duration::MAX);
        line.push_str(&format!(", {} left", HumanDuration(left)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_shown_when_the_number_of_rows_is_known() {
        let line = describe(1000, 2048, Some(5000), Duration::from_secs(10));
        assert_eq!(
            line,
            "1,000 of 5,000 rows, 2.00 KiB, 100 rows/s, 40 seconds left"
        );
        let line = describe(1000, 2048, None, Duration::from_secs(10));
        assert_eq!(line, "1,000 rows, 2.00 KiB, 100 rows/s");
    }

    #[test]
    fn nothing_is_foretold_before_the_first_row() {
        assert_eq!(
            describe(0, 0, Some(5), Duration::ZERO),
            "0 of 5 rows, 0 B, 0 rows/s"
        );
    }
}
