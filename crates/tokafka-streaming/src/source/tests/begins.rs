//! Where a new query begins.

use super::*;
use crate::Heals;

/// Two partitions with 3 and 2 records, the first of which begins with two older ones.
async fn bench() -> Bench {
    let bench = Bench::new(&[("t", 2)]).await;
    bench.append_at("t", 0, 2, 100);
    bench.append_at("t", 0, 1, 200);
    bench.append_at("t", 1, 2, 300);
    bench
}

/// What a query that reads the topic by name begins with.
async fn begun(bench: &Bench, name: &str, value: &str) -> String {
    let by_name = [("subscribe", "t"), (name, value)];
    let by_pattern = [("subscribePattern", "^t$"), (name, value)];
    let by_partition = [("assign", r#"{"t":[0,1]}"#), (name, value)];
    let begun = bench.begin(&by_name).await.unwrap();
    assert_eq!(bench.begin(&by_pattern).await.unwrap(), begun);
    assert_eq!(bench.begin(&by_partition).await.unwrap(), begun);
    begun
}

/// `{assign, subscribing topic by name, subscribing topic by pattern} from {latest offsets, earliest offsets,
/// specific offsets}`.
#[tokio::test]
async fn places_are_resolved_to_offsets() {
    let bench = bench().await;
    let starts = [
        ("latest", r#"{"t":{"0":3,"1":2}}"#),
        ("Earliest", r#"{"t":{"0":0,"1":0}}"#),
        (r#"{"t":{"0":1,"1":-2}}"#, r#"{"t":{"0":1,"1":0}}"#),
        (r#"{"t":{"0":-1,"1":"2"}}"#, r#"{"t":{"0":3,"1":2}}"#),
        (r#"{"t":"latest"}"#, r#"{"t":{"0":3,"1":2}}"#),
    ];
    for (value, expected) in starts {
        assert_eq!(
            begun(&bench, "startingOffsets", value).await,
            expected,
            "{value}"
        );
    }
    let unset = bench.begin(&[("subscribe", "t")]).await.unwrap();
    assert_eq!(unset, r#"{"t":{"0":3,"1":2}}"#);
}

/// `... from specific timestamps`, `... from global timestamp per topic`.
#[tokio::test]
async fn times_are_resolved_to_offsets() {
    let bench = bench().await;
    let times = [
        ("startingTimestamp", " 150 ", r#"{"t":{"0":2,"1":0}}"#),
        (
            "startingOffsetsByTimestamp",
            r#"{"t":{"0":100,"1":300}}"#,
            r#"{"t":{"0":0,"1":0}}"#,
        ),
        (
            "startingOffsetsByTimestamp",
            r#"{"t":{"0":101,"1":0}}"#,
            r#"{"t":{"0":2,"1":0}}"#,
        ),
    ];
    for (name, value, expected) in times {
        assert_eq!(begun(&bench, name, value).await, expected, "{value}");
    }
    let all = [
        ("subscribe", "t"),
        ("startingTimestamp", "200"),
        ("startingOffsetsByTimestamp", r#"{"t":{"0":0,"1":0}}"#),
        ("startingOffsets", "latest"),
    ];
    assert_eq!(bench.begin(&all).await.unwrap(), r#"{"t":{"0":2,"1":0}}"#);
    assert_eq!(
        bench.begin(&[all[0], all[2], all[3]]).await.unwrap(),
        r#"{"t":{"0":0,"1":0}}"#
    );
}

/// `subscribing topic by {name, pattern} from {specific timestamps, global timestamp per topic} with
/// non-matching starting offset`.
#[tokio::test]
async fn a_partition_without_so_late_a_record_is_an_error_or_begins_at_its_end() {
    let bench = bench().await;
    let times = [
        ("startingTimestamp", "201"),
        ("startingOffsetsByTimestamp", r#"{"t":{"0":201,"1":300}}"#),
    ];
    for topics in [("subscribe", "t"), ("subscribePattern", "t")] {
        for time in times {
            for strategy in [&[][..], &[("startingOffsetsByTimestampStrategy", "ERROR")]] {
                let error = bench
                    .begin(&[&[topics, time], strategy].concat())
                    .await
                    .unwrap_err();
                let text =
                    "No offset matched from request of topic-partition t-0 and timestamp 201.";
                assert!(error.starts_with(text), "{error}");
            }
            let latest = ("startingOffsetsByTimestampStrategy", "latest");
            let begun = bench.begin(&[topics, time, latest]).await.unwrap();
            assert_eq!(begun, r#"{"t":{"0":3,"1":0}}"#);
        }
    }
}

#[tokio::test]
async fn offsets_must_be_those_of_all_partitions() {
    let bench = bench().await;
    let begin = async |name, value| bench.begin(&[("subscribe", "t"), (name, value)]).await;
    for value in [
        r#"{"t":{"0":1}}"#,
        r#"{"t":{"0":1,"1":1,"2":1}}"#,
        r#"{"t":"earliest","u":{"0":1}}"#,
        r#"{"u":"earliest"}"#,
        "{}",
    ] {
        let error = begin("startingOffsets", value).await.unwrap_err();
        let text = "If startingOffsets contains specific offsets, you must specify all TopicPartitions.\n\
                    Use -1 for latest, -2 for earliest, if you don't care.\nSpecified: [";
        assert!(error.starts_with(text), "{value}: {error}");
        assert!(
            error.ends_with("] Assigned: [t-0, t-1]"),
            "{value}: {error}"
        );
    }
    let error = begin("startingOffsetsByTimestamp", r#"{"t":{"1":100}}"#)
        .await
        .unwrap_err();
    assert!(
        error.contains("timestamp based start offsets don't match"),
        "{error}"
    );
    assert!(
        error.contains("Specified: [t-1] Assigned: [t-0, t-1]"),
        "{error}"
    );
}

#[tokio::test]
async fn an_offset_that_the_log_does_not_have_is_data_loss() {
    let bench = bench().await;
    let start = ("startingOffsets", r#"{"t":{"0":7,"1":0}}"#);
    let error = bench.begin(&[("subscribe", "t"), start]).await.unwrap_err();
    let text = "Starting offset for t-0 was 7 but consumer reset to 3.";
    assert!(
        error.starts_with("Some data may have been lost") && error.ends_with(text),
        "{error}"
    );
    let loses = [("subscribe", "t"), start, ("failOnDataLoss", "false")];
    assert_eq!(bench.begin(&loses).await.unwrap(), r#"{"t":{"0":3,"1":0}}"#);
}

#[tokio::test]
async fn a_topic_that_is_not_there_may_be_created() {
    let bench = Bench::new(&[]).await;
    for topics in [("subscribe", "t"), ("assign", r#"{"t":[0]}"#)] {
        let mut source = bench.open(&[topics]).await;
        let error = source.initial_offsets().await.unwrap_err();
        assert_eq!(error.to_string(), "topic t does not exist");
        assert_eq!(error.heals(), Heals::WithTime);
    }
    let none = bench.begin(&[("subscribePattern", "t")]).await.unwrap();
    assert_eq!(none, "{}");
    bench.broker.create_topic("t", 1);
    let error = bench
        .begin(&[("assign", r#"{"t":[0,1]}"#)])
        .await
        .unwrap_err();
    assert_eq!(error, "topic t has no partition 1 (option assign)");
}
