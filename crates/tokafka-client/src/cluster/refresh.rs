//! One metadata request at a time, however many ask.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt,
    future::{BoxFuture, WeakShared},
};

use super::{flight::Flight, view::View};
use crate::error::RequestError;

/// What a refresh comes to.
pub(super) type Refreshed = Result<Arc<View>, RequestError>;

/// Joins the wishes of concurrent callers: at most one request runs, and at most one is to follow.
/// A caller whose topics are being asked for shares the running request. All others share the next
/// one.
#[derive(Clone, Default)]
pub(super) struct Refreshes(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    running: Option<(HashSet<Arc<str>>, WeakFlight)>,
    next: Option<WeakFlight>,
    /// What the next one asks for.
    wanted: HashSet<Arc<str>>,
}

type WeakFlight = WeakShared<BoxFuture<'static, Refreshed>>;

impl Refreshes {
    /// Asks for these topics; `ask` makes the request. It runs as long as anyone waits for it.
    pub(super) fn refresh<A>(&self, topics: &[Arc<str>], ask: A) -> Flight<Refreshed>
    where
        A: FnOnce(Vec<Arc<str>>) -> BoxFuture<'static, Refreshed> + Send + 'static,
    {
        let mut state = self.lock();
        let running = state.running.as_ref().and_then(|(asked, flight)| {
            let covers = topics.iter().all(|topic| asked.contains(topic));
            unfinished(flight).map(|flight| (flight, covers))
        });
        let before = match running {
            Some((flight, true)) => return flight,
            Some((flight, false)) => Some(flight),
            None => None,
        };
        state.wanted.extend(topics.iter().cloned());
        if let Some(next) = state.next.as_ref().and_then(unfinished) {
            return next;
        }
        let next = self.clone().follow(before, ask).boxed().shared();
        state.next = next.downgrade();
        next
    }

    /// Waits for the request before, then makes the next one.
    async fn follow<A>(self, before: Option<Flight<Refreshed>>, ask: A) -> Refreshed
    where
        A: FnOnce(Vec<Arc<str>>) -> BoxFuture<'static, Refreshed>,
    {
        if let Some(before) = before {
            drop(before.await);
        }
        let request = {
            let mut state = self.lock();
            let asked = std::mem::take(&mut state.wanted);
            let request = ask(asked.iter().cloned().collect());
            state.running = state.next.take().map(|flight| (asked, flight));
            request
        };
        request.await
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unfinished(flight: &WeakFlight) -> Option<Flight<Refreshed>> {
    flight.upgrade().filter(|flight| flight.peek().is_none())
}

impl fmt::Debug for Refreshes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refreshes")
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    /// Counts requests and holds them until a permit is given.
    #[derive(Clone)]
    struct Asked {
        log: Arc<Mutex<Vec<Vec<Arc<str>>>>>,
        gate: Arc<Semaphore>,
    }

    impl Asked {
        fn ask(&self, mut topics: Vec<Arc<str>>) -> BoxFuture<'static, Refreshed> {
            topics.sort();
            self.log.lock().unwrap().push(topics);
            let gate = self.gate.clone();
            async move {
                gate.acquire().await.unwrap().forget();
                Ok(Arc::default())
            }
            .boxed()
        }
    }

    #[tokio::test]
    async fn many_callers_make_one_request_and_those_it_does_not_cover_make_one_more() {
        let asked = Asked {
            log: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        };
        let refreshes = Refreshes::default();
        let [a, b, c]: [Arc<str>; 3] = ["a", "b", "c"].map(Arc::from);
        let refresh = |topics: Vec<Arc<str>>| {
            let (asked, refreshes) = (asked.clone(), &refreshes);
            refreshes.refresh(&topics, move |topics| asked.ask(topics))
        };
        let first = refresh(vec![a.clone(), b.clone()]);
        assert!(futures::poll!(first.clone()).is_pending());
        let [shared, same] = [vec![a], vec![b]].map(refresh);
        let [next, same_next] = [vec![c.clone()], vec![c]].map(refresh);
        asked.gate.add_permits(2);
        let all = [same_next, next, same, shared, first];
        let outcomes = futures::future::join_all(all).await;
        assert!(outcomes.iter().all(Result::is_ok));
        let log = asked.log.lock().unwrap().clone();
        assert_eq!(log, [vec!["a".into(), "b".into()], vec![Arc::from("c")]]);
    }
}
