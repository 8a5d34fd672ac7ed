//! A query is waited for, stopped, and started twice.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use kafka_protocol::messages::ApiKey;
use tokafka_devbroker::{Fault, FaultAction};

use super::{Bench, bench::refusal, soon, until};
use crate::{StreamingQuery, StreamingQueryListener, StreamingQueryProgress, Trigger};

#[tokio::test]
async fn what_comes_while_the_query_waits_is_copied_without_a_look_for_it() {
    let bench = Bench::new(2).await;
    let query = bench.query().start().await.unwrap();
    soon(query.process_all_available()).await.unwrap();
    until(|| query.status().message == "Waiting for data to arrive").await;
    bench.append(1, 0..4);
    until(|| bench.copied(1) == [0, 1, 2, 3]).await;
    query.stop().await;
}

#[tokio::test]
async fn a_query_that_is_idle_asks_its_broker_a_few_times_a_second() {
    let bench = Bench::new(2).await;
    let query = bench.query().start().await.unwrap();
    soon(query.process_all_available()).await.unwrap();
    until(|| query.status().message == "Waiting for data to arrive").await;
    let asked = || {
        let kinds = [ApiKey::Fetch, ApiKey::ListOffsets, ApiKey::Metadata];
        let counts = kinds.map(|kind| bench.broker.request_count(kind));
        counts.iter().sum::<u64>()
    };
    let (fetches, before) = (bench.broker.request_count(ApiKey::Fetch), asked());
    until(|| bench.broker.request_count(ApiKey::Fetch) > fetches + 2).await;
    query.stop().await;
    // For each that waits for records, one for metadata and one for offsets.
    assert!(asked() - before <= 12, "{}", asked() - before);
}

#[tokio::test]
async fn a_query_that_waits_is_stopped_and_can_be_stopped_again() {
    let bench = Bench::new(1).await;
    let query = bench.query().start().await.unwrap();
    soon(query.process_all_available()).await.unwrap();
    assert!(query.is_active());
    soon(query.stop()).await;
    soon(query.stop()).await;
    assert!(!query.is_active());
    assert_eq!(query.status().message, "Stopped");
    assert!(query.exception().is_none());
    soon(query.await_termination()).await.unwrap();
    soon(query.process_all_available()).await.unwrap();
    // Its name and its checkpoint are free.
    bench.append(0, [7]);
    bench.drain().await;
    assert_eq!(bench.copied(0), [7]);
}

#[tokio::test]
async fn a_batch_that_is_being_written_is_abandoned_and_runs_again() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.broker.inject(produce(FaultAction::HoldRequest));
    let query = bench.query().start().await.unwrap();
    until(|| bench.broker.held() == 1).await;
    soon(query.stop()).await;
    assert!(query.exception().is_none());
    assert_eq!(
        (bench.entries("offsets"), bench.entries("commits")),
        (vec![0], vec![])
    );
    bench.broker.clear_faults();
    bench.broker.release_all();
    bench.drain().await;
    assert_eq!(bench.entries("commits"), [0]);
    assert!(bench.copied(0).ends_with(&[0, 1, 2]));
}

#[tokio::test]
async fn a_batch_may_finish_within_the_time_that_a_stop_gives_it() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.broker.inject(produce(FaultAction::HoldRequest));
    let query = bench.query().start().await.unwrap();
    until(|| bench.broker.held() == 1).await;
    let stopping = tokio::spawn({
        let query = query.clone();
        async move { query.stop_within(super::DEADLINE).await }
    });
    bench.broker.clear_faults();
    bench.broker.release_all();
    assert!(soon(stopping).await.unwrap());
    assert_eq!(
        (bench.copied(0), bench.entries("commits")),
        (vec![0, 1, 2], vec![0])
    );
}

#[tokio::test]
async fn a_stop_tells_that_it_had_to_abandon_a_batch() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.broker.inject(produce(FaultAction::HoldRequest));
    let query = bench.query().start().await.unwrap();
    until(|| bench.broker.held() == 1).await;
    assert!(!soon(query.stop_within(Duration::from_millis(20))).await);
    assert!(!query.is_active());
}

#[tokio::test]
async fn a_query_that_nobody_holds_runs_on() {
    let bench = Bench::new(1).await;
    drop(bench.query().start().await.unwrap());
    bench.append(0, 0..3);
    until(|| bench.copied(0) == [0, 1, 2]).await;
}

