//! `tokafka sql`: statements with Kafka tables.
//!
//! ```text
//! run       the statements, one after the other
//! print     the rows of a query
//! legible   bytes and control characters as text
//! session   the session that they share
//! ```

mod legible;
mod print;
mod run;
mod session;

pub(crate) use run::{check_options, run};
pub(crate) use session::session;
