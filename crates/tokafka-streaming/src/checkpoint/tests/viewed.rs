//! Looking at a checkpoint.

use super::{super::CheckpointView, *};

async fn view(directory: &Directory) -> CheckpointView {
    let before = files_below(directory.path());
    let view = CheckpointView::open(directory.location()).await.unwrap();
    assert_eq!(files_below(directory.path()), before, "nothing is written");
    view
}

#[tokio::test]
async fn what_is_done_is_not_replayed() {
    let view = view(&Directory::golden("two-topics")).await;
    assert!(view.problems.is_empty(), "{:?}", view.problems);
    assert_eq!(view.unfinished(), None);
    assert!(view.replayed().is_empty());
    assert_eq!(view.ends()[0].unwrap().get("orders", 0), Some(34));
    assert_eq!(view.offsets.len(), 3);
    assert!(view.leftovers.is_empty() && view.skips.is_empty());
    assert_eq!(view.owner, None);
}

#[tokio::test]
async fn what_is_replayed_goes_from_batch_to_batch() {
    let directory = Directory::golden("two-topics");
    directory.remove("commits/2");
    let view = view(&directory).await;
    assert_eq!(view.unfinished(), Some(2));
    let ranges = view.replayed();
    let ranges: Vec<_> = ranges
        .iter()
        .map(|range| {
            (
                range.topic.as_str(),
                range.partition,
                range.start,
                range.end,
            )
        })
        .collect();
    let expected = [
        ("events", 0, Some(16), 19),
        ("events", 1, Some(15), 18),
        ("orders", 0, Some(29), 34),
        ("orders", 1, Some(28), 33),
        ("orders", 2, Some(28), 33),
    ];
    assert_eq!(ranges, expected);
}

#[tokio::test]
async fn the_first_batch_is_replayed_from_the_initial_offsets() {
    let directory = Directory::golden("processing-time");
    directory.remove("commits/0");
    let ranges = view(&directory).await.replayed();
    assert_eq!((ranges[1].start, ranges[1].end), (Some(0), 18));
    directory.remove("sources/0/0");
    let ranges = view(&directory).await.replayed();
    assert_eq!((ranges[1].start, ranges[1].end), (None, 18));
}

#[tokio::test]
async fn an_owner_and_leftovers_are_seen() {
    let directory = Directory::golden("processing-time");
    directory.write("offsets/.1.0d2b.tmp", "v1\n{\"ba");
    let query = directory.open().await;
    let seen = view(&directory).await;
    assert_eq!(seen.owner, Some(format!("process {}", std::process::id())));
    assert_eq!(seen.leftovers, ["offsets/.1.0d2b.tmp"]);
    drop(query);
    assert_eq!(view(&directory).await.owner, None);
}

#[tokio::test]
async fn all_problems_are_said_at_once() {
    let directory = Directory::golden("available-now");
    directory.write("state/0/0/1.delta", "");
    directory.write("metadata", "");
    directory.write("offsets/7", "v9");
    directory.write("commits/9", "");
    directory.write("sources/0/0", "\0v1\n{");
    directory.write("skips/0", "{}");
    let view = view(&directory).await;
    let problems: Vec<String> = view.problems.iter().map(ToString::to_string).collect();
    for expected in [
        "state/",
        "/metadata. Incomplete",
        "/offsets/7. [INVALID_LOG_VERSION",
        "batch 6 doesn't exist",
        "/commits/9. Incomplete",
        "commits/9 is there, but the last file in offsets/ is 7",
        "/sources/0/0. Expected e.g.",
        "/skips/0. it is not a skip",
    ] {
        assert!(
            problems.iter().any(|problem| problem.contains(expected)),
            "{expected}: {problems:#?}"
        );
    }
    assert_eq!(problems.len(), 8, "{problems:#?}");
}

#[tokio::test]
async fn nothing_is_no_checkpoint() {
    let directory = Directory::empty();
    for location in [directory.location(), "nowhere/at/all"] {
        let error = CheckpointView::open(location)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("there is no checkpoint"), "{error}");
    }
    assert_eq!(directory.files(), Vec::<String>::new());
}
