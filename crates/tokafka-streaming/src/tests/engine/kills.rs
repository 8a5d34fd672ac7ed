//! A query that dies at any step of the driver loses nothing.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{Bench, soon};
use crate::{Trigger, engine::Step};

const RECORDS: u32 = 6;
const BATCH: usize = 2;

/// Runs a query that dies at the step, the time that it comes to it for the `time`th time. False if it never did.
async fn killed(bench: &Bench, step: &'static str, time: usize) -> bool {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&seen);
    let hook = move |at: &'static str| {
        if at == step && counted.fetch_add(1, Ordering::SeqCst) + 1 == time {
            panic!("killed at {at}");
        }
    };
    let query = bench.in_batches_of(BATCH).trigger(Trigger::AvailableNow);
    let query = query.on_step(hook).start().await.unwrap();
    let ended = soon(query.await_termination()).await;
    let died = ended.is_err();
    if let Err(error) = ended {
        assert!(
            error.to_string().contains(&format!("killed at {step}")),
            "{error}"
        );
    }
    died
}

#[tokio::test]
async fn a_query_that_dies_at_any_step_goes_on_and_repeats_whole_batches_at_most() {
    for step in Step::ALL {
        for time in 1..=3 {
            let bench = Bench::new(1).await;
            bench.append(0, 0..RECORDS);
            let died = killed(&bench, step.name(), time).await;
            bench
                .run(bench.in_batches_of(BATCH).trigger(Trigger::AvailableNow))
                .await
                .unwrap();
            assert!(died || (time > 1 && step < Step::Plan), "{step:?} {time}");
            // Only what was written and not noted as done is written again.
            let repeated = (step == Step::PutCommit).then_some(time - 1);
            assert_eq!(bench.copied(0), batches(repeated), "{step:?} {time}");
            assert_eq!(bench.entries("commits"), [0, 1, 2]);
        }
    }
}

/// All records, batch by batch, one of them twice.
fn batches(repeated: Option<usize>) -> Vec<u32> {
    let all: Vec<_> = (0..RECORDS).collect();
    let batches = all.chunks(BATCH).enumerate();
    let times = |number| if Some(number) == repeated { 2 } else { 1 };
    batches
        .flat_map(|(number, batch)| batch.repeat(times(number)))
        .collect()
}

/// Two at once on one directory are refused in this process; of two processes the second finds the lock. What is
/// left is a directory that is copied while a query runs.
#[tokio::test]
async fn a_copy_of_a_checkpoint_cannot_run_beside_it() {
    let bench = Bench::new(1).await;
    let query = bench.query().start().await.unwrap();
    soon(query.process_all_available()).await.unwrap();
    let copy = bench.checkpoint().with_extension("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(bench.checkpoint().join("metadata"), copy.join("metadata")).unwrap();
    let second = bench
        .query()
        .option("checkpointLocation", copy.display().to_string());
    let text = super::bench::refusal(second.start().await);
    let expected = format!("Cannot start query with id {} as another", query.id());
    assert!(text.starts_with(&expected), "{text}");
    query.stop().await;
}

/// Another process, on a store without locks: whoever comes second finds the batch written.
#[tokio::test]
async fn a_batch_that_another_query_wrote_ends_the_query() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    let query = bench.query().start().await.unwrap();
    soon(query.process_all_available()).await.unwrap();
    std::fs::copy(
        bench.checkpoint().join("offsets/0"),
        bench.checkpoint().join("offsets/1"),
    )
    .unwrap();
    bench.append(0, 3..5);
    let error = soon(query.await_termination()).await.unwrap_err();
    assert!(
        error.to_string().contains("[CONCURRENT_STREAM_LOG_UPDATE]"),
        "{error}"
    );
    assert_eq!(bench.copied(0), [0, 1, 2]);
}
