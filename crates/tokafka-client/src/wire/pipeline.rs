//! The requests of one connection, in order: queued, being written, on their way.
//!
//! Handles queue requests here; the driver takes them out one by one, writes them and brings the
//! answers. When the connection ends, [`Pipeline::end`] settles what is left, once and for all:
//! a request of which no byte was handed to the socket was not sent, any other may have been
//! carried out.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;
use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    pieces::Pieces,
    request::{End, Outcome, Outgoing, Reply, Waiter, frame},
};
use crate::error::{RequestError, seconds};

/// When to look at the clock again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    At(Instant),
    End(End),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Pipeline {
    address: String,
    client_id: StrBytes,
    timeout: Duration,
    state: Mutex<State>,
    changed: Notify,
    released: CancellationToken,
}

#[derive(Debug)]
struct State {
    queued: VecDeque<(Pieces, Waiter)>,
    writing: Option<Waiter>,
    /// Whether a byte of the request being written may have left.
    started: bool,
    in_flight: VecDeque<Waiter>,
    next_correlation: i32,
    paused_until: Option<Instant>,
    last_used: Instant,
    ended: Option<String>,
}

impl Pipeline {
    pub(super) fn new(address: String, client_id: &str, timeout: Duration) -> Self {
        let state = State {
            queued: VecDeque::new(),
            writing: None,
            started: false,
            in_flight: VecDeque::new(),
            next_correlation: 0,
            paused_until: None,
            last_used: Instant::now(),
            ended: None,
        };
        Self {
            address,
            client_id: StrBytes::from_string(client_id.to_owned()),
            timeout,
            state: Mutex::new(state),
            changed: Notify::new(),
            released: CancellationToken::new(),
        }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Puts a request at the end of the queue.
    pub(super) fn queue(&self, request: Outgoing) -> oneshot::Receiver<Outcome> {
        let (outcome, answer) = oneshot::channel();
        let mut state = self.lock();
        let result = match &state.ended {
            Some(reason) => Err(self.not_sent(request.name, reason)),
            None => frame(&request, state.next_correlation, &self.client_id),
        };
        match result {
            Ok(frame) => state.push(frame, &request, outcome, self.timeout),
            Err(error) => drop(outcome.send(Err(error))),
        }
        drop(state);
        self.changed.notify_one();
        answer
    }

    /// The next request, when there is one and the broker wants it.
    pub(super) async fn next(&self) -> Pieces {
        loop {
            let paused_until = {
                let mut state = self.lock();
                let paused = state.paused_until.filter(|until| *until > Instant::now());
                if paused.is_none()
                    && let Some(frame) = state.start_next()
                {
                    return frame;
                }
                paused
            };
            match paused_until {
                None => self.changed.notified().await,
                Some(until) => tokio::time::sleep_until(until).await,
            }
        }
    }

    /// A byte of the request being written may have left.
    pub(super) fn started(&self) {
        self.lock().started = true;
    }

    /// The request was handed to the socket whole.
    pub(super) fn written(&self) {
        let mut state = self.lock();
        state.last_used = Instant::now();
        let Some(waiter) = state.writing.take() else {
            return;
        };
        match waiter.reply {
            Reply::Expected => state.in_flight.push_back(waiter),
            Reply::None => waiter.settle(Ok(Bytes::new())),
        }
    }

    /// Gives an answer to the oldest request on its way. An answer to anything else ends the
    /// connection: from there on, no answer can be trusted.
    pub(super) fn answer(&self, mut answer: Bytes) -> Result<(), End> {
        let mut state = self.lock();
        state.last_used = Instant::now();
        let Some(front) = state.in_flight.front() else {
            return Err(End::Lost(
                "the broker sent an answer that nothing asked for".into(),
            ));
        };
        front.strip_header(&mut answer)?;
        if let Some(waiter) = state.in_flight.pop_front() {
            drop(state);
            waiter.settle(Ok(answer));
        }
        Ok(())
    }

    /// Nothing is sent for this long, starting now. The broker reads nothing meanwhile, so what is
    /// not answered yet gets that much more time.
    pub(super) fn pause(&self, pause: Duration) {
        let until = later(Instant::now(), pause);
        let mut state = self.lock();
        state.paused_until = Some(state.paused_until.map_or(until, |known| known.max(until)));
        let deadline = later(until, self.timeout);
        for waiter in state.waiters_mut() {
            waiter.deadline = waiter.deadline.max(deadline);
        }
    }

    /// What the clock says. A request that is queued after this cannot be late before the answer
    /// is, so nothing has to wake the watch.
    pub(super) fn check(&self, now: Instant, max_idle: Duration) -> Check {
        let state = self.lock();
        let (due, end) = match state.next_deadline() {
            Some(deadline) => (deadline, End::TimedOut),
            None => (later(state.last_used, max_idle), End::Idle),
        };
        if due <= now {
            return Check::End(end);
        }
        Check::At(due.min(later(now, self.timeout)))
    }

    /// Asks the driver to end the connection.
    pub(super) fn release(&self) {
        self.released.cancel();
    }

    /// Waits for [`release`](Self::release).
    pub(super) async fn released(&self) {
        self.released.cancelled().await;
    }

    pub(super) fn is_ended(&self) -> bool {
        self.released.is_cancelled() || self.lock().ended.is_some()
    }

    /// Settles everything that is left. Only the first call does anything.
    pub(super) fn end(&self, end: &End) {
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        let reason = self.reason(end, &state);
        state.ended = Some(reason.clone());
        let sent = std::mem::take(&mut state.in_flight);
        let writing = state.writing.take();
        let started = state.started;
        let queued = std::mem::take(&mut state.queued);
        drop(state);

        self.settle_sent(sent, end, &reason);
        match writing {
            Some(waiter) if started => self.settle_sent([waiter], end, &reason),
            Some(waiter) => self.settle_unsent([waiter], &reason),
            None => {}
        }
        self.settle_unsent(queued.into_iter().map(|(_, waiter)| waiter), &reason);
    }

    fn settle_sent(&self, waiters: impl IntoIterator<Item = Waiter>, end: &End, reason: &str) {
        let now = Instant::now();
        for (place, waiter) in waiters.into_iter().enumerate() {
            let (address, api) = (self.address.clone(), waiter.name);
            let error = match end {
                End::TimedOut if waiter.deadline <= now => RequestError::TimedOut {
                    address,
                    api,
                    after: self.timeout,
                },
                End::Malformed(_) if place == 0 => RequestError::Malformed {
                    address,
                    api,
                    reason: reason.to_owned(),
                },
                End::Lost(_) | End::Malformed(_) | End::TimedOut | End::Idle | End::Released => {
                    RequestError::Lost {
                        address,
                        api,
                        reason: reason.to_owned(),
                    }
                }
            };
            waiter.settle(Err(error));
        }
    }

    fn settle_unsent(&self, waiters: impl IntoIterator<Item = Waiter>, reason: &str) {
        for waiter in waiters {
            let error = self.not_sent(waiter.name, reason);
            waiter.settle(Err(error));
        }
    }

    fn not_sent(&self, api: &'static str, reason: &str) -> RequestError {
        RequestError::NotSent {
            address: self.address.clone(),
            api,
            reason: reason.to_owned(),
        }
    }

    fn reason(&self, end: &End, state: &State) -> String {
        match end {
            End::Lost(reason) | End::Malformed(reason) => reason.clone(),
            End::TimedOut => {
                let oldest = state.in_flight.front().or(state.writing.as_ref());
                let name = oldest.map_or("a request", |waiter| waiter.name);
                format!("{name} was not answered within {}", seconds(&self.timeout))
            }
            End::Idle => "it was idle (connections.max.idle.ms)".into(),
            End::Released => "it was closed by this client".into(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(
        &mut self,
        frame: Pieces,
        request: &Outgoing,
        outcome: oneshot::Sender<Outcome>,
        timeout: Duration,
    ) {
        let now = Instant::now();
        let waiter = Waiter {
            api: request.api,
            name: request.name,
            version: request.version,
            correlation: self.next_correlation,
            deadline: later(
                self.paused_until.map_or(now, |until| until.max(now)),
                timeout,
            ),
            reply: request.reply,
            outcome,
        };
        self.next_correlation = self.next_correlation.wrapping_add(1) & i32::MAX;
        self.last_used = now;
        self.queued.push_back((frame, waiter));
    }

    fn start_next(&mut self) -> Option<Pieces> {
        let (frame, waiter) = self.queued.pop_front()?;
        self.writing = Some(waiter);
        self.started = false;
        Some(frame)
    }

    fn waiters_mut(&mut self) -> impl Iterator<Item = &mut Waiter> {
        let queued = self.queued.iter_mut().map(|(_, waiter)| waiter);
        self.in_flight
            .iter_mut()
            .chain(&mut self.writing)
            .chain(queued)
    }

    fn next_deadline(&self) -> Option<Instant> {
        let queued = self.queued.front().map(|(_, waiter)| waiter);
        let fronts = [self.in_flight.front(), self.writing.as_ref(), queued];
        fronts
            .into_iter()
            .flatten()
            .map(|waiter| waiter.deadline)
            .min()
    }
}

/// A time so far away that it never comes, where `Instant` cannot say it.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

fn later(from: Instant, by: Duration) -> Instant {
    from + by.min(NEVER)
}
