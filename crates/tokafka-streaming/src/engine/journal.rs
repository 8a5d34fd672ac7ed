//! What is told of a query while it runs: its steps, its state, its progress, its listeners.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{failure::Failure, listeners::Listeners, pace::now_ms, step::Step, step::StepHook};
use crate::{StreamingQueryProgress, query::QueryState};

/// A trigger without a batch is told of this often at most.
const IDLE: Duration = Duration::from_secs(10);

/// Tells of a query.
pub(super) struct Journal {
    state: Arc<QueryState>,
    listeners: Listeners,
    hook: StepHook,
    trigger: TriggerTimes,
    /// When a trigger was last told of, be it with a batch or without.
    told: Option<Instant>,
}

/// The times of a trigger.
#[derive(Debug, Clone)]
pub(super) struct TriggerTimes {
    /// Milliseconds since the epoch.
    pub(super) began: u64,
    pub(super) start: Instant,
    /// Of the trigger before.
    pub(super) previous: Option<u64>,
    /// Milliseconds of each step, by Spark's names.
    pub(super) durations: BTreeMap<&'static str, u64>,
    running: Option<(&'static str, Instant)>,
}

impl Journal {
    pub(super) fn new(state: Arc<QueryState>, listeners: Listeners, hook: StepHook) -> Self {
        Self {
            state,
            listeners,
            hook,
            trigger: TriggerTimes {
                began: 0,
                start: Instant::now(),
                previous: None,
                durations: BTreeMap::new(),
                running: None,
            },
            told: None,
        }
    }

    pub(super) fn state(&self) -> &Arc<QueryState> {
        &self.state
    }

    /// A trigger begins.
    pub(super) fn begin(&mut self) {
        let previous = self.trigger.began;
        self.trigger = TriggerTimes {
            began: now_ms(),
            start: Instant::now(),
            previous: (previous > 0).then_some(previous),
            durations: BTreeMap::new(),
            running: None,
        };
        self.state
            .set_status(|status| status.is_trigger_active = true);
    }

    /// A step begins, and the one before has ended.
    pub(super) fn at(&mut self, step: Step) {
        self.hook.at(step.name());
        self.trigger.stop();
        self.trigger.running = step.duration().map(|name| (name, Instant::now()));
        if let Some(message) = step.status() {
            self.say(message);
        }
    }

    /// What the query does now, in Spark's words.
    pub(super) fn say(&self, message: &str) {
        self.state
            .set_status(|status| message.clone_into(&mut status.message));
    }

    /// There is input, or not.
    pub(super) fn found(&self, input: bool) {
        self.state
            .set_status(|status| status.is_data_available = input);
    }

    /// The trigger has ended; what comes is waited for.
    pub(super) fn wait(&self, message: &str) {
        self.state.set_status(|status| {
            status.is_trigger_active = false;
            message.clone_into(&mut status.message);
        });
    }

    /// The times of the trigger, which ends with this.
    pub(super) fn times(&mut self) -> TriggerTimes {
        self.trigger.stop();
        let whole = millis(self.trigger.start.elapsed());
        self.trigger.durations.insert("triggerExecution", whole);
        self.trigger.clone()
    }

    /// A batch is done.
    pub(super) fn progress(&mut self, progress: StreamingQueryProgress) {
        self.told = Some(Instant::now());
        let progress = Arc::new(progress);
        self.state.add_progress(Arc::clone(&progress));
        self.listeners
            .notify(|listener| listener.on_progress(&progress));
    }

    /// True if it is time to tell that there is nothing to do.
    pub(super) fn is_idle_for_long(&self) -> bool {
        self.told.is_none_or(|told| told.elapsed() >= IDLE)
    }

    /// There was nothing to do.
    pub(super) fn idle(&mut self, progress: StreamingQueryProgress) {
        self.told = Some(Instant::now());
        let progress = Arc::new(progress);
        self.state.add_progress(Arc::clone(&progress));
        self.listeners
            .notify(|listener| listener.on_idle(&progress));
    }

    pub(super) fn listeners(&self) -> Listeners {
        self.listeners.clone()
    }

    /// Does work that a query which is to finish does not begin.
    pub(super) async fn until_finish<T, E: Into<Failure>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        until(&self.state.finish, work).await
    }

    /// Does work of a batch.
    pub(super) async fn until_abandoned<T, E: Into<Failure>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        until(&self.state.abandon, work).await
    }
}

async fn until<T, E: Into<Failure>>(
    stop: &CancellationToken,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match stop.run_until_cancelled(work).await {
        Some(outcome) => outcome.map_err(Into::into),
        None => Err(Failure::Stopped),
    }
}

impl TriggerTimes {
    /// Ends the step that runs.
    fn stop(&mut self) {
        if let Some((name, since)) = self.running.take() {
            *self.durations.entry(name).or_default() += millis(since.elapsed());
        }
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
