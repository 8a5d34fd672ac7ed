//! One owner at a time.

use std::{fs::File, time::Duration};

use super::*;

#[tokio::test]
async fn a_second_query_is_refused_until_the_first_is_gone() {
    let directory = Directory::golden("processing-time");
    let first = directory.open().await;
    let second = directory.try_open().await.unwrap_err();
    assert_eq!(second.heals(), Heals::Never);
    let text = second.to_string();
    let spark = "Cannot start query with id 0632b1a8-57f3-44b1-bb2c-c07d47cadb8b as another query with same id is \
         already active. Perhaps you are attempting to restart a query from checkpoint that is already active.";
    assert!(text.starts_with(spark), "{text}");
    let process = format!("process {} holds", std::process::id());
    assert!(text.contains(&process), "{text}");
    assert!(text.contains(".tokafka.lock; stop it"), "{text}");
    drop(first);
    directory.open().await;
}

#[tokio::test]
async fn a_lock_that_nobody_holds_is_no_owner() {
    let directory = Directory::golden("processing-time");
    directory.write(".tokafka.lock", "process 4000000");
    directory.open().await;
    assert_eq!(
        directory.read(".tokafka.lock"),
        format!("process {}", std::process::id())
    );
}

#[tokio::test]
async fn whoever_looks_for_a_moment_does_not_keep_a_query_from_starting() {
    let directory = Directory::golden("processing-time");
    directory.write(".tokafka.lock", "");
    let look = File::open(directory.path().join(".tokafka.lock")).unwrap();
    look.lock_shared().unwrap();
    let moment = async {
        tokio::time::sleep(Duration::from_millis(75)).await;
        drop(look);
    };
    let opened = tokio::join!(directory.try_open(), moment);
    opened.0.unwrap();
}
