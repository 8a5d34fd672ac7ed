//! How far a stream is, and what goes wrong with it, on standard error.

use std::{
    fmt::Write,
    io::{IsTerminal, stderr},
    sync::Arc,
    time::{Duration, Instant},
};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use tokafka_streaming::{Outage, StreamingQuery, StreamingQueryListener, StreamingQueryProgress};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::tally::{Counts, Tally, said};
use crate::{args::ShowProgress, notice::Notices};

const REDRAW: Duration = Duration::from_millis(250);
const LINE: Duration = Duration::from_secs(60);
/// Rates are those of so many looks back.
const LOOKS: usize = 20;
/// Topics that are shown one by one.
const TOPICS: usize = 3;

/// Shows a stream until it is finished or dropped.
#[derive(Debug)]
pub(super) struct Display {
    bar: Option<ProgressBar>,
    notices: Notices,
    shown: Option<(CancellationToken, AbortOnDropHandle<()>)>,
}

impl Display {
    /// Starts to show, if it is wanted: a line that is drawn anew on a terminal, one now and then elsewhere.
    pub(super) fn start(when: ShowProgress, tally: &Arc<Tally>, notices: &Notices) -> Self {
        let wanted = match when {
            ShowProgress::Auto => !notices.quiet(),
            ShowProgress::Always => true,
            ShowProgress::Never => false,
        };
        let drawn = wanted && stderr().is_terminal() && !notices.structured();
        let bar = drawn.then(|| ProgressBar::new_spinner().with_style(style()));
        let done = CancellationToken::new();
        let view = View {
            tally: Arc::clone(tally),
            looks: Vec::new(),
        };
        let task = match &bar {
            Some(bar) => tokio::spawn(draw(view, bar.clone(), done.clone())),
            None => tokio::spawn(print(view, *notices, done.clone())),
        };
        let task = AbortOnDropHandle::new(task);
        Self {
            bar,
            notices: *notices,
            shown: wanted.then_some((done, task)),
        }
    }

    /// What says outages as they come and go, above the line that is drawn.
    pub(super) fn outages(&self, tally: &Arc<Tally>) -> Outages {
        Outages {
            bar: self.bar.clone(),
            notices: self.notices,
            tally: Arc::clone(tally),
        }
    }

    /// Clears the line, so that what follows stands by itself.
    pub(super) async fn finish(self) {
        if let Some((done, task)) = self.shown {
            done.cancel();
            let _ = task.await;
        }
    }
}

/// Says outages as they come and go.
#[derive(Debug)]
pub(super) struct Outages {
    bar: Option<ProgressBar>,
    notices: Notices,
    tally: Arc<Tally>,
}

impl Outages {
    fn say(&self, say: impl FnOnce(&Notices)) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(&self.notices)),
            None => say(&self.notices),
        }
    }

    /// To be called before the tally forgets the outage.
    fn over(&self) {
        if let Some(outage) = self.tally.counts().outage {
            let time = HumanDuration(outage.since.elapsed());
            self.say(|notices| notices.info(&format!("the stream goes on, after {time}")));
        }
    }
}

impl StreamingQueryListener for Outages {
    fn on_progress(&self, _: &StreamingQueryProgress) {
        self.over();
    }

    fn on_idle(&self, _: &StreamingQueryProgress) {
        self.over();
    }

    fn on_retry(&self, outage: &Outage<'_>) {
        let what = match outage.batch {
            Some(batch) => format!("batch {batch}"),
            None => "the start of the stream".to_owned(),
        };
        let pause = outage.pause.as_secs_f64();
        let message = format!(
            "{what} failed (attempt {}), and is tried again in {pause:.1} s: {}",
            outage.attempts,
            said(outage.error)
        );
        self.say(|notices| notices.warn(&message));
    }
}

/// What a display looks at.
struct View {
    tally: Arc<Tally>,
    /// When, and the counts of records read and written then.
    looks: Vec<(Instant, u64, u64)>,
}

impl View {
    fn line(&mut self) -> String {
        let counts = self.tally.counts();
        if self.looks.len() == LOOKS {
            self.looks.remove(0);
        }
        let running = self.tally.query().map_or(0, StreamingQuery::rows_written);
        let written = counts.output_rows + running;
        let now = Instant::now();
        self.looks.push((now, counts.input_rows, written));
        describe(&counts, self.rates())
    }

