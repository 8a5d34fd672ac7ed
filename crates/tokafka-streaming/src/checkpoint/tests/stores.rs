//! Checkpoints on object stores, also on those that fail.

use std::sync::Arc;

use futures::TryStreamExt as _;
use object_store::{ObjectStore, path::Path};

use super::{
    super::{CheckpointView, files::Files},
    faulty::{Conditions, Fault, Faulty},
    *,
};

fn files(store: &Arc<Faulty>) -> Files {
    let prefix = Path::from("bucket/orders");
    let store = Arc::<Faulty>::clone(store);
    Files::new("test://bucket/orders", store, prefix, None)
}

async fn open(store: &Arc<Faulty>) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open_files(files(store), 1).await
}

async fn names(store: &Arc<Faulty>) -> Vec<String> {
    let objects: Vec<_> = store.list(None).try_collect().await.unwrap();
    let mut names: Vec<String> = objects
        .into_iter()
        .map(|object| object.location.to_string())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_checkpoint_in_memory_lives_as_long_as_the_process() {
    let location = "memory:///a_checkpoint_in_memory";
    let id = {
        let checkpoint = Checkpoint::open(location, 1).await.unwrap();
        let end = entry(7, r#"{"t":{"0":3}}"#);
        checkpoint
            .put_initial_offsets(0, &offsets(r#"{"t":{"0":1}}"#))
            .await
            .unwrap();
        checkpoint.put_offsets(0, &end).await.unwrap();
        checkpoint.id()
    };
    let again = Checkpoint::open(location, 1).await.unwrap();
    assert_eq!(again.id(), id);
    let (batch, planned) = again.recovered().planned.as_ref().unwrap();
    assert_eq!((*batch, ends_at(planned).get("t", 0)), (0, Some(3)));
    let view = CheckpointView::open(location).await.unwrap();
    assert_eq!(view.replayed()[0].start, Some(1));
    let other = CheckpointView::open("memory:///another").await.unwrap_err();
    assert!(matches!(other, CheckpointError::Missing { .. }), "{other}");
}

#[tokio::test]
async fn the_files_are_the_same_as_on_a_disk() {
    let store = Faulty::new(Conditions::Kept);
    let checkpoint = open(&store).await.unwrap();
    checkpoint.put_offsets(0, &entry(7, "{}")).await.unwrap();
    checkpoint.put_commit(0).await.unwrap();
    let expected =
        ["commits/0", "metadata", "offsets/0"].map(|name| format!("bucket/orders/{name}"));
    assert_eq!(names(&store).await, expected, "no probe, no lock");
    let bytes = files(&store).get("offsets/0").await.unwrap().unwrap();
    assert_eq!(bytes, planned(7, "{}").as_bytes());
}

#[tokio::test]
async fn the_second_of_two_queries_to_plan_a_batch_stops() {
    let store = Faulty::new(Conditions::Kept);
    let first = open(&store).await.unwrap();
    let second = open(&store).await.unwrap();
    assert_eq!(first.id(), second.id());
    first
        .put_offsets(0, &entry(7, r#"{"t":{"0":3}}"#))
        .await
        .unwrap();
    let error = second
        .put_offsets(0, &entry(8, r#"{"t":{"0":3}}"#))
        .await
        .unwrap_err();
    assert_eq!(error.heals(), Heals::Never);
    let text = error.to_string();
    assert!(text.starts_with("[CONCURRENT_STREAM_LOG_UPDATE]"), "{text}");
    assert!(text.contains("test://bucket/orders/offsets/0"), "{text}");
}

#[tokio::test]
async fn a_store_that_overwrites_is_refused_at_the_start() {
    for conditions in [Conditions::Ignored, Conditions::Unknown] {
        let store = Faulty::new(conditions);
        let error = open(&store).await.unwrap_err();
        assert_eq!(error.heals(), Heals::Never);
        assert!(error.to_string().contains("conditional writes"), "{error}");
        assert_eq!(names(&store).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_cannot_be_continued_is_not_written_to() {
    let store = Faulty::new(Conditions::Kept);
    files(&store)
        .create("state/0/0/1.delta", String::new())
        .await
        .unwrap();
    let error = open(&store).await.unwrap_err();
    assert!(matches!(error, CheckpointError::Stateful { .. }), "{error}");
    assert_eq!(names(&store).await, ["bucket/orders/state/0/0/1.delta"]);
}

#[tokio::test]
async fn a_full_store_heals_and_leaves_the_log_whole() {
    let store = Faulty::new(Conditions::Kept);
    let checkpoint = open(&store).await.unwrap();
    let planned = entry(7, r#"{"t":{"0":3}}"#);
    checkpoint.put_offsets(0, &planned).await.unwrap();
    checkpoint.put_commit(0).await.unwrap();
    let before = names(&store).await;
    for fail in ["initial", "offsets", "commit"] {
        store.fail_next(Fault::Full);
        let error = match fail {
            "initial" => checkpoint.put_initial_offsets(0, &offsets("{}")).await,
            "offsets" => checkpoint.put_offsets(1, &planned).await,
            _ => checkpoint.put_commit(1).await,
        };
        let error = error.unwrap_err();
        assert_eq!(error.heals(), Heals::WithTime, "{error}");
        assert!(
            error.to_string().contains("no space left on device"),
            "{error}"
        );
    }
    assert_eq!(names(&store).await, before);
    checkpoint.put_offsets(1, &planned).await.unwrap();
    checkpoint.put_commit(1).await.unwrap();
    assert_eq!(open(&store).await.unwrap().recovered().committed, Some(1));
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_made_again() {
    let store = Faulty::new(Conditions::Kept);
    let checkpoint = open(&store).await.unwrap();
    let planned = entry(7, r#"{"t":{"0":3}}"#);
    store.fail_next(Fault::AnswerLost);
    let error = checkpoint.put_offsets(0, &planned).await.unwrap_err();
    assert_eq!(error.heals(), Heals::WithTime);
    checkpoint.put_offsets(0, &planned).await.unwrap();
    store.fail_next(Fault::AnswerLost);
    checkpoint.put_commit(0).await.unwrap_err();
    checkpoint.put_commit(0).await.unwrap();
    assert_eq!(open(&store).await.unwrap().recovered().committed, Some(0));
}

#[tokio::test]
async fn a_store_that_is_away_is_waited_for() {
    let store = Faulty::new(Conditions::Kept);
    let checkpoint = open(&store).await.unwrap();
    store.go_away(true);
    for error in [
        checkpoint.put_commit(0).await.unwrap_err(),
        checkpoint.initial_offsets(0).await.unwrap_err(),
        checkpoint.purge(200, 100).await.unwrap_err(),
        open(&store).await.unwrap_err(),
    ] {
        assert_eq!(error.heals(), Heals::WithTime, "{error}");
        assert!(
            error
                .to_string()
                .starts_with("checkpoint test://bucket/orders: "),
            "{error}"
        );
    }
    store.go_away(false);
    checkpoint.put_commit(0).await.unwrap();
}

#[tokio::test]
async fn a_purge_that_failed_is_made_up_for() {
    let store = Faulty::new(Conditions::Kept);
    let checkpoint = open(&store).await.unwrap();
    for batch in 0..8 {
        checkpoint
            .put_offsets(batch, &entry(7, "{}"))
            .await
            .unwrap();
        checkpoint.put_commit(batch).await.unwrap();
        store.go_away(batch < 5);
        let _ = checkpoint.purge(batch, 2).await;
        store.go_away(false);
    }
    let kept = [
        "commits/5",
        "commits/6",
        "commits/7",
        "metadata",
        "offsets/5",
        "offsets/6",
        "offsets/7",
    ];
    assert_eq!(
        names(&store).await,
        kept.map(|name| format!("bucket/orders/{name}"))
    );
}