#[tokio::test]
async fn a_runtime_that_is_shut_down_loses_nothing() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.broker.inject(produce(FaultAction::HoldRequest));
    let other = tokio::runtime::Runtime::new().unwrap();
    let writer = bench.query();
    let query = other.spawn(writer.start()).await.unwrap().unwrap();
    until(|| bench.broker.held() == 1).await;
    other.shutdown_background();
    soon(query.await_termination()).await.unwrap();
    bench.broker.clear_faults();
    bench.broker.release_all();
    bench.drain().await;
    assert!(bench.copied(0).ends_with(&[0, 1, 2]));
}

#[tokio::test]
async fn a_time_of_zero_is_refused_and_a_short_one_passes() {
    let bench = Bench::new(1).await;
    let query = bench.query().start().await.unwrap();
    let none = query
        .await_termination_for(Duration::ZERO)
        .await
        .unwrap_err();
    assert_eq!(
        none.to_string(),
        "requirement failed: Timeout has to be positive"
    );
    let short = query.await_termination_for(Duration::from_millis(1)).await;
    assert!(!short.unwrap());
    query.stop().await;
    let ended = query.await_termination_for(super::DEADLINE).await;
    assert!(ended.unwrap());
}

#[tokio::test]
async fn a_name_is_of_one_active_query() {
    let (bench, other) = (Bench::new(1).await, Bench::new(1).await);
    let query = bench.query().query_name("dup").start().await.unwrap();
    let second = other.query().query_name("dup").start().await;
    assert_eq!(
        refusal(second),
        "Cannot start query with name dup as a query with that name is already active in this SparkSession"
    );
    query.stop().await;
    let second = other.query().query_name("dup").start().await.unwrap();
    assert_eq!(second.name(), Some("dup"));
    second.stop().await;
}

#[tokio::test]
async fn a_checkpoint_is_of_one_active_query() {
    let bench = Bench::new(1).await;
    let query = bench.query().start().await.unwrap();
    let text = refusal(bench.query().start().await);
    let expected = format!(
        "Cannot start query with id {} as another query with same id is already active.",
        query.id()
    );
    assert!(text.starts_with(&expected), "{text}");
    query.stop().await;
}

fn produce(action: FaultAction) -> Fault {
    Fault {
        api: ApiKey::Produce,
        topic: None,
        partition: None,
        after: 0,
        times: u32::MAX,
        action,
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn add(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }
}

impl StreamingQueryListener for Heard {
    fn on_started(&self, query: &StreamingQuery) {
        self.add(format!("started {}", query.is_active()));
    }

    fn on_progress(&self, progress: &StreamingQueryProgress) {
        self.add(format!(
            "batch {} of {}",
            progress.batch_id, progress.num_input_rows
        ));
        panic!("the query goes on");
    }

    fn on_idle(&self, progress: &StreamingQueryProgress) {
        self.add(format!("idle before {}", progress.batch_id));
    }

    fn on_terminated(&self, query: &StreamingQuery) {
        self.add(format!("ended {}", !query.is_active()));
    }
}

#[tokio::test]
async fn listeners_hear_of_everything_in_its_order() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    let heard = Arc::new(Heard::default());
    let query = bench.in_batches_of(2).listener(Arc::clone(&heard) as _);
    bench
        .run(query.trigger(Trigger::AvailableNow))
        .await
        .unwrap();
    until(|| heard.0.lock().unwrap().len() == 4).await;
    let expected = ["started true", "batch 0 of 2", "batch 1 of 1", "ended true"];
    assert_eq!(*heard.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_trigger_without_a_batch_is_told_of_as_idle() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.drain().await;
    let heard = Arc::new(Heard::default());
    let query = bench.query().listener(Arc::clone(&heard) as _);
    let query = query.start().await.unwrap();
    soon(query.process_all_available()).await.unwrap();
    soon(query.process_all_available()).await.unwrap();
    query.stop().await;
    let idle = query.last_progress().unwrap();
    assert_eq!((idle.num_input_rows, idle.sink.num_output_rows), (0, -1));
    assert_eq!(query.recent_progress().len(), 1);
    until(|| heard.0.lock().unwrap().len() == 3).await;
    let expected = ["started true", "idle before 1", "ended true"];
    assert_eq!(*heard.0.lock().unwrap(), expected);
}