    /// Records read and written in a second.
    fn rates(&self) -> (f64, f64) {
        let (Some(first), Some(last)) = (self.looks.first(), self.looks.last()) else {
            return (0.0, 0.0);
        };
        let time = (last.0 - first.0).as_secs_f64().max(0.001);
        let rate = |from: u64, to: u64| to.saturating_sub(from) as f64 / time;
        (rate(first.1, last.1), rate(first.2, last.2))
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{spinner} {wide_msg}");
    style.unwrap_or_else(|_| ProgressStyle::default_spinner())
}

async fn draw(mut view: View, bar: ProgressBar, done: CancellationToken) {
    while tick(REDRAW, &done).await {
        bar.set_message(view.line());
        bar.tick();
    }
    bar.finish_and_clear();
}

async fn print(mut view: View, notices: Notices, done: CancellationToken) {
    let mut batches = 0;
    view.line();
    while tick(LINE, &done).await {
        let line = view.line();
        // A stream without input has nothing new to tell.
        let now = view.tally.counts();
        if now.durations.count != batches || now.outage.is_some() {
            batches = now.durations.count;
            notices.progress(&line);
        }
    }
}

/// Waits for the next time to show something; false when there is none.
async fn tick(every: Duration, done: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(every) => true,
        () = done.cancelled() => false,
    }
}

/// What matters most comes first: a narrow terminal shows the beginning.
fn describe(counts: &Counts, (read, written): (f64, f64)) -> String {
    let error = counts.last_error.as_ref();
    let error = error.map(|error| error.text.as_str()).unwrap_or_default();
    let mut line = match counts.outage {
        Some(outage) => {
            let time = HumanDuration(outage.since.elapsed());
            format!(
                "failing for {time} (attempt {}): {error}; ",
                outage.attempts
            )
        }
        None => String::new(),
    };
    match counts.last {
        Some(last) => {
            let millis = u64::try_from(last.took.as_millis()).unwrap_or(u64::MAX);
            let (read, written) = (HumanCount(read as u64), HumanCount(written as u64));
            let _ = write!(
                line,
                "{read} rows/s read, {written} written, batch {} in {} ms",
                last.id,
                HumanCount(millis)
            );
        }
        None => line.push_str("no batch yet"),
    }
    line.push_str(&lag(counts));
    if counts.outage.is_none() && !error.is_empty() {
        let _ = write!(line, "; last error: {error}");
    }
    line
}

fn lag(counts: &Counts) -> String {
    let topics = counts.lag_by_topic();
    let others = topics.len().saturating_sub(TOPICS);
    let each = topics.take(TOPICS);
    let mut each: Vec<_> = each
        .map(|(topic, lag)| format!("{topic} {}", HumanCount(lag)))
        .collect();
    if each.is_empty() {
        return String::new();
    }
    if others > 0 {
        each.push(format!("{others} more topics"));
    }
    format!(", lag: {}", each.join(", "))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::super::tally::{ErrorSeen, LastBatch, OutageSeen};
    use super::*;

    fn counts() -> Counts {
        Counts {
            last: Some(LastBatch {
                id: 17,
                took: Duration::from_millis(1234),
                at: SystemTime::UNIX_EPOCH,
            }),
            lag: [
                ("a".to_owned(), [(0, 1000), (1, 500)].into()),
                ("b".to_owned(), [(0, 0)].into()),
            ]
            .into(),
            ..Counts::default()
        }
    }

    #[test]
    fn a_line_has_rates_time_and_the_lag_of_each_topic() {
        assert_eq!(
            describe(&counts(), (2000.4, 10.0)),
            "2,000 rows/s read, 10 written, batch 17 in 1,234 ms, lag: a 1,500, b 0"
        );
        assert_eq!(describe(&Counts::default(), (0.0, 0.0)), "no batch yet");
    }

    #[test]
    fn an_outage_comes_first_and_what_went_wrong_last() {
        let mut counts = counts();
        counts.last_error = Some(ErrorSeen {
            text: "no broker".to_owned(),
            at: SystemTime::UNIX_EPOCH,
        });
        let line = describe(&counts, (0.0, 0.0));
        assert!(line.ends_with(", b 0; last error: no broker"), "{line}");
        counts.outage = Some(OutageSeen {
            since: Instant::now(),
            attempts: 3,
            pause: Duration::from_secs(1),
        });
        let line = describe(&counts, (0.0, 0.0));
        let begin = "failing for 0 seconds (attempt 3): no broker; 0 rows/s read";
        assert!(line.starts_with(begin), "{line}");
        assert!(line.ends_with(", b 0"), "{line}");
    }

    #[test]
    fn many_topics_are_not_all_listed() {
        let mut counts = counts();
        for topic in ["c", "d", "e"] {
            counts.lag.insert(topic.to_owned(), [(0, 1)].into());
        }
        assert_eq!(lag(&counts), ", lag: a 1,500, b 0, c 1, 2 more topics");
    }
}
