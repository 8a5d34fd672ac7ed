//! JSON as Spark writes it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod forms;
mod golden;
mod refusals;
mod shapes;
mod support;
