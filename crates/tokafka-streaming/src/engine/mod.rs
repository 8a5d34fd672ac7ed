//! Runs a query, batch by batch. [`driver`] is the whole of it on one page; the other files are its words.
//!
//! ```text
//! task      a driver as a task of the runtime, and how it ends
//! driver    trigger by trigger: plan, note, run, note
//! recover   where it goes on        ask       what it asks of its sources
//! waiting   between triggers        tell      what it tells
//! batch     a batch on its way      report    progress, in Spark's terms
//! journal   steps and state         listeners those who are told
//! outages   for how long to retry   pace      when the next trigger is
//! failure   what ends a trigger     heal      what time can heal
//! step      the steps by name       active    the queries of this process
//! skip      what a batch passes over   blame   which record a batch fails at
//! ```

mod active;
mod ask;
mod batch;
mod blame;
mod driver;
mod failure;
mod heal;
mod journal;
mod listeners;
mod outages;
mod pace;
mod recover;
mod report;
mod skip;
mod step;
mod task;
mod tell;
mod waiting;

#[cfg(test)]
pub(crate) use step::Step;
pub(crate) use step::StepHook;
pub(crate) use task::start;
