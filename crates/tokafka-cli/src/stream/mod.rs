//! `tokafka stream`: a query from topics to topics, for months.
//!
//! ```text
//! run      from the command line to the end of the query
//! dry_run  what a stream would do
//! ending   what becomes of the batch that runs when it is told to stop
//! shown    on standard error: how far it is, and what goes wrong
//! lines    on standard output: progress as JSON
//! metrics  over HTTP
//! tally    what the query's events add up to
//! session  the session of its statements
//! ```

mod dry_run;
mod ending;
mod lines;
mod metrics;
mod run;
mod session;
mod shown;
mod tally;

pub(crate) use run::run;
