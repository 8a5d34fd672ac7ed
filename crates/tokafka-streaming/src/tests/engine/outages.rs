//! Outages: the same batch is run again until it is written, or until the time is over.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction, Restart};

use super::{Bench, soon, until};
use crate::{DataStreamWriter, Outage, StreamingQueryListener, Trigger};

/// The batch and the error of each attempt that failed.
#[derive(Default)]
struct Retries(Mutex<Vec<(Option<u64>, String)>>);

impl StreamingQueryListener for Retries {
    fn on_retry(&self, outage: &Outage<'_>) {
        let mut seen = self.0.lock().unwrap();
        assert_eq!(outage.attempts as usize, seen.len() + 1);
        seen.push((outage.batch, outage.error.to_string()));
    }
}

impl Retries {
    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// That all of them were of this batch, and of this error.
    fn assert_all(&self, batch: Option<u64>, text: &str) {
        for (of, error) in self.0.lock().unwrap().iter() {
            assert_eq!(*of, batch);
            assert!(error.contains(text), "{error}");
        }
    }
}

/// Gives up soon within the client, and never above it.
fn patient(writer: DataStreamWriter, retries: &Arc<Retries>) -> DataStreamWriter {
    let quick = [
        ("kafka.delivery.timeout.ms", "150"),
        ("kafka.request.timeout.ms", "100"),
        ("kafka.max.block.ms", "100"),
    ];
    let writer = quick
        .into_iter()
        .fold(writer, |writer, (name, value)| writer.option(name, value));
    writer.retry_for(None).listener(Arc::clone(retries) as _)
}

fn refuse(api: ApiKey, code: ResponseError) -> Fault {
    always(api, FaultAction::Refuse(code))
}

fn always(api: ApiKey, action: FaultAction) -> Fault {
    Fault {
        api,
        topic: None,
        partition: None,
        after: 0,
        times: u32::MAX,
        action,
    }
}

#[tokio::test]
async fn what_the_sink_refuses_for_a_while_is_written_in_the_same_batch() {
    let codes = [
        (ResponseError::NotEnoughReplicas, "delivery.timeout.ms"),
        (
            ResponseError::TopicAuthorizationFailed,
            "TopicAuthorizationFailed",
        ),
    ];
    for (code, text) in codes {
        let bench = Bench::new(1).await;
        bench.append(0, 0..3);
        bench.broker.inject(refuse(ApiKey::Produce, code));
        let retries = Arc::new(Retries::default());
        let query = patient(bench.query(), &retries).start().await.unwrap();
        until(|| retries.count() >= 2).await;
        assert!(
            query.status().message.contains("to try batch 0 again"),
            "{:?}",
            query.status()
        );
        // What came meanwhile is of the next batch.
        bench.append(0, 3..5);
        bench.broker.clear_faults();
        until(|| bench.copied(0) == [0, 1, 2, 3, 4]).await;
        soon(query.process_all_available()).await.unwrap();
        query.stop().await;
        retries.assert_all(Some(0), text);
        let first = &query.recent_progress()[0];
        assert_eq!(first.sink.num_output_rows, 3);
        assert!(
            first.tokafka.attempts > 2 && first.tokafka.outage_ms >= 100,
            "{first:?}"
        );
        assert_eq!(query.recent_progress()[1].tokafka.attempts, 1);
    }
}

#[tokio::test]
async fn a_sink_topic_that_is_missing_can_be_made_meanwhile() {
    let config = DevBrokerConfig {
        auto_create_topics: false,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    broker.create_topic("in", 1);
    let bench = Bench::on(broker);
    bench.append(0, 0..3);
    let retries = Arc::new(Retries::default());
    let query = patient(bench.query(), &retries).start().await.unwrap();
    until(|| retries.count() >= 1).await;
    bench.broker.create_topic("out", 1);
    until(|| bench.copied(0) == [0, 1, 2]).await;
    query.stop().await;
    retries.assert_all(Some(0), "topic out does not exist");
}

#[tokio::test]
async fn a_source_that_cannot_be_asked_is_asked_again() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    let denied = refuse(ApiKey::ListOffsets, ResponseError::TopicAuthorizationFailed);
    bench.broker.inject(denied);
    let retries = Arc::new(Retries::default());
    let query = patient(bench.query(), &retries).start().await.unwrap();
    until(|| retries.count() >= 2).await;
    bench.broker.clear_faults();
    until(|| bench.copied(0) == [0, 1, 2]).await;
    query.stop().await;
    retries.assert_all(None, "not authorized for topic in");
}

