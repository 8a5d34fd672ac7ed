//! A driver as a task of the runtime, and how it ends.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt;

use super::{
    active::Active, driver::Driver, failure::Failure, journal::Journal, listeners::Listeners,
    outages::Outages, pace::Pace, report::Reporter,
};
use crate::{
    StartError, StreamingQuery, StreamingQueryError, checkpoint::Checkpoint, query::QueryState,
    start::Definition,
};

/// Opens the checkpoint and starts the driver.
pub(crate) async fn start(definition: Definition) -> Result<StreamingQuery, StartError> {
    let active = Active::enter(definition.name.as_deref(), &definition.checkpoint)?;
    let sources = definition.plan.tables.len();
    let checkpoint = Checkpoint::open(&definition.checkpoint, sources).await?;
    active.identify(checkpoint.id())?;
    let state = Arc::new(QueryState::new(checkpoint.id(), definition.name.clone()));
    let query = StreamingQuery::new(Arc::clone(&state));
    let driver = driver(definition, checkpoint, &state);
    tokio::spawn(run(driver, Ending(state), active));
    Ok(query)
}

fn driver(definition: Definition, checkpoint: Checkpoint, state: &Arc<QueryState>) -> Driver {
    let tables = definition.plan.tables.iter();
    let names = tables.map(|table| table.options().description()).collect();
    let (listeners, steps) = (definition.listeners, definition.steps);
    Driver {
        reporter: Reporter::new(Arc::clone(state), names, definition.sink_description),
        journal: Journal::new(Arc::clone(state), Listeners::new(listeners), steps),
        query: definition.plan,
        sink: definition.sink,
        checkpoint,
        trigger: definition.trigger,
        sources: Vec::new(),
        place: None,
        batch: None,
        pace: Pace::new(definition.trigger),
        outages: Outages::new(definition.retry_for),
    }
}

/// Runs a driver to its end. The query has ended when its checkpoint is free and its name is.
async fn run(mut driver: Driver, ending: Ending, active: Active) {
    ending.0.runs_here();
    let query = StreamingQuery::new(Arc::clone(&ending.0));
    let listeners = driver.journal.listeners();
    listeners.notify(|listener| listener.on_started(&query));
    let outcome = AssertUnwindSafe(driver.run()).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|panic| Err(Failure::of_panic(panic.as_ref())));
    let outcome = match outcome {
        Ok(()) | Err(Failure::Stopped) => Ok(()),
        Err(failure) => {
            let scene = driver.scene();
            Err(StreamingQueryError::new(failure.into_cause(), scene))
        }
    };
    if let Err(error) = &outcome {
        tracing::error!(%error, "a streaming query has failed");
    }
    if driver.batch.is_some() {
        ending.0.leave_a_batch();
    }
    for source in driver.sources.drain(..) {
        source.close().await;
    }
    drop((driver, active));
    ending.0.end(outcome);
    listeners.notify(|listener| listener.on_terminated(&query));
}

/// Ends the query when the task does, also if that is dropped: when the runtime is shut down.
struct Ending(Arc<QueryState>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end(Ok(()));
    }
}
