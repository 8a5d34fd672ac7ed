//! `tokafka verify`: whether what a receipt says is there.

use kafka_protocol::{ResponseError, messages::ApiKey};
use serde_json::{Value, json};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction};

use crate::harness::{Ran, Scratch, broker};

/// Writes three rows to each of the partitions 0 and 1 of topic `t`, and leaves the receipt.
async fn written(scratch: &Scratch) -> DevBroker {
    let broker = broker().await;
    broker.create_topic("t", 2);
    let rows: String = (0..6).map(|row| format!("v{row},{}\n", row % 2)).collect();
    scratch.file("t.csv", format!("value,partition\n{rows}"));
    let line = format!(
        "write t.csv -t t -b {} --receipt r.json",
        broker.bootstrap()
    );
    scratch.run(&line).succeeded();
    broker
}

fn verify(scratch: &Scratch, broker: &DevBroker) -> Ran {
    scratch.run(&format!("verify r.json -b {}", broker.bootstrap()))
}

/// Changes the receipt.
fn edit(scratch: &Scratch, change: impl FnOnce(&mut Value)) {
    let mut receipt: Value = serde_json::from_str(&scratch.read("r.json")).unwrap();
    change(&mut receipt);
    scratch.file("r.json", receipt.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_are_all_there_are_verified() {
    let scratch = Scratch::new();
    let broker = written(&scratch).await;
    let ran = verify(&scratch, &broker).succeeded();
    assert_eq!(
        ran.stdout,
        "verified r.json: all 6 rows in 2 topic-partitions are there, as they were written\n"
    );
    assert_eq!(ran.stderr, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_others_between_ours_do_not_matter() {
    let scratch = Scratch::new();
    let broker = written(&scratch).await;
    let again = format!(
        "write t.csv -t t -b {} --receipt r2.json",
        broker.bootstrap()
    );
    scratch.run(&again).succeeded();
    verify(&scratch, &broker).succeeded();
    scratch
        .run(&format!("verify r2.json -b {}", broker.bootstrap()))
        .succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_cut_or_begun_anew_lacks_its_last_offsets() {
    let scratch = Scratch::new();
    let broker = written(&scratch).await;
    broker.truncate("t", 1, 0);
    verify(&scratch, &broker).failed(&[
        "r.json: 3 of 6 rows are not there\n  t-1 offsets 0 to 2: the log ends at 0: it was cut, or the \
         topic was created anew\n",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_is_gone_or_smaller_lacks_all_and_is_not_created() {
    let scratch = Scratch::new();
    let broker = written(&scratch).await;
    broker.delete_topic("t");
    for _ in 0..2 {
        verify(&scratch, &broker).failed(&[
            "6 of 6 rows are not there",
            "t-0 offsets 0 to 2: there is no such topic",
            "t-1 offsets 0 to 2: there is no such topic",
        ]);
    }
    broker.create_topic("t", 1);
    verify(&scratch, &broker).failed(&[
        "t-0 offsets 0 to 2: the log ends at 0",
        "t-1 offsets 0 to 2: the topic has only 1 partitions",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offset_that_was_compacted_away_is_named() {
    let scratch = Scratch::new();
    let broker = written(&scratch).await;
    // The batch of offsets 0 to 2 once more at 4 to 6: nothing lies at 3.
    let mut batch = broker.batches("t", 0)[0].to_vec();
    batch[..8].copy_from_slice(&4_i64.to_be_bytes());
    broker.append_raw("t", 0, &batch.into());
    edit(&scratch, |receipt| {
        receipt["partitions"][0]["offsets"] = json!([[1, 4], [6, 6]]);
        receipt["partitions"][0]["rows"] = json!(5);
        receipt["partitions"][0]["checksums"] = json!([]);
    });
    verify(&scratch, &broker)
        .failed(&["1 of 6 rows are not there\n  t-0 offset 3: compacted, or deleted\n"]);
}

/// Makes the topic anew, with these rows in partition 1 and the old ones in partition 0.
async fn written_anew(scratch: &Scratch, rows: &str) -> DevBroker {
    let broker = written(scratch).await;
    broker.delete_topic("t");
    broker.create_topic("t", 2);
    scratch.file(
        "other.csv",
        format!("value,partition\nv0,0\nv2,0\nv4,0\n{rows}"),
    );
    let line = format!("write other.csv -t t -b {}", broker.bootstrap());
    scratch.run(&line).succeeded();
    broker
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_rows_written_again_are_the_same() {
    let scratch = Scratch::new();
    let broker = written_anew(&scratch, "v1,1\nv3,1\nv5,1\n").await;
    verify(&scratch, &broker).succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_records_at_the_same_offsets_are_told() {
    for rows in ["v1,1\nv3,1\nv6,1\n", "v1,1\nv5,1\nv3,1\n"] {
        let scratch = Scratch::new();
        let broker = written_anew(&scratch, rows).await;
        verify(&scratch, &broker).failed(&[
            "r.json: among 3 of 6 rows are others than were written\n  t-1 offsets 0 to 2: the checksum is \
             another: the topic was created anew, or the log was cut, and others have written there\n",
        ]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_records_than_were_written_are_told() {
    let scratch = Scratch::new();
    let broker = written_anew(&scratch, "v1,1\nv3,1\nv5,1\nv5,1\n").await;
    verify(&scratch, &broker).failed(&["among 3 of 6 rows", "t-1 offsets 0 to 2: the checksum"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fewer_records_than_were_written_are_missing_and_not_others_too() {
    let scratch = Scratch::new();
    let broker = written_anew(&scratch, "v1,1\nv3,1\n").await;
    verify(&scratch, &broker).failed(&[
        "r.json: 1 of 6 rows are not there\n  t-1 offset 2: the log ends at 2: it was cut, or the topic was \
         created anew\n",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_that_are_missing_and_some_that_are_others_are_told_together() {
    let scratch = Scratch::new();
    let broker = written_anew(&scratch, "x,1\nv3,1\nv5,1\n").await;
    broker.truncate("t", 0, 0);
    verify(&scratch, &broker).failed(&[
        "3 of 6 rows are not there, and among 3 are others than were written",
        "t-0 offsets 0 to 2: the log ends at 0",
        "t-1 offsets 0 to 2: the checksum is another",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_from_before_there_were_checksums_counts_only_and_says_so() {
    let scratch = Scratch::new();
    let broker = written_anew(&scratch, "x,1\nx,1\nx,1\n").await;
    let forget = |scratch: &Scratch, partition: usize| {
        edit(scratch, |receipt| {
            let part = receipt["partitions"][partition].as_object_mut().unwrap();
            part.remove("checksums");
        });
    };
    forget(&scratch, 1);
    let ran = verify(&scratch, &broker).succeeded();
    assert!(
        ran.stdout.contains(
            "are there; whether 3 of them are as they were written is not known, since the receipt has no \
             checksums of them"
        ),
        "{}",
        ran.stdout
    );
    forget(&scratch, 0);
    let ran = verify(&scratch, &broker).succeeded();
    assert!(
        ran.stdout.contains(
            "are there; whether they are as they were written is not known, since the receipt has no checksums"
        ),
        "{}",
        ran.stdout
    );
}

/// Batches that were halved, compressed, sent twice, and whose answers were lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_went_wrong_during_the_write_changes_no_checksum() {
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let scratch = Scratch::new();
        let broker = broker().await;
        broker.create_topic("t", 2);
        for action in [
            FaultAction::Refuse(ResponseError::MessageTooLarge),
            FaultAction::LoseAnswer,
            FaultAction::CarryOutThenAnswer(ResponseError::NotEnoughReplicasAfterAppend),
        ] {
            broker.inject(Fault {
                api: ApiKey::Produce,
                topic: None,
                partition: None,
                after: 0,
                times: 1,
                action,
            });
        }
        let rows: String = (0..100).map(|row| format!("k{row},v{row}\n")).collect();
        scratch.file("t.csv", format!("key,value\n{rows}"));
        let line = format!(
            "write t.csv -t t -b {} --receipt r.json -X compression.type={codec} -X batch.size=300 \
             -X request.timeout.ms=1000",
            broker.bootstrap()
        );
        scratch.run(&line).succeeded();
        let ran = verify(&scratch, &broker).succeeded();
        assert!(
            ran.stdout.contains("all 100 rows"),
            "{codec}: {}",
            ran.stdout
        );
        assert!(
            ran.stdout.contains("as they were written"),
            "{codec}: {}",
            ran.stdout
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offsets_that_aged_out_are_named() {
    let config = DevBrokerConfig {
        retention_bytes: 2000,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    let scratch = Scratch::new();
    scratch.file("t.csv", format!("value\n{}\n", "v".repeat(900)));
    let line = format!("write t.csv -t t -b {}", broker.bootstrap());
    scratch.run(&format!("{line} --receipt r.json")).succeeded();
    verify(&scratch, &broker).succeeded();
    for _ in 0..4 {
        scratch.run(&line).succeeded();
    }
    verify(&scratch, &broker).failed(&[
        "1 of 1 rows are not there",
        "t-0 offset 0: the log begins at ",
        "they aged out or were deleted",
    ]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_are_in_doubt_are_not_passed_over_in_silence() {
    let scratch = Scratch::new();
    let broker = written(&scratch).await;
    edit(&scratch, |receipt| {
        receipt["may_be_written_rows"] = json!(5)
    });
    verify(&scratch, &broker)
        .succeeded()
        .says(&["warning: the write was not complete: 5 rows may or may not be written"]);
}

#[test]
fn what_is_no_receipt_of_ours_is_wrong_use_before_anything_is_contacted() {
    let scratch = Scratch::with_records();
    scratch
        .run("write t.csv -t t --embedded --receipt r.json")
        .succeeded();
    let verify = |file: &str| scratch.run(&format!("verify {file} -b 127.0.0.1:1"));
    verify("nowhere.json").wrong_use(&["cannot read the receipt nowhere.json"]);
    verify("t.csv").wrong_use(&["t.csv is not the receipt of a write"]);
    edit(&scratch, |receipt| receipt["acknowledged"] = json!(false));
    verify("r.json").wrong_use(&["acks=0"]);
    edit(&scratch, |receipt| receipt["version"] = json!(2));
    verify("r.json").wrong_use(&["r.json is a receipt of version 2", "knows version 1"]);
}
