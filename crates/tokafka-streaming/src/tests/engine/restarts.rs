//! A query that is started again goes on where it was.

use super::{Bench, soon};
use crate::Trigger;

#[tokio::test]
async fn a_query_that_is_started_again_goes_on_where_it_ended() {
    let bench = Bench::new(2).await;
    bench.append(0, 0..10);
    bench.append(1, 100..105);
    let first = bench
        .run(bench.query().trigger(Trigger::AvailableNow))
        .await;
    bench.append(0, 10..20);
    let second = bench
        .run(bench.query().trigger(Trigger::AvailableNow))
        .await;
    assert_eq!(bench.copied(0), (0..20).collect::<Vec<_>>());
    assert_eq!(bench.copied(1), (100..105).collect::<Vec<_>>());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.id(), second.id());
    assert_ne!(first.run_id(), second.run_id());
    assert_eq!(bench.entries("offsets"), [0, 1]);
    assert_eq!(bench.entries("commits"), [0, 1]);
}

/// SPARK-24156.
#[tokio::test]
async fn a_batch_that_was_not_committed_runs_again_with_the_same_range_before_anything_is_planned()
{
    let bench = Bench::new(1).await;
    bench.append(0, 0..10);
    bench.drain().await;
    bench.append(0, 10..15);
    bench.drain().await;
    let planned = bench.file("offsets/1");
    bench.remove("commits/1");
    bench.append(0, 15..18);
    bench.drain().await;
    let again: Vec<_> = (0..15).chain(10..15).chain(15..18).collect();
    assert_eq!(bench.copied(0), again);
    assert_eq!(bench.file("offsets/1"), planned);
    assert_eq!(bench.entries("commits"), [0, 1, 2]);
}

/// SPARK-24156: earlier gaps are not run again.
#[tokio::test]
async fn without_any_commits_only_the_last_batch_runs_again() {
    let bench = Bench::new(1).await;
    for batch in 0..3 {
        bench.append(0, batch * 10..(batch + 1) * 10);
        bench.drain().await;
    }
    for batch in 0..3 {
        bench.remove(&format!("commits/{batch}"));
    }
    bench.drain().await;
    assert_eq!(bench.copied(0), (0..30).chain(20..30).collect::<Vec<_>>());
    assert_eq!(bench.entries("commits"), [2]);
}

#[tokio::test]
async fn a_query_without_new_input_writes_nothing() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.drain().await;
    bench.drain().await;
    assert_eq!(bench.entries("offsets"), [0]);
    assert_eq!(bench.copied(0), [0, 1, 2]);
}

#[tokio::test]
async fn available_now_takes_what_is_there_in_batches_of_the_limit() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..6);
    let query = bench.in_batches_of(2).trigger(Trigger::AvailableNow);
    let query = bench.run(query).await.unwrap();
    let rows = query.recent_progress();
    let rows: Vec<_> = rows.iter().map(|each| each.num_input_rows).collect();
    assert_eq!(rows, [2, 2, 2]);
    assert_eq!(bench.copied(0), (0..6).collect::<Vec<_>>());
}

#[tokio::test]
async fn available_now_runs_an_unfinished_batch_first_and_then_what_is_new() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..6);
    bench.drain().await;
    bench.remove("commits/0");
    bench.append(0, 6..11);
    let query = bench.in_batches_of(2).trigger(Trigger::AvailableNow);
    let query = bench.run(query).await.unwrap();
    let rows = query.recent_progress();
    let rows: Vec<_> = rows.iter().map(|each| each.num_input_rows).collect();
    assert_eq!(rows, [6, 2, 2, 1]);
}

#[tokio::test]
async fn once_takes_everything_whatever_the_limit() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..6);
    let query = bench.in_batches_of(2).trigger(Trigger::Once);
    let query = bench.run(query).await.unwrap();
    assert_eq!(query.recent_progress().len(), 1);
    assert_eq!(bench.copied(0), (0..6).collect::<Vec<_>>());
}

