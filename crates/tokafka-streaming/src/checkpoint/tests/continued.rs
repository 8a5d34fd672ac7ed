//! Recovery, and what is written after it.

use super::*;

#[tokio::test]
async fn a_new_one_has_nothing_but_an_id() {
    let root = Directory::empty();
    let location = format!("{}/deep/down", root.location());
    let checkpoint = Checkpoint::open(&location, 1).await.unwrap();
    let recovered = checkpoint.recovered();
    assert!(recovered.planned.is_none() && recovered.committed.is_none());
    assert!(checkpoint.initial_offsets(0).await.unwrap().is_none());
    let id = checkpoint.id();
    assert_eq!(
        root.read("deep/down/metadata"),
        format!(r#"{{"id":"{id}"}}"#)
    );
    drop(checkpoint);
    let again = Checkpoint::open(&location, 1).await.unwrap();
    assert_eq!(again.id(), id);
}

#[tokio::test]
async fn a_url_of_a_file_is_a_directory() {
    let directory = Directory::of(&[METADATA]);
    for location in [
        format!("file://{}", directory.location()),
        format!("file:{}", directory.location()),
    ] {
        let checkpoint = Checkpoint::open(&location, 1).await.unwrap();
        assert!(METADATA.1.contains(&checkpoint.id().to_string()));
    }
}

#[tokio::test]
async fn any_path_is_a_location() {
    let root = Directory::empty();
    for name in [
        "a b",
        "a#1",
        "100%20",
        "\u{fc}ber",
        "[x]{y}",
        "deep/../down",
        "./here/",
        "a?b=c&d",
    ] {
        let location = format!("{}/{name}", root.location());
        let json = r#"{"t":{"0":1}}"#;
        let checkpoint = Checkpoint::open(&location, 1).await.unwrap();
        checkpoint.put_offsets(0, &entry(1, json)).await.unwrap();
        checkpoint.put_commit(0).await.unwrap();
        let plain = name.trim_start_matches("deep/../");
        let commit = root.path().join(plain).join("commits/0");
        assert!(commit.is_file(), "{name}");
        drop(checkpoint);
        let again = Checkpoint::open(&location, 1).await.unwrap();
        assert_eq!(again.recovered().committed, Some(0), "{name}");
    }
}

#[tokio::test]
async fn the_worked_example() {
    let directory = Directory::of(&[METADATA]);
    let checkpoint = directory.open().await;
    let initial = offsets(r#"{"orders":{"0":0,"1":0}}"#);
    checkpoint.put_initial_offsets(0, &initial).await.unwrap();
    let ends = [
        r#"{"orders":{"0":120,"1":98}}"#,
        r#"{"orders":{"0":150,"1":130}}"#,
        r#"{"orders":{"0":175,"1":131}}"#,
    ];
    for (batch, json) in (0..).zip(ends) {
        checkpoint
            .put_offsets(batch, &entry(7, json))
            .await
            .unwrap();
        if batch < 2 {
            checkpoint.put_commit(batch).await.unwrap();
        }
    }
    assert_eq!(
        directory.read("sources/0/0"),
        "\0v1\n{\"orders\":{\"0\":0,\"1\":0}}"
    );
    for (batch, json) in ends.iter().enumerate() {
        assert_eq!(
            directory.read(&format!("offsets/{batch}")),
            planned(7, json)
        );
    }
    assert_eq!(directory.read("commits/1"), COMMIT);
    drop(checkpoint);

    let again = directory.open().await;
    let recovered = again.recovered();
    assert_eq!(recovered.committed, Some(1));
    let (batch, last) = recovered.planned.as_ref().unwrap();
    assert_eq!((*batch, last.timestamp_ms), (2, 7));
    assert_eq!(ends_at(last), &offsets(ends[2]));
    assert_eq!(
        ends_at(recovered.before.as_ref().unwrap()),
        &offsets(ends[1])
    );
}

#[tokio::test]
async fn a_missing_id_is_made_although_there_are_offsets() {
    let directory = Directory::golden("processing-time");
    directory.remove("metadata");
    let checkpoint = directory.open().await;
    assert_eq!(checkpoint.recovered().committed, Some(0));
    let id = checkpoint.id();
    assert_eq!(directory.read("metadata"), format!(r#"{{"id":"{id}"}}"#));
    assert!(!directory.path().join(".metadata.crc").exists());
}

#[tokio::test]
async fn a_source_without_offsets_is_a_dash() {
    let directory = Directory::of(&[METADATA]);
    let checkpoint = Checkpoint::open(directory.location(), 2).await.unwrap();
    let mut planned = entry(1, r#"{"t":{"0":1}}"#);
    planned.sources.insert(0, None);
    checkpoint.put_offsets(0, &planned).await.unwrap();
    assert!(
        directory
            .read("offsets/0")
            .ends_with("}\n-\n{\"t\":{\"0\":1}}")
    );
    drop(checkpoint);
    let again = Checkpoint::open(directory.location(), 2).await.unwrap();
    let (_, last) = again.recovered().planned.as_ref().unwrap();
    assert_eq!(last.sources, planned.sources);
}

#[tokio::test]
async fn names_that_are_no_numbers_are_no_entries() {
    let directory = Directory::of(&[
        METADATA,
        ("offsets/0", &planned(1, r#"{"t":{"0":1}}"#)),
        ("offsets/.1.2b7c.tmp", "half"),
        ("offsets/1#1", "half"),
        ("offsets/+1", "?"),
        ("offsets/001", "?"),
        ("offsets/-1", "?"),
        ("offsets/1.compact", "?"),
        ("offsets/99999999999999999999", "?"),
        ("commits/x", "?"),
    ]);
    let checkpoint = directory.open().await;
    assert_eq!(checkpoint.recovered().planned.as_ref().unwrap().0, 0);
    assert_eq!(checkpoint.recovered().committed, None);
}

#[tokio::test]
async fn the_answer_to_a_write_may_be_lost() {
    let directory = Directory::of(&[METADATA]);
    let checkpoint = directory.open().await;
    let json = r#"{"t":{"0":1}}"#;
    for _ in 0..2 {
        checkpoint
            .put_initial_offsets(0, &offsets(json))
            .await
            .unwrap();
        checkpoint.put_offsets(0, &entry(1, json)).await.unwrap();
        checkpoint.put_commit(0).await.unwrap();
    }
    assert_eq!(
        directory.files(),
        ["commits/0", "metadata", "offsets/0", "sources/0/0"]
    );
}

#[tokio::test]
async fn another_query_is_noticed() {
    let directory = Directory::of(&[METADATA]);
    let checkpoint = directory.open().await;
    let (ours, theirs) = (r#"{"t":{"0":1}}"#, r#"{"t":{"0":2}}"#);
    directory.write("offsets/0", planned(1, theirs));
    directory.write("commits/0", "v1\n{}");
    directory.write("sources/0/0", "\0v1\n{}");
    let initial = checkpoint.put_initial_offsets(0, &offsets(ours)).await;
    let planning = checkpoint.put_offsets(0, &entry(1, ours)).await;
    let committing = checkpoint.put_commit(0).await;
    for (error, name) in [
        (initial, "sources/0/0"),
        (planning, "offsets/0"),
        (committing, "commits/0"),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.heals(), Heals::Never);
        let text = error.to_string();
        let spark = "[CONCURRENT_STREAM_LOG_UPDATE] Concurrent update to the log. Multiple streaming jobs detected \
             for 0.\nPlease make sure only one streaming job runs on a specific checkpoint location at a time. \
             SQLSTATE: 40000";
        assert!(text.starts_with(spark), "{text}");
        assert!(
            text.contains(&format!("{}/{name}", directory.location())),
            "{text}"
        );
    }
    assert_eq!(directory.read("offsets/0"), planned(1, theirs));
    assert_eq!(
        directory.files(),
        ["commits/0", "metadata", "offsets/0", "sources/0/0"]
    );
}

#[tokio::test]
async fn old_entries_are_removed_with_their_checksums() {
    let directory = Directory::of(&[METADATA]);
    let checkpoint = directory.open().await;
    let json = r#"{"t":{"0":1}}"#;
    checkpoint
        .put_initial_offsets(0, &offsets(json))
        .await
        .unwrap();
    for batch in 0..=6 {
        checkpoint
            .put_offsets(batch, &entry(1, json))
            .await
            .unwrap();
        directory.write(&format!("offsets/.{batch}.crc"), "crc");
        checkpoint.purge(batch, 2).await.unwrap();
        if batch == 3 {
            let kept = [
                "offsets/.1.crc",
                "offsets/.2.crc",
                "offsets/.3.crc",
                "offsets/1",
                "offsets/2",
                "offsets/3",
            ];
            let files = directory.files();
            let files: Vec<&String> = files
                .iter()
                .filter(|file| file.starts_with("offsets"))
                .collect();
            assert_eq!(files, kept);
        }
        checkpoint.put_commit(batch).await.unwrap();
    }
    let kept = [
        "commits/4",
        "commits/5",
        "commits/6",
        "metadata",
        "offsets/.4.crc",
        "offsets/.5.crc",
        "offsets/.6.crc",
        "offsets/4",
        "offsets/5",
        "offsets/6",
        "sources/0/0",
    ];
    assert_eq!(directory.files(), kept);
}
