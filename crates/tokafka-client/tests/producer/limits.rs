//! Budgets, deadlines, cancellation and the end.

use std::time::Duration;

use tokafka_client::{
    batch::{Compressor, Headers, OpenBatch, Record},
    producer::{Break, DeliveryCause, Producer, ProducerError, SendError, Written},
};
use tokafka_devbroker::FaultAction;

use crate::bench::{Bench, partition, rows, settings, until_written};

#[tokio::test]
async fn a_broker_that_is_gone_is_named_when_delivery_timeout_is_over() {
    let timeouts = [
        ("request.timeout.ms", "200"),
        ("delivery.timeout.ms", "500"),
    ];
    let bench = Bench::start(&timeouts).await;
    let address = bench.broker.bootstrap();
    let Bench {
        broker,
        producer,
        topic,
        deliveries,
    } = bench;
    broker.stop().await;
    let mut batch = OpenBatch::new(producer.buffers(), 64);
    batch.push(Record {
        timestamp: 1,
        key: None,
        value: Some(b"v"),
        headers: Headers::NONE,
    });
    let batch = batch
        .finish(&mut Compressor::new(producer.settings().compression))
        .unwrap();
    producer.send(&topic, 0, batch, &deliveries).await.unwrap();
    let error = deliveries.settled().await.unwrap_err();
    assert!(error.is_retriable());
    assert_eq!(error.written, Written::No);
    assert!(error.to_string().contains(&address), "{error}");
}

#[tokio::test]
async fn a_cluster_that_cannot_be_reached_is_said_within_max_block() {
    let address = "127.0.0.1:1";
    let settings = settings(address, &[("max.block.ms", "200")]);
    let error = Producer::connect(settings).await.unwrap_err();
    assert!(matches!(error, ProducerError::Connect(_)), "{error}");
    assert!(error.to_string().contains(address), "{error}");
}

#[tokio::test]
async fn cancelling_drops_what_was_not_sent_and_resolves_what_was() {
    let bench = Bench::start(&[]).await;
    bench.fault(0, 1, FaultAction::DelayAnswer(Duration::from_millis(200)));
    for row in rows(5).chunks(1) {
        bench.send(0, row).await.unwrap();
    }
    until_written(&bench, 1).await;
    bench.deliveries.cancel();
    let error = bench.deliveries.settled().await.unwrap_err();
    assert_eq!(
        (error.cause, error.written),
        (DeliveryCause::Cancelled, Written::No)
    );
    let report = bench.deliveries.take();
    let delivery = partition(&report, 0);
    assert_eq!((delivery.rows, delivery.not_written_rows), (1, 4));
    assert_eq!(bench.log(0), rows(1));
}

#[tokio::test]
async fn a_budget_smaller_than_one_batch_still_lets_batches_through() {
    let bench = Bench::start(&[("buffer.memory", "10")]).await;
    bench.write(10).await.unwrap();
    assert_eq!(bench.log(0), rows(20));
}

#[tokio::test]
async fn a_full_budget_is_an_error_once_max_block_is_over() {
    let bench = Bench::start(&[("buffer.memory", "200"), ("max.block.ms", "100")]).await;
    bench.fault(0, 1, FaultAction::Silence);
    bench.send(0, &rows(10)).await.unwrap();
    let error = bench.send(0, &rows(10)).await.unwrap_err();
    let SendError::BudgetExhausted {
        total: 200, waited, ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(waited, Duration::from_millis(100));
}

#[tokio::test]
async fn a_rate_of_our_own_is_kept_over_all_writers_and_no_time_out_counts_it() {
    let limits = [
        ("tokafka.max.bytes.per.second", "20000"),
        ("max.block.ms", "50"),
        ("request.timeout.ms", "50"),
        ("delivery.timeout.ms", "100"),
    ];
    let bench = Bench::start(&limits).await;
    let other = bench.producer.deliveries();
    let all = rows(100);
    for rows in all.chunks(10) {
        bench.send(0, rows).await.unwrap();
        let batch = bench.batch(rows);
        let sent = bench.producer.send(&bench.topic, 1, batch, &other);
        sent.await.unwrap();
    }
    bench.deliveries.settled().await.unwrap();
    other.settled().await.unwrap();
    assert_eq!((bench.log(0), bench.log(1)), (all.clone(), all));
    let (ours, others) = (bench.deliveries.take(), other.take());
    let bytes = partition(&ours, 0).bytes + partition(&others, 1).bytes;
    // All but the last batch is waited for.
    let least = Duration::from_secs_f64(bytes as f64 * 19.0 / 20.0 / 20_000.0);
    let waited = ours.limited + others.limited;
    assert!(waited >= least, "{waited:?} for {bytes} bytes");
}

#[tokio::test]
async fn closing_waits_for_what_was_handed_over() {
    let bench = Bench::start(&[]).await;
    bench.fault(0, 1, FaultAction::DelayAnswer(Duration::from_millis(100)));
    for rows in rows(10).chunks(2) {
        bench.send(0, rows).await.unwrap();
    }
    let twin = bench.producer.clone();
    let batch = bench.batch(&rows(1));
    bench.producer.clone().close(Duration::from_secs(10)).await;
    bench.deliveries.settled().await.unwrap();
    assert_eq!(bench.log(0), rows(10));
    let error = twin
        .send(&bench.topic, 0, batch, &twin.deliveries())
        .await
        .unwrap_err();
    assert_eq!(error, SendError::Closed);
}

#[tokio::test]
async fn closing_gives_up_after_the_grace_and_says_what_may_be_written() {
    let bench = Bench::start(&[]).await;
    bench.fault(0, 1, FaultAction::Silence);
    for rows in rows(10).chunks(2) {
        bench.send(0, rows).await.unwrap();
    }
    until_written(&bench, 2).await;
    bench
        .producer
        .clone()
        .close(Duration::from_millis(50))
        .await;
    let error = bench.deliveries.settled().await.unwrap_err();
    assert_eq!(error.cause, DeliveryCause::Unsettled(Break::Ended));
    let report = bench.deliveries.take();
    let delivery = partition(&report, 0);
    assert_eq!(
        (delivery.may_be_written_rows, delivery.not_written_rows),
        (2, 8)
    );
}

#[tokio::test]
async fn a_dropped_producer_still_delivers_what_it_took() {
    let bench = Bench::start(&[]).await;
    for rows in rows(10).chunks(2) {
        bench.send(0, rows).await.unwrap();
    }
    let Bench {
        broker,
        producer,
        deliveries,
        ..
    } = bench;
    drop(producer);
    deliveries.settled().await.unwrap();
    assert_eq!(broker.records("t", 0).len(), 10);
}

#[test]
fn batches_are_told_of_even_if_the_producers_runtime_is_gone() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    let bench = first.block_on(async {
        let bench = Bench::start(&[]).await;
        bench.fault(0, 1, FaultAction::Silence);
        bench.send(0, &rows(2)).await.unwrap();
        until_written(&bench, 2).await;
        bench
    });
    drop(first);
    let error = runtime().block_on(bench.deliveries.settled()).unwrap_err();
    assert_eq!(error.cause, DeliveryCause::Unsettled(Break::Ended));
    assert!(error.may_be_written());
}
