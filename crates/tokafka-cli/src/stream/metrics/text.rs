//! Prometheus' text.

use std::{
    fmt::Write,
    time::{SystemTime, UNIX_EPOCH},
};

use super::super::tally::{BOUNDS_MS, Counts, Tally};

/// Its kind, as HTTP says it.
pub(super) const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a stream can be doing.
const STATES: [&str; 5] = ["starting", "running", "waiting", "retrying", "stopped"];

/// All metrics of a stream. Lag is left out for partitions of which it is not known.
pub(super) fn text(tally: &Tally, is_ready: bool) -> String {
    let counts = tally.counts();
    let mut page = Page::default();
    page.info(tally);
    page.counters(&counts);
    page.batches(&counts);
    page.health(&counts, state(tally, &counts), is_ready);
    page.lag(&counts);
    page.0
}

/// One of [`STATES`].
pub(super) fn state(tally: &Tally, counts: &Counts) -> &'static str {
    let Some(query) = tally.query() else {
        return "starting";
    };
    match (query.is_active(), counts.outage.is_some()) {
        (false, _) => "stopped",
        (true, true) => "retrying",
        (true, false) if !counts.has_triggered => "starting",
        (true, false) if query.status().is_trigger_active => "running",
        (true, false) => "waiting",
    }
}

/// Text that is written.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP tokafka_stream_{name} {help}");
        let _ = writeln!(self.0, "# TYPE tokafka_stream_{name} {kind}");
    }

    fn one(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "tokafka_stream_{name} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        self.one(name, value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, "gauge", help);
        self.one(name, value);
    }

    fn info(&mut self, tally: &Tally) {
        let Some(query) = tally.query() else {
            return;
        };
        self.head(
            "info",
            "gauge",
            "Always 1. Which stream, and which run of it.",
        );
        let _ = writeln!(
            self.0,
            "tokafka_stream_info{{name=\"{}\",id=\"{}\",run_id=\"{}\",version=\"{}\"}} 1",
            escaped(query.name().unwrap_or_default()),
            query.id(),
            query.run_id(),
            env!("CARGO_PKG_VERSION"),
        );
    }

    fn counters(&mut self, counts: &Counts) {
        self.counter(
            "input_rows_total",
            "Records that committed batches have read.",
            counts.input_rows,
        );
        self.counter(
            "output_rows_total",
            "Records that committed batches have written, each acknowledged.",
            counts.output_rows,
        );
        self.counter(
            "output_bytes_total",
            "Bytes of their record batches, as sent.",
            counts.output_bytes,
        );
        self.counter(
            "batches_total",
            "Batches that were committed.",
            counts.durations.count,
        );
        self.counter(
            "retries_total",
            "Attempts of a batch that failed and were made again.",
            counts.retries,
        );
        self.counter(
            "errors_total",
            "Attempts of a batch that failed, that which ended the stream included.",
            counts.errors,
        );
        self.counter(
            "resends_total",
            "Record batches that the producer has sent again.",
            counts.resends,
        );
        self.counter(
            "data_loss_total",
            "Times that offsets were gone before they were read, and were passed over.",
            counts.data_loss,
        );
    }

    fn batches(&mut self, counts: &Counts) {
        let name = "batch_duration_seconds";
        self.head(name, "histogram", "How long committed batches took.");
        let durations = counts.durations;
        for (bound, within) in BOUNDS_MS.iter().zip(durations.within) {
            let bound = seconds(*bound);
            let _ = writeln!(
                self.0,
                "tokafka_stream_{name}_bucket{{le=\"{bound}\"}} {within}"
            );
        }
        let count = durations.count;
        let _ = writeln!(
            self.0,
            "tokafka_stream_{name}_bucket{{le=\"+Inf\"}} {count}"
        );
        self.one(&format!("{name}_sum"), seconds(durations.sum_ms));
        self.one(&format!("{name}_count"), count);
        let Some(last) = counts.last else {
            return;
        };
        self.gauge("batch_id", "The last batch that was committed.", last.id);
        self.gauge(
            "last_batch_duration_seconds",
            "How long it took.",
            last.took.as_secs_f64(),
        );
        self.gauge(
            "last_commit_timestamp_seconds",
            "When it was committed, in seconds since 1970.",
            since_epoch(last.at),
        );
    }

    fn health(&mut self, counts: &Counts, state: &str, is_ready: bool) {
        let name = "state";
        self.head(
            name,
            "gauge",
            "1 for what the stream does now, 0 for all else.",
        );
        for each in STATES {
            let value = u8::from(each == state);
            let _ = writeln!(self.0, "tokafka_stream_{name}{{state=\"{each}\"}} {value}");
        }
        self.gauge("ready", "1 while /readyz succeeds.", u8::from(is_ready));
        let outage = counts.outage.map(|outage| outage.since.elapsed());
        self.gauge(
            "outage_seconds",
            "For how long attempts fail, 0 if the last one did not.",
            outage.unwrap_or_default().as_secs_f64(),
        );
    }

    fn lag(&mut self, counts: &Counts) {
        if counts.lag.is_empty() {
            return;
        }
        self.head(
            "lag_records",
            "gauge",
            "Offsets between the end of the last trigger and the end of the partition, as it was then.",
        );
        for (topic, partition, lag) in counts.lag() {
            let _ = writeln!(
                self.0,
                "tokafka_stream_lag_records{{topic=\"{}\",partition=\"{partition}\"}} {lag}",
                escaped(topic),
            );
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a batch")]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

fn since_epoch(time: SystemTime) -> f64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

/// The text of a label.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_as_prometheus_wants_it() {
        assert_eq!(escaped("a \"b\" \\ c\nd"), r#"a \"b\" \\ c\nd"#);
    }
}
