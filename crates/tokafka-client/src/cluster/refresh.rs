//! One metadata request at a time, however many ask.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{
    FutureExt,
    future::{BoxFuture, WeakShared},
};

use super::{flight::Flight, view::View};
use crate::error::RequestError;

/// What a refresh comes to.
pub(super) type Refreshed = Result<Arc<View>, RequestError>;

/// Joins the wishes of concurrent callers. A caller whose topics are being asked for shares that
/// request. All others wait for it to end, and then share the next one.
#[derive(Default)]
pub(super) struct Refreshes(Mutex<State>);

#[derive(Default)]
struct State {
    running: Option<(HashSet<Arc<str>>, WeakShared<BoxFuture<'static, Refreshed>>)>,
    wanted: HashSet<Arc<str>>,
}

impl Refreshes {
    /// Asks for these topics; `ask` makes the request.
    pub(super) async fn refresh(
        &self,
        topics: &[Arc<str>],
        ask: impl Fn(Vec<Arc<str>>) -> BoxFuture<'static, Refreshed>,
    ) -> Refreshed {
        loop {
            let (flight, covers) = self.join(topics, &ask);
            let refreshed = flight.await;
            if covers {
                return refreshed;
            }
        }
    }

    /// The request that runs, or else a new one for all that was wanted meanwhile, and whether it
    /// covers these topics.
    fn join(
        &self,
        topics: &[Arc<str>],
        ask: impl Fn(Vec<Arc<str>>) -> BoxFuture<'static, Refreshed>,
    ) -> (Flight<Refreshed>, bool) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((asked, flight)) = &state.running
            && let Some(flight) = flight.upgrade().filter(|flight| flight.peek().is_none())
        {
            let covers = topics.iter().all(|topic| asked.contains(topic));
            if !covers {
                state.wanted.extend(topics.iter().cloned());
            }
            return (flight, covers);
        }
        state.wanted.extend(topics.iter().cloned());
        let asked = std::mem::take(&mut state.wanted);
        let flight = ask(asked.iter().cloned().collect()).shared();
        state.running = flight.downgrade().map(|flight| (asked, flight));
        (flight, true)
    }
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
            async move { refreshes.refresh(&topics, |topics| asked.ask(topics)).await }
        };
        let first = vec![a.clone(), b.clone()];
        let callers = [
            first.clone(),
            vec![a],
            vec![b],
            first,
            vec![c.clone()],
            vec![c],
        ];
        let all = futures::future::join_all(callers.map(refresh));
        let open = async {
            tokio::task::yield_now().await;
            asked.gate.add_permits(2);
        };
        let (outcomes, ()) = futures::join!(all, open);
        assert!(outcomes.iter().all(Result::is_ok));
        let log = asked.log.lock().unwrap().clone();
        assert_eq!(log, [vec!["a".into(), "b".into()], vec![Arc::from("c")]]);
    }
}
