//! `tokafka check`: what is risky in a set of options, also against a cluster.
//!
//! ```text
//! run      asks the cluster, prints
//! topics   rules about options and one topic
//! options  rules about options alone
//! finding  what a rule finds
//! ```

mod finding;
mod options;
mod run;
mod topics;

pub(crate) use run::run;
