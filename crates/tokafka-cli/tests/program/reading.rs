//! Records of a topic to standard output.

use std::io::Read;

use serde_json::json;
use tokafka_devbroker::DevBroker;

use crate::harness::{Scratch, broker, finish};

/// A topic of two partitions with two records each.
async fn filled(scratch: &Scratch) -> DevBroker {
    let broker = broker().await;
    broker.create_topic("t", 2);
    scratch.file(
        "t.csv",
        "key,value,partition,timestamp\n\
         k0,a,0,2023-11-14T22:13:20Z\n\
         k1,b,1,2023-11-14T22:13:21Z\n\
         ,c,0,2023-11-14T22:13:22Z\n\
         k3,d,1,2023-11-14T22:13:23Z\n",
    );
    scratch
        .run(&format!("write t.csv -t t -b {}", broker.bootstrap()))
        .succeeded();
    broker
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_json_lines_partition_after_partition() {
    let scratch = Scratch::new();
    let broker = filled(&scratch).await;
    let ran = scratch
        .run(&format!("read t --output json -b {}", broker.bootstrap()))
        .succeeded();
    let lines = ran.json_lines();
    assert_eq!(
        lines[0],
        json!({"partition": 0, "offset": 0, "timestamp": "2023-11-14T22:13:20.000Z",
               "key": "k0", "value": "a", "headers": []})
    );
    assert_eq!(lines[1]["key"], json!(null));
    let values: Vec<_> = lines
        .iter()
        .map(|line| line["value"].as_str().unwrap())
        .collect();
    assert_eq!(values, ["a", "c", "b", "d"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_can_be_bounded() {
    let scratch = Scratch::new();
    let broker = filled(&scratch).await;
    let values = |extra: &str| -> String {
        let line = format!("read t --output json -b {} {extra}", broker.bootstrap());
        let ran = scratch.run(&line).succeeded();
        ran.json_lines()
            .iter()
            .map(|line| line["value"].as_str().unwrap())
            .collect()
    };
    assert_eq!(values("-n 3"), "acb");
    assert_eq!(values("--partition 1"), "bd");
    assert_eq!(values("--from 1"), "cd");
    assert_eq!(values("--to 1"), "ab");
    assert_eq!(values("--from 2023-11-14T22:13:22Z"), "cd");
    assert_eq!(values("--from @1700000001000 --to @1700000003000"), "cb");
    assert_eq!(values("--from latest"), "");
    scratch
        .run(&format!("read t --from latest -b {}", broker.bootstrap()))
        .succeeded()
        .says(&["no records lie there"]);
    let counted = scratch
        .run(&format!("read t --count-only -b {}", broker.bootstrap()))
        .succeeded();
    assert_eq!(counted.stdout, "4\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_that_is_read_can_be_written_again() {
    let scratch = Scratch::new();
    let broker = filled(&scratch).await;
    broker.create_topic("u", 2);
    scratch.file(
        "more.ndjson",
        "{\"value\":\"e\",\"headers\":[{\"value\":\"1\",\"key\":\"a\"},{\"key\":\"a\",\"value\":null}]}\n",
    );
    scratch
        .run(&format!("write more.ndjson -t t -b {}", broker.bootstrap()))
        .succeeded();
    let lines = scratch
        .run(&format!("read t --output json -b {}", broker.bootstrap()))
        .succeeded();
    let line = format!("write - --format ndjson -t u -b {}", broker.bootstrap());
    scratch.run_with_input(&line, &lines.bytes).succeeded();
    let again = scratch
        .run(&format!("read u --output json -b {}", broker.bootstrap()))
        .succeeded();
    assert!(
        lines
            .stdout
            .contains(r#""headers":[{"key":"a","value":"1"},{"key":"a","value":null}]"#)
    );
    assert_eq!(again.stdout, lines.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_not_text_have_a_field_of_their_own() {
    let broker = broker().await;
    let scratch = Scratch::new();
    scratch.file("t.csv", "x\n1\n");
    let query = "SELECT X'FF00' AS value FROM input";
    scratch
        .run_args(&[
            "write",
            "t.csv",
            "-t",
            "t",
            "-b",
            &broker.bootstrap(),
            "--sql",
            query,
        ])
        .succeeded();
    let ran = scratch
        .run(&format!("read t --output json -b {}", broker.bootstrap()))
        .succeeded();
    assert_eq!(ran.json_lines()[0]["value_base64"], json!("/wA="));
    assert_eq!(ran.json_lines()[0].get("value"), None);
    let table = scratch
        .run(&format!("read t -b {}", broker.bootstrap()))
        .succeeded();
    assert!(
        table.stdout.contains("value_base64") && table.stdout.contains("/wA="),
        "{}",
        table.stdout
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_never_creates_a_topic() {
    let broker = broker().await;
    let scratch = Scratch::new();
    for _ in 0..2 {
        scratch
            .run(&format!("read nowhere -b {}", broker.bootstrap()))
            .failed(&["topic nowhere does not exist"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offsets_that_a_partition_does_not_have_are_said() {
    let scratch = Scratch::new();
    let broker = filled(&scratch).await;
    let read = |extra: &str| {
        let line = format!("read t --output json -b {} {extra}", broker.bootstrap());
        scratch.run(&line).succeeded()
    };
    let ran = read("--from 3").says(&[
        "partition 0 ends at offset 2: there is nothing at --from yet (and 1 more partitions likewise)",
        "no records lie there",
    ]);
    assert_eq!(ran.stdout, "");
    let ran = read("--from 1 --to 9 --partition 1")
        .says(&["partition 1 ends at offset 2: there is nothing more up to --to"]);
    assert_eq!(ran.json_lines().len(), 1);
}

#[test]
fn a_range_that_cannot_hold_a_record_is_wrong_use() {
    let scratch = Scratch::new();
    for range in [
        "--from 3 --to 2",
        "--from latest --to 7",
        "--from 2026-01-02 --to 2026-01-01",
        "--from 1 --to earliest",
    ] {
        scratch
            .run(&format!("read t -b localhost:1 {range}"))
            .wrong_use(&[range.split(' ').next_back().unwrap(), "lies after --to"]);
    }
}

#[test]
fn an_isolation_that_does_not_exist_is_answered_with_those_that_do() {
    let scratch = Scratch::new();
    for isolation in ["--isolation committed", "-X isolation.level=committed"] {
        scratch
            .run(&format!("read t -b localhost:1 {isolation}"))
            .wrong_use(&["read_committed", "read_uncommitted"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_does_not_exist_is_answered_with_the_count_there_is() {
    let scratch = Scratch::new();
    let broker = filled(&scratch).await;
    scratch
        .run(&format!("read t --partition 2 -b {}", broker.bootstrap()))
        .failed(&["topic t has no partition 2: it has 2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_goes_away_is_no_failure() {
    let broker = broker().await;
    let scratch = Scratch::new();
    let rows: String = (0..20_000)
        .map(|row| format!("a value that fills a pipe {row}\n"))
        .collect();
    scratch.file("r.csv", format!("value\n{rows}"));
    scratch
        .run(&format!("write r.csv -t t -b {}", broker.bootstrap()))
        .succeeded();
    for form in ["table", "json", "arrow"] {
        let bootstrap = broker.bootstrap();
        let mut child = scratch
            .command(&["read", "t", "--output", form, "-b", &bootstrap])
            .spawn()
            .unwrap();
        let mut first = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let ran = finish(child).succeeded();
        assert_eq!(ran.stderr, "");
    }
}
