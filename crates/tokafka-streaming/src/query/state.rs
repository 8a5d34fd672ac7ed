//! What a query and those who hold it share.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokafka_datafusion::WriteProgress;
use tokio::{
    sync::{Notify, watch},
    task,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::StreamingQueryError;
use crate::{QueryStatus, StreamingQueryProgress};

/// Progress that is kept: fewer than Spark's `spark.sql.streaming.numRecentProgressUpdates`.
const RECENT: usize = 99;

type Outcome = Result<(), StreamingQueryError>;

/// The state of a query that runs or ran.
#[derive(Debug)]
pub(crate) struct QueryState {
    pub(crate) id: Uuid,
    pub(crate) run_id: Uuid,
    pub(crate) name: Option<String>,
    /// Cancelled: no batch begins any more.
    pub(crate) finish: CancellationToken,
    /// Cancelled: the batch that runs is given up.
    pub(crate) abandon: CancellationToken,
    /// Somebody waits until there is nothing to do: look for input now.
    pub(crate) nudge: Notify,
    told: Mutex<Told>,
    /// What the batch that runs has written.
    written: Mutex<Arc<WriteProgress>>,
    /// Times that the query began to look for input.
    looks: AtomicU64,
    /// The last of them that found nothing.
    nothing: watch::Sender<u64>,
    left_a_batch: AtomicBool,
    ended: watch::Sender<Option<Outcome>>,
    task: OnceLock<task::Id>,
}

#[derive(Debug, Default)]
struct Told {
    status: QueryStatus,
    recent: VecDeque<Arc<StreamingQueryProgress>>,
}

impl QueryState {
    pub(crate) fn new(id: Uuid, name: Option<String>) -> Self {
        let status = QueryStatus {
            message: "Initializing StreamExecution".to_owned(),
            ..QueryStatus::default()
        };
        Self {
            id,
            run_id: Uuid::new_v4(),
            name,
            finish: CancellationToken::new(),
            abandon: CancellationToken::new(),
            nudge: Notify::new(),
            told: Mutex::new(Told {
                status,
                recent: VecDeque::new(),
            }),
            written: Mutex::default(),
            looks: AtomicU64::new(0),
            nothing: watch::Sender::new(0),
            left_a_batch: AtomicBool::new(false),
            ended: watch::Sender::new(None),
            task: OnceLock::new(),
        }
    }

    pub(crate) fn status(&self) -> QueryStatus {
        self.told().status.clone()
    }

    pub(crate) fn set_status(&self, change: impl FnOnce(&mut QueryStatus)) {
        change(&mut self.told().status);
    }

    /// Counters that begin anew, for a batch that is to be written.
    pub(crate) fn count_anew(&self) -> Arc<WriteProgress> {
        let anew = Arc::new(WriteProgress::default());
        *self.written() = Arc::clone(&anew);
        anew
    }

    pub(crate) fn rows_written(&self) -> u64 {
        self.written().rows()
    }

    fn written(&self) -> MutexGuard<'_, Arc<WriteProgress>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn last_progress(&self) -> Option<Arc<StreamingQueryProgress>> {
        self.told().recent.back().cloned()
    }

    pub(crate) fn recent_progress(&self) -> Vec<Arc<StreamingQueryProgress>> {
        self.told().recent.iter().cloned().collect()
    }

    pub(crate) fn add_progress(&self, progress: Arc<StreamingQueryProgress>) {
        let mut told = self.told();
        if told.recent.len() == RECENT {
            told.recent.pop_front();
        }
        told.recent.push_back(progress);
    }

    /// The query begins to look for input. What comes of it is told by [`Self::nothing_at`].
    pub(crate) fn look(&self) -> u64 {
        self.looks.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Nothing was there at this look.
    pub(crate) fn nothing_at(&self, look: u64) {
        self.nothing.send_replace(look);
    }

    /// Waits for a look that begins from now on and finds nothing, or for the end.
    pub(crate) async fn found_nothing(&self) -> Outcome {
        let before = self.looks.load(Ordering::SeqCst);
        let mut nothing = self.nothing.subscribe();
        self.nudge.notify_one();
        tokio::select! {
            biased;
            ended = self.ended() => ended,
            _ = nothing.wait_for(|look| *look > before) => Ok(()),
        }
    }

    /// Notes on which task the query runs.
    pub(crate) fn runs_here(&self) {
        if let Some(id) = task::try_id() {
            let _first = self.task.set(id);
        }
    }

    pub(crate) fn is_own_task(&self) -> bool {
        self.task.get().copied() == task::try_id() && self.task.get().is_some()
    }

    /// A batch was planned and is not committed.
    pub(crate) fn leave_a_batch(&self) {
        self.left_a_batch.store(true, Ordering::SeqCst);
    }

    pub(crate) fn left_a_batch(&self) -> bool {
        self.left_a_batch.load(Ordering::SeqCst)
    }

    /// Ends the query, for those who wait too. The first outcome stays.
    pub(crate) fn end(&self, outcome: Outcome) {
        let message = match &outcome {
            Ok(()) => "Stopped".to_owned(),
            Err(error) => format!("Terminated with exception: {}", error.cause()),
        };
        self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            if first {
                *ended = Some(outcome);
                self.set_status(|status| {
                    *status = QueryStatus {
                        message,
                        ..QueryStatus::default()
                    };
                });
            }
            first
        });
    }

    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.ended.borrow().clone()
    }

    /// Waits for the end.
    pub(crate) async fn ended(&self) -> Outcome {
        let mut ended = self.ended.subscribe();
        match ended.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            // The sender is here: it is never dropped while this waits.
            Ok(None) | Err(_) => Ok(()),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