#[tokio::test]
async fn once_runs_only_an_unfinished_batch_if_there_is_one() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.drain().await;
    bench.remove("commits/0");
    bench.append(0, 3..6);
    bench
        .run(bench.query().trigger(Trigger::Once))
        .await
        .unwrap();
    assert_eq!(bench.copied(0), [0, 1, 2, 0, 1, 2]);
    bench
        .run(bench.query().trigger(Trigger::Once))
        .await
        .unwrap();
    assert_eq!(bench.copied(0), [0, 1, 2, 0, 1, 2, 3, 4, 5]);
}

/// The first batch notes where the query began, as by Spark.
#[tokio::test]
async fn the_first_batch_is_made_also_if_it_is_empty() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    let latest = bench.reader("in").option("startingOffsets", "latest");
    let query = bench.copy(latest.load().unwrap());
    let query = bench
        .run(query.trigger(Trigger::AvailableNow))
        .await
        .unwrap();
    assert_eq!(query.last_progress().unwrap().num_input_rows, 0);
    assert_eq!(bench.entries("commits"), [0]);
    bench.append(0, 3..5);
    bench.drain().await;
    assert_eq!(bench.copied(0), [3, 4]);
}

/// Also if records came meanwhile: they are of the next batch.
#[tokio::test]
async fn a_batch_without_rows_that_was_not_committed_runs_again() {
    let bench = Bench::new(1).await;
    let none = bench
        .run(bench.query().trigger(Trigger::AvailableNow))
        .await;
    assert_eq!(none.unwrap().last_progress().unwrap().num_input_rows, 0);
    bench.remove("commits/0");
    bench.append(0, 0..2);
    let query = bench
        .run(bench.query().trigger(Trigger::AvailableNow))
        .await;
    let rows = query.unwrap().recent_progress();
    let rows: Vec<_> = rows.iter().map(|each| each.num_input_rows).collect();
    assert_eq!((rows, bench.entries("commits")), (vec![0, 2], vec![0, 1]));
}

#[tokio::test]
async fn old_entries_are_removed_and_a_hundred_are_kept() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..105);
    let query = bench.in_batches_of(1).trigger(Trigger::AvailableNow);
    let query = query.start().await.unwrap();
    soon(query.await_termination()).await.unwrap();
    let kept: Vec<_> = (4..105).collect();
    assert_eq!(bench.entries("offsets"), kept);
    assert_eq!(bench.entries("commits"), kept);
    assert_eq!(query.recent_progress().len(), 99);
    bench.append(0, 105..106);
    bench.drain().await;
    assert_eq!(bench.copied(0), (0..106).collect::<Vec<_>>());
}

/// SPARK-22956.
#[tokio::test]
async fn a_union_goes_on_when_one_of_its_sources_has_nothing_new() {
    let bench = Bench::new(1).await;
    bench.broker.create_topic("other", 1);
    let union = || {
        let [one, other] = ["in", "other"].map(|topic| bench.reader(topic).load().unwrap());
        bench.copy(one.union(other).unwrap())
    };
    let values = |query: Vec<u32>| {
        let mut values = query;
        values.sort_unstable();
        values
    };
    let query = union().start().await.unwrap();
    bench.append(0, 0..3);
    bench.append_to("other", 0, 10..13);
    soon(query.process_all_available()).await.unwrap();
    assert_eq!(values(bench.copied(0)), [0, 1, 2, 10, 11, 12]);
    for value in [3, 4] {
        bench.append(0, [value]);
        soon(query.process_all_available()).await.unwrap();
    }
    bench.append_to("other", 0, [13]);
    soon(query.process_all_available()).await.unwrap();
    query.stop().await;
    assert_eq!(values(bench.copied(0)), [0, 1, 2, 3, 4, 10, 11, 12, 13]);
}
