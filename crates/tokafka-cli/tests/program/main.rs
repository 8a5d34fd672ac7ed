//! The program as its users meet it: arguments in; exit code, standard output and standard error out.

mod bad_files;
mod bad_queries;
mod delivery;
mod harness;
mod lost_broker;
mod on_kafka;
mod options_page;
mod reading;
mod receipts;
mod stopping;
mod writing;
mod wrong_use;
