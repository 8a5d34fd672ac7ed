//! A report in words.

use std::fmt::Write;

use indicatif::{HumanBytes, HumanCount};
use tokafka_datafusion::WriteReport;

/// Topic-partitions that are listed one by one.
const LISTED: usize = 8;

/// One line on a write that was done.
pub(super) fn done(report: &WriteReport) -> String {
    if report.rows == 0 {
        return "wrote nothing: the input has no rows".to_owned();
    }
    let mut text = format!(
        "{} {} ({}) in {}, {}",
        if report.acknowledged {
            "wrote"
        } else {
            "sent, without asking for acknowledgement,"
        },
        rows(report.rows),
        HumanBytes(report.bytes),
        count(report.batches, "batch", "batches"),
        time(report.elapsed_ms),
    );
    if let Some(rate) = report
        .rows
        .saturating_mul(1000)
        .checked_div(report.elapsed_ms)
    {
        let _ = write!(text, ", {} rows/s", HumanCount(rate));
    }
    let _ = write!(text, "; {}", places(report));
    if report.null_fields_left_out > 0 {
        let nulls = count(report.null_fields_left_out, "null field", "null fields");
        let _ = write!(text, "; {nulls} left out of the JSON");
    }
    if report.times_cut {
        text.push_str("; times were cut to milliseconds");
    }
    if report.settled > 0 {
        let batches = count(report.settled, "batch", "batches");
        let _ = write!(
            text,
            "; {batches} found in the log, since the broker had forgotten them"
        );
    }
    if report.throttled_ms > 0 {
        let _ = write!(
            text,
            "; held back by a quota of the broker for {}",
            time(report.throttled_ms)
        );
    }
    if report.duplicates_possible && report.retries > 0 {
        text.push_str(
            "; rows may be there twice (enable.idempotence=false, and batches were sent again)",
        );
    }
    text
}

/// What is known of the rows of a write that failed or was stopped.
pub(super) fn undone(report: &WriteReport) -> String {
    let known = if report.acknowledged {
        "acknowledged"
    } else {
        "sent, nothing known"
    };
    let mut text = format!("incomplete; {known}: {}", rows(report.rows));
    if report.rows > 0 {
        let _ = write!(text, " ({})", places(report));
    }
    if report.may_be_written_rows > 0 {
        let _ = write!(
            text,
            "; may or may not be written: {}",
            rows(report.may_be_written_rows)
        );
    }
    if report.not_written_rows > 0 {
        let _ = write!(
            text,
            "; read, but certainly not written: {}",
            rows(report.not_written_rows)
        );
    }
    text
}

fn time(millis: u64) -> String {
    if millis < 1000 {
        format!("{millis} ms")
    } else {
        format!("{:.1} s", millis as f64 / 1000.0)
    }
}

fn rows(number: u64) -> String {
    count(number, "row", "rows")
}

/// A number and what it counts.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    let unit = if number == 1 { one } else { many };
    format!("{} {unit}", HumanCount(number))
}

fn places(report: &WriteReport) -> String {
    let written: Vec<_> = report
        .partitions
        .iter()
        .filter(|part| part.rows > 0)
        .collect();
    let mut list: Vec<String> = written
        .iter()
        .take(LISTED)
        .map(|part| {
            format!(
                "{}-{}: {}",
                part.topic,
                part.partition,
                HumanCount(part.rows)
            )
        })
        .collect();
    if let Some(more) = written.len().checked_sub(LISTED).filter(|more| *more > 0) {
        list.push(format!("and {more} more topic-partitions"));
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use tokafka_arrow::PartitionReceipt;

    use super::*;

    fn report(partitions: i32) -> WriteReport {
        let receipt = |partition| PartitionReceipt {
            topic: "t".to_owned(),
            partition,
            rows: 1000,
            ..PartitionReceipt::default()
        };
        WriteReport {
            rows: 1000 * partitions.unsigned_abs() as u64,
            bytes: 2048,
            batches: 2,
            elapsed_ms: 500,
            acknowledged: true,
            partitions: (0..partitions).map(receipt).collect(),
            ..WriteReport::default()
        }
    }

    #[test]
    fn a_write_that_was_done_takes_one_line() {
        assert_eq!(
            done(&report(2)),
            "wrote 2,000 rows (2.00 KiB) in 2 batches, 500 ms, 4,000 rows/s; t-0: 1,000, t-1: 1,000"
        );
        assert!(done(&report(10)).ends_with("t-7: 1,000, and 2 more topic-partitions"));
    }

    #[test]
    fn what_the_records_lack_is_said() {
        let mut lossy = report(1);
        (lossy.null_fields_left_out, lossy.times_cut) = (1200, true);
        let end =
            "t-0: 1,000; 1,200 null fields left out of the JSON; times were cut to milliseconds";
        assert!(done(&lossy).ends_with(end), "{}", done(&lossy));
    }

    #[test]
    fn a_write_of_no_rows_says_why_nothing_was_written() {
        assert_eq!(
            done(&WriteReport::default()),
            "wrote nothing: the input has no rows"
        );
    }

    #[test]
    fn what_is_unknown_is_not_called_written() {
        let mut failed = report(1);
        failed.may_be_written_rows = 7;
        failed.not_written_rows = 1;
        assert_eq!(
            undone(&failed),
            "incomplete; acknowledged: 1,000 rows (t-0: 1,000); may or may not be written: 7 rows; \
             read, but certainly not written: 1 row"
        );
    }
}
