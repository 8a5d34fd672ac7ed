//! Connections that are cut at every byte.

use futures::StreamExt;
use kafka_protocol::messages::ApiKey;
use tokafka_client::producer::OffsetRun;
use tokafka_devbroker::{DevBroker, Fault, FaultAction};

use crate::bench::{Bench, config, partition, rows};

/// Bytes of a request of one batch of two rows, at most, and of its answer, at least.
const REQUEST_BYTES: usize = 260;
const ANSWER_BYTES: usize = 40;

fn assert_whole(bench: &Bench, count: usize, case: &str) -> u64 {
    assert_eq!(bench.log(0), rows(count), "{case}");
    let last = i64::try_from(count).unwrap() - 1;
    let report = bench.deliveries.take();
    let whole = [OffsetRun { first: 0, last }];
    assert_eq!(partition(&report, 0).runs, whole, "{case}");
    report.retries
}

/// Writes a batch, cuts the connection of the next, and writes on.
async fn cut(action: FaultAction) {
    let bench = Bench::start(&[]).await;
    bench.fault(1, 1, action);
    bench.write(4).await.unwrap();
    let case = format!("{action:?}");
    assert!(assert_whole(&bench, 8, &case) > 0, "{case} was not met");
}

/// Tries many cuts, some at a time.
async fn each<C, F: Future<Output = ()>>(cases: impl Iterator<Item = C>, cut: impl Fn(C) -> F) {
    let cuts = futures::stream::iter(cases.map(cut));
    cuts.for_each_concurrent(16, |cut| cut).await;
}

#[tokio::test]
async fn a_request_that_is_cut_at_any_byte_is_written_once() {
    each((0..REQUEST_BYTES).map(FaultAction::CutRequest), cut).await;
}

#[tokio::test]
async fn an_answer_that_is_cut_at_any_byte_leaves_the_records_there_once() {
    each((0..ANSWER_BYTES).map(FaultAction::CutAnswer), cut).await;
}

#[tokio::test]
async fn large_requests_are_cut_here_and_there() {
    let cut_at = async |bytes| {
        let bench = Bench::start(&[]).await;
        bench.fault(1, 1, FaultAction::CutRequest(bytes));
        let all = rows(40_000);
        for rows in all.chunks(8_000) {
            bench.send(0, rows).await.unwrap();
        }
        bench.deliveries.settled().await.unwrap();
        assert!(assert_whole(&bench, 40_000, &format!("{bytes}")) > 0);
    };
    each((0..120_000).step_by(7_777), cut_at).await;
}

#[tokio::test]
async fn connections_that_are_cut_while_the_producer_starts_are_made_anew() {
    for api in [
        ApiKey::ApiVersions,
        ApiKey::Metadata,
        ApiKey::InitProducerId,
    ] {
        let cut = async |action| {
            let broker = DevBroker::start(config()).await.unwrap();
            broker.inject(Fault {
                api,
                topic: None,
                partition: None,
                after: 0,
                times: 2,
                action,
            });
            let bench = Bench::on(broker, &[]).await;
            bench.write(1).await.unwrap();
            assert_whole(&bench, 2, &format!("{api:?} {action:?}"));
        };
        let bytes = || (0..REQUEST_BYTES).step_by(7);
        each(bytes().map(FaultAction::CutRequest), cut).await;
        each(bytes().map(FaultAction::CutAnswer), cut).await;
    }
}