#[tokio::test]
async fn records_that_cannot_be_read_for_a_while_are_read_in_the_same_batch() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    let denied = refuse(ApiKey::Fetch, ResponseError::TopicAuthorizationFailed);
    bench.broker.inject(denied);
    let retries = Arc::new(Retries::default());
    let query = patient(bench.query(), &retries).start().await.unwrap();
    until(|| retries.count() >= 2).await;
    bench.broker.clear_faults();
    until(|| bench.copied(0) == [0, 1, 2]).await;
    query.stop().await;
    retries.assert_all(Some(0), "not authorized for topic in");
}

#[tokio::test]
async fn a_broker_that_is_away_for_longer_than_the_timeouts_is_waited_for() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    let retries = Arc::new(Retries::default());
    let reader = bench.reader("in").option("kafka.max.block.ms", "100");
    let writer = bench.copy(reader.load().unwrap());
    let query = patient(writer, &retries).start().await.unwrap();
    until(|| bench.copied(0) == [0, 1, 2]).await;
    bench.broker.stop_node(1).await.unwrap();
    until(|| retries.count() >= 2).await;
    bench.broker.start_node(1).await.unwrap();
    bench.append(0, 3..5);
    until(|| bench.copied(0).ends_with(&[3, 4])).await;
    bench.broker.restart(1, Restart::WithLogs).await.unwrap();
    bench.append(0, 5..6);
    until(|| bench.copied(0).ends_with(&[4, 5])).await;
    query.stop().await;
}

#[tokio::test]
async fn a_checkpoint_that_cannot_be_written_for_a_while_is_written_later() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.drain().await;
    bench.append(0, 3..5);
    let (commits, away) = (
        bench.checkpoint().join("commits"),
        bench.checkpoint().join("away"),
    );
    let retries = Arc::new(Retries::default());
    let writer = patient(bench.query(), &retries);
    let moved = (commits.clone(), away.clone());
    let moving = std::sync::Once::new();
    let writer = writer.on_step(move |step| {
        if step == "put_commit" {
            moving.call_once(|| {
                std::fs::rename(&moved.0, &moved.1).unwrap();
                std::os::unix::fs::symlink("nowhere", &moved.0).unwrap();
            });
        }
    });
    let query = writer.start().await.unwrap();
    until(|| retries.count() >= 2).await;
    std::fs::remove_file(&commits).unwrap();
    std::fs::rename(&away, &commits).unwrap();
    until(|| bench.entries("commits") == [0, 1]).await;
    query.stop().await;
    retries.assert_all(Some(1), "checkpoint");
    // It was written already: only the note of it was missing.
    assert_eq!(bench.copied(0), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn an_outage_ends_the_query_at_once_unless_it_is_to_be_waited_out() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    let code = ResponseError::TopicAuthorizationFailed;
    bench.broker.inject(refuse(ApiKey::Produce, code));
    let retries = Arc::new(Retries::default());
    let writer = patient(bench.query(), &retries).trigger(Trigger::AvailableNow);
    let error = bench
        .run(writer.retry_for(Some(Duration::ZERO)))
        .await
        .unwrap_err();
    assert!(
        error
            .cause()
            .to_string()
            .contains("TopicAuthorizationFailed"),
        "{error}"
    );
    assert_eq!(retries.count(), 0);
    let writer = patient(bench.query(), &retries).trigger(Trigger::AvailableNow);
    bench
        .run(writer.retry_for(Some(Duration::from_millis(250))))
        .await
        .unwrap_err();
    assert!((1..=4).contains(&retries.count()), "{}", retries.count());
}

#[tokio::test]
async fn what_time_cannot_heal_ends_the_query_at_once() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench
        .broker
        .inject(refuse(ApiKey::Produce, ResponseError::InvalidRecord));
    let retries = Arc::new(Retries::default());
    let writer = patient(bench.query(), &retries).trigger(Trigger::AvailableNow);
    bench.run(writer).await.unwrap_err();
    let frame = bench.reader("in").load().unwrap();
    let failing = frame.select_exprs(&["CAST(1 / (partition - partition) AS STRING) AS value"]);
    bench
        .run(patient(bench.writer(failing.unwrap()), &retries))
        .await
        .unwrap_err();
    assert_eq!(retries.count(), 0);
}

#[tokio::test]
async fn a_query_that_waits_for_an_outage_to_end_can_be_stopped() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    let code = ResponseError::TopicAuthorizationFailed;
    bench.broker.inject(refuse(ApiKey::Produce, code));
    let retries = Arc::new(Retries::default());
    let query = patient(bench.query(), &retries).start().await.unwrap();
    until(|| retries.count() >= 1).await;
    assert!(!soon(query.stop_within(super::DEADLINE)).await);
    assert!(query.exception().is_none());
}
