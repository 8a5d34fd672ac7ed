//! The program as its users meet it: arguments in; exit code, standard output and standard error out.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bad_files;
mod bad_queries;
mod checking;
mod checkpoints;
mod completing;
mod delivery;
mod dry_run;
mod formats;
mod guarantees_page;
mod harness;
mod json_rows;
mod lost_broker;
mod on_kafka;
mod options_page;
mod reading;
mod receipts;
mod round_trip;
mod sql_examples;
mod statements;
mod stopping;
mod stream_metrics;
mod stream_runs;
mod stream_wrong_use;
mod streams;
mod verifying;
mod writing;
mod wrong_use;
