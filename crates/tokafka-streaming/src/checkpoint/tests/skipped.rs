//! Offsets that are passed over.

use std::ops::Range;

use super::{super::Skip, *};

async fn skip(
    directory: &Directory,
    partition: i32,
    offsets: Range<i64>,
) -> Result<bool, CheckpointError> {
    Skip::record(directory.location(), "orders", partition, offsets).await
}

/// Batch 2 is planned, from 26 to 34, and not done.
fn unfinished() -> Directory {
    let directory = Directory::golden("available-now");
    directory.remove("commits/2");
    directory
}

#[tokio::test]
async fn a_query_is_told_at_its_next_start() {
    let directory = unfinished();
    assert!(directory.open().await.skips().is_empty());
    assert!(skip(&directory, 0, 26..27).await.unwrap());
    assert!(skip(&directory, 1, 30..40).await.unwrap());
    let checkpoint = directory.open().await;
    let told = checkpoint.skips();
    let shown: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["orders-0 offset 26", "orders-1 offsets 30 to 39"]);
    assert_eq!(told[1].offsets, 30..40);
    assert!(
        told[1].at.ends_with('Z') && told[1].at.starts_with("20"),
        "{}",
        told[1].at
    );
    let text = directory.read("skips/0");
    assert!(
        text.starts_with(r#"{"topic":"orders","partition":0,"first":26,"last":26,"at":"20"#),
        "{text}"
    );
}

#[tokio::test]
async fn what_was_told_is_not_told_again() {
    let directory = unfinished();
    assert!(skip(&directory, 0, 26..30).await.unwrap());
    assert!(!skip(&directory, 0, 27..28).await.unwrap());
    assert!(skip(&directory, 0, 29..31).await.unwrap());
    assert!(!directory.path().join("skips/2").exists());
}

#[tokio::test]
async fn offsets_that_are_done_are_refused() {
    let directory = unfinished();
    let error = skip(&directory, 0, 25..27).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("offsets of orders-0 below 26 are done already"),
        "{text}"
    );
    directory.write("commits/2", COMMIT);
    let text = skip(&directory, 0, 33..34).await.unwrap_err().to_string();
    assert!(text.contains("below 34 are done already"), "{text}");
    assert!(skip(&directory, 0, 34..35).await.unwrap());
}

#[tokio::test]
async fn what_is_not_read_is_refused() {
    let directory = unfinished();
    let text = skip(&directory, 3, 30..31).await.unwrap_err().to_string();
    assert!(
        text.contains("does not read orders-3; it reads orders-0, orders-1, orders-2"),
        "{text}"
    );
    for (offsets, said) in [
        (30..30, "there are no such offsets"),
        (-1..30, "there are no such offsets"),
    ] {
        let error = skip(&directory, 0, offsets).await.unwrap_err();
        assert_eq!(error.heals(), Heals::Never);
        assert!(error.to_string().contains(said), "{error}");
    }
    assert!(!directory.path().join("skips").exists());
}

#[tokio::test]
async fn a_partition_that_is_new_in_the_planned_batch_can_be_skipped() {
    let directory = unfinished();
    let text = directory
        .read("offsets/2")
        .replace("\"2\":33", "\"2\":33,\"3\":4");
    directory.write("offsets/2", text);
    assert!(skip(&directory, 3, 0..1).await.unwrap());
}

#[tokio::test]
async fn a_query_that_runs_is_not_disturbed() {
    let directory = unfinished();
    let query = directory.open().await;
    let error = skip(&directory, 0, 26..27).await.unwrap_err();
    assert!(matches!(error, CheckpointError::Owned { .. }), "{error}");
    drop(query);
    assert!(skip(&directory, 0, 26..27).await.unwrap());
}

#[tokio::test]
async fn what_cannot_be_continued_is_left_alone() {
    let directory = unfinished();
    directory.remove("offsets/1");
    let before = files_below(directory.path());
    let error = skip(&directory, 0, 30..31).await.unwrap_err();
    assert!(
        error.to_string().starts_with("batch 1 doesn't exist"),
        "{error}"
    );
    assert_eq!(files_below(directory.path()), before);
    let nothing = Directory::empty();
    let error = skip(&nothing, 0, 30..31).await.unwrap_err();
    assert!(matches!(error, CheckpointError::Missing { .. }), "{error}");
    assert!(files_below(nothing.path()).is_empty());
}

#[tokio::test]
async fn a_damaged_skip_stops_a_query_before_it_writes() {
    for text in [
        "",
        "{}",
        r#"{"topic":"t","partition":0,"first":5,"last":4,"at":""}"#,
    ] {
        let directory = unfinished();
        directory.remove("metadata");
        directory.write("skips/0", text);
        let error = directory.refused().await;
        assert!(error.contains("/skips/0. "), "{error}");
        assert!(error.contains("its offsets are then read"), "{error}");
    }
}
