//! Files of Spark 2.1 to 4.2, and those that come later.

use super::*;

fn with_offsets(text: &str) -> Directory {
    Directory::of(&[METADATA, ("offsets/0", text)])
}

async fn read(text: &str) -> OffsetsEntry {
    let directory = with_offsets(text);
    let checkpoint = directory.open().await;
    checkpoint.recovered().planned.clone().unwrap().1
}

#[tokio::test]
async fn newer_versions_are_refused() {
    for (name, text, version) in [
        ("offsets/0", "v9\n{}\n{}", "v9"),
        ("offsets/0", "v2\n{}\n0:{}", "v2"),
        ("commits/0", "v2\n{}", "v2"),
    ] {
        let directory = with_offsets(&planned(1, "{}"));
        directory.write(name, text);
        let spark = format!(
            "Failed to read log file {}/{name}. [INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION] UnsupportedLogVersion. \
             The maximum supported log version is v1, but encountered {version}. The log file was produced by a newer \
             version of Spark and cannot be read by this version. You need to upgrade. SQLSTATE: KD002",
            directory.location()
        );
        assert_eq!(directory.refused().await, spark);
    }
}

#[tokio::test]
async fn what_is_no_version_is_refused() {
    for line in ["vx", "v", "v0", "v-1", "1", "{}", "V1"] {
        let error = with_offsets(&format!("{line}\n{{}}\n{{}}")).refused().await;
        let spark = format!(
            "[MALFORMED_LOG_FILE] Log file was malformed: failed to read correct log version from {line}. SQLSTATE: \
             KD002"
        );
        assert!(error.contains(&spark), "{error}");
    }
}

#[tokio::test]
async fn missing_keys_have_defaults_and_unknown_keys_are_ignored() {
    let entry = read("v1\n{\"later\":[1,{}]}\n{\"t\":{\"0\":1}}").await;
    assert_eq!((entry.watermark_ms, entry.timestamp_ms), (0, 0));
    assert_eq!(entry.conf.get(), "{}");
    let entry = read(
        "v1\n{\"batchTimestampMs\":5,\"batchWatermarkMs\":4,\"conf\":{\"a\" : \"\\u0062\"}}\n-",
    )
    .await;
    assert_eq!((entry.watermark_ms, entry.timestamp_ms), (4, 5));
    assert_eq!(entry.conf.get(), r#"{"a" : "\u0062"}"#, "kept as it is");
    assert_eq!(entry.sources, [None]);
}

#[tokio::test]
async fn very_old_entries_have_an_empty_second_line() {
    let entry = read("v1\n\n{\"t\":{\"0\":1}}").await;
    assert_eq!((entry.timestamp_ms, entry.conf.get()), (0, "{}"));
    assert_eq!(ends_at(&entry).get("t", 0), Some(1));
}

#[tokio::test]
async fn spacing_line_ends_and_a_last_newline_are_accepted() {
    let entry = read("v1\r\n{ \"batchTimestampMs\" : 5 }\r\n{ \"t\" : { \"0\" : 1 } }\r\n").await;
    assert_eq!(entry.timestamp_ms, 5);
    assert_eq!(ends_at(&entry).get("t", 0), Some(1));
}

#[tokio::test]
async fn old_commits_have_no_metadata() {
    for text in [
        "v1\n{}",
        "v1",
        "v1\n",
        "v1\n{\"nextBatchWatermarkMs\":0,\"stateUniqueIds\":{}}",
    ] {
        let directory = with_offsets(&planned(1, "{}"));
        directory.write("commits/0", text);
        assert_eq!(directory.open().await.recovered().committed, Some(0));
    }
}

#[tokio::test]
async fn initial_offsets_of_spark_2_1_have_no_version() {
    let directory = Directory::of(&[METADATA, ("sources/0/0", "\0{\"t\":{\"0\":3}}")]);
    let checkpoint = directory.open().await;
    let initial = checkpoint.initial_offsets(0).await.unwrap();
    assert_eq!(initial, Some(offsets(r#"{"t":{"0":3}}"#)));
}
