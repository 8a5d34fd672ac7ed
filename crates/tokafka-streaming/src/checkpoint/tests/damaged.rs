//! Bad input: each is named, with its file and what to do, and nothing is written.

use super::*;

/// Two batches done, the second not noted, and one file with another text.
fn with(name: &str, text: &str) -> Directory {
    let directory = Directory::of(&[
        METADATA,
        ("sources/0/0", "\0v1\n{\"t\":{\"0\":0}}"),
        ("offsets/0", &planned(1, r#"{"t":{"0":5}}"#)),
        ("commits/0", COMMIT),
        ("offsets/1", &planned(2, r#"{"t":{"0":9}}"#)),
    ]);
    directory.write(name, text);
    directory
}

#[tokio::test]
async fn torn_and_foreign_texts_are_refused() {
    let cases = [
        ("offsets/1", "", "Incomplete log file"),
        ("offsets/1", "v1", "Incomplete log file"),
        (
            "offsets/1",
            "v1\n{\"batchWatermarkMs\":0}",
            "Incomplete log file",
        ),
        (
            "offsets/1",
            "v1\n{\"batchWaterm",
            "its second line is not the metadata of a batch: EOF",
        ),
        (
            "offsets/1",
            "v1\n{}\n{\"t\":{\"0\":",
            r#"got {"t":{"0": (EOF"#,
        ),
        (
            "offsets/1",
            "v1\n{}\n{\"t\":{\"0\":-1}}",
            "t-0 cannot be at offset -1",
        ),
        ("offsets/1", "v1\n{}\nhello", "Expected e.g."),
        ("offsets/0", "", "Incomplete log file"),
        ("commits/0", "", "Incomplete log file"),
        ("metadata", "", "Incomplete log file"),
        (
            "metadata",
            "{\"id\":\"7f0c",
            r#"it should be {"id":"<uuid>"}: EOF"#,
        ),
        (
            "metadata",
            "{\"id\":\"seven\"}",
            r#"it should be {"id":"<uuid>"}: invalid"#,
        ),
    ];
    for (name, text, expected) in cases {
        let directory = with(name, text);
        let error = directory.refused().await;
        let start = format!("Failed to read log file {}/{name}. ", directory.location());
        assert!(error.starts_with(&start), "{error}");
        assert!(error.contains(expected), "{expected}: {error}");
        assert!(error.contains("bring it back from a copy"), "{error}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let directory = with("offsets/1", "");
    directory.write("offsets/1", b"v1\n\xff\xfe");
    let error = directory.refused().await;
    assert!(error.contains("invalid utf-8"), "{error}");
}

#[tokio::test]
async fn damaged_initial_offsets_are_refused() {
    for (text, expected) in [
        ("", "Incomplete log file"),
        ("\0", "Incomplete log file"),
        ("\0v1", "Incomplete log file"),
        ("\0v1\n", "Expected e.g."),
        ("\0v2\n{}", "encountered v2"),
        ("v1\n{\"t\":{\"0\":0}}", "Expected e.g."),
    ] {
        let directory = with("sources/0/0", text);
        let checkpoint = directory.open().await;
        let error = checkpoint.initial_offsets(0).await.unwrap_err();
        assert_eq!(error.heals(), Heals::Never);
        let error = error.to_string();
        assert!(error.contains(expected), "{text:?}: {error}");
        assert!(error.contains("/sources/0/0. "), "{error}");
    }
}

#[tokio::test]
async fn a_gap_in_the_offsets_is_refused() {
    let directory = with("offsets/5", &planned(3, r#"{"t":{"0":9}}"#));
    let error = directory.refused().await;
    assert!(error.starts_with("batch 4 doesn't exist: "), "{error}");
    assert!(error.contains("move offsets/5 away"), "{error}");
}

#[tokio::test]
async fn another_number_of_sources_is_refused() {
    let directory = Directory::of(&[METADATA, ("offsets/0", "v1\n{}\n{}\n-")]);
    let error = directory.refused().await;
    let spark = "assertion failed: There are [2] sources in the checkpoint offsets and now there are [1] sources \
         requested by the query. Cannot continue.";
    assert!(error.starts_with(spark), "{error}");
}

/// Spark writes the data again before it notices.
#[tokio::test]
async fn commits_without_offsets_are_refused() {
    let directory = Directory::of(&[METADATA, ("commits/3", COMMIT)]);
    let error = directory.refused().await;
    assert!(
        error.contains("commits/3 is there, but offsets/ is empty"),
        "{error}"
    );
    directory.write("offsets/0", planned(1, "{}"));
    let error = directory.refused().await;
    assert!(
        error.contains("but the last file in offsets/ is 0"),
        "{error}"
    );
}

#[tokio::test]
async fn a_query_with_state_is_refused() {
    let directory = Directory::golden("two-topics");
    directory.write("state/0/0/1.delta", "?");
    let error = directory.refused().await;
    assert!(error.contains("has a directory state/"), "{error}");
}

#[tokio::test]
async fn a_location_that_cannot_be_is_refused() {
    let directory = Directory::of(&[("file", "")]);
    let below_a_file = format!("{}/file/checkpoint", directory.location());
    for location in [
        "",
        "  ",
        "nowhere://bucket/x",
        "https://example.org/x",
        &below_a_file,
    ] {
        let error = Checkpoint::open(location, 1).await.unwrap_err();
        assert_eq!(error.heals(), Heals::Never, "{error}");
        assert!(error.to_string().contains(location), "{error}");
    }
}

#[cfg(not(any(feature = "aws", feature = "gcp", feature = "azure")))]
#[tokio::test]
async fn a_store_that_is_not_built_in_is_named_with_its_feature() {
    for (location, feature) in [
        ("s3://bucket/x", "aws"),
        ("s3a://bucket/x", "aws"),
        ("gs://bucket/x", "gcp"),
        ("az://container/x", "azure"),
        ("abfss://container@account.dfs.core.windows.net/x", "azure"),
    ] {
        let error = Checkpoint::open(location, 1).await.unwrap_err();
        assert_eq!(error.heals(), Heals::Never, "{error}");
        let error = error.to_string();
        assert!(
            error.starts_with(&format!("checkpoint location {location}: ")),
            "{error}"
        );
        assert!(
            error.ends_with(&format!("build it with the feature {feature}")),
            "{error}"
        );
    }
}
