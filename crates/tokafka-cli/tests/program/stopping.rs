//! Ctrl-C and SIGTERM.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Stdio},
    time::Duration,
};

use kafka_protocol::messages::ApiKey;
use tokafka_devbroker::{Fault, FaultAction};

use crate::harness::{Ran, Scratch, broker, finish, signal};

/// Every produce request is carried out, but answered only after a while.
fn slow_answers(delay: Duration) -> Fault {
    Fault {
        api: ApiKey::Produce,
        topic: None,
        partition: None,
        after: 0,
        times: u32::MAX,
        action: FaultAction::DelayAnswer(delay),
    }
}

/// A write that waits for acknowledgements when this returns.
async fn stuck_write(
    scratch: &Scratch,
    delay: Duration,
    extra: &[&str],
) -> (Child, tokafka_devbroker::DevBroker) {
    let broker = broker().await;
    broker.create_topic("t", 1);
    broker.inject(slow_answers(delay));
    let bootstrap = broker.bootstrap();
    let mut args = vec!["write", "t.csv", "-t", "t", "-b", &bootstrap];
    args.extend(extra);
    let child = scratch.command(&args).spawn().unwrap();
    let arrived = async {
        while broker.request_count(ApiKey::Produce) == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), arrived)
        .await
        .unwrap();
    (child, broker)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_flight_is_waited_for_and_what_was_acknowledged_is_said() {
    for name in ["INT", "TERM"] {
        let scratch = Scratch::with_records();
        let (child, broker) = stuck_write(&scratch, Duration::from_secs(2), &[]).await;
        signal(child.id(), name);
        finish(child).failed(&[
            "stopping: waiting up to 20 s",
            "acknowledged: 3 rows (t-0: 3)",
        ]);
        assert_eq!(broker.records("t", 0).len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_ends_with_the_stop_timeout_and_what_is_unknown_is_called_so() {
    let scratch = Scratch::with_records();
    let extra = ["--stop-timeout", "300ms", "--receipt", "r.json"];
    let (child, _broker) = stuck_write(&scratch, Duration::from_secs(3600), &extra).await;
    signal(child.id(), "INT");
    finish(child).failed(&["acknowledged: 0 rows", "may or may not be written: 3 rows"]);
    let receipt: serde_json::Value = serde_json::from_str(&scratch.read("r.json")).unwrap();
    assert_eq!(receipt["may_be_written_rows"], 3);
    assert_eq!(receipt["complete"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_ctrl_c_ends_at_once() {
    let scratch = Scratch::with_records();
    let (mut child, _broker) = stuck_write(&scratch, Duration::from_secs(3600), &[]).await;
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    signal(child.id(), "INT");
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.starts_with("stopping: "), "{line}");
    signal(child.id(), "INT");
    let ran = finish(child);
    assert_eq!(ran.code, Some(1));
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("stopped at once"), "{rest}");
}

#[test]
fn waiting_for_standard_input_can_be_stopped() {
    let scratch = Scratch::new();
    let args = [
        "write",
        "-",
        "--format",
        "csv",
        "-t",
        "t",
        "--embedded",
        "--log-format",
        "json",
    ];
    let mut command = scratch.command(&args);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // More than a pipe holds: when it is taken, the program is reading.
    stdin.write_all(&b"value\n".repeat(100_000)).unwrap();
    signal(child.id(), "INT");
    let ran = finish(child);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("stopped while reading standard input: nothing was written"),
        "{}",
        ran.stderr
    );
    drop(stdin);
}

#[test]
fn the_broker_runs_until_it_is_told_to_stop() {
    let scratch = Scratch::with_records();
    let mut child = scratch
        .command(&["broker", "--listen", "127.0.0.1:0", "--partitions", "2"])
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut address = String::new();
    stdout.read_line(&mut address).unwrap();
    scratch
        .run(&format!("write t.csv -t t -b {}", address.trim()))
        .succeeded();
    let count = scratch
        .run(&format!("read t --count-only -b {}", address.trim()))
        .succeeded();
    assert_eq!(count.stdout, "3\n");
    signal(child.id(), "TERM");
    let Ran { code, stderr, .. } = finish(child);
    assert_eq!(code, Some(0));
    assert!(stderr.contains("no replication"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_shows_records_as_they_come_until_it_is_told_to_stop() {
    let broker = broker().await;
    broker.create_topic("t", 2);
    let scratch = Scratch::with_records();
    let bootstrap = broker.bootstrap();
    let args = [
        "read", "t", "--follow", "--output", "json", "-b", &bootstrap,
    ];
    let mut child = scratch.command(&args).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    scratch
        .run(&format!("write t.csv -t t -b {bootstrap}"))
        .succeeded();
    let mut values = Vec::new();
    for _ in 0..3 {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let record: serde_json::Value = serde_json::from_str(&line).unwrap();
        values.push(record["value"].as_str().unwrap().to_owned());
    }
    values.sort();
    assert_eq!(values, ["a", "b", "c"]);
    signal(child.id(), "INT");
    finish(child).succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_can_be_stopped_while_nobody_takes_the_output() {
    let broker = broker().await;
    let scratch = Scratch::new();
    scratch.file(
        "t.csv",
        format!("value\n{}", "a line of text\n".repeat(50_000)),
    );
    let bootstrap = broker.bootstrap();
    scratch
        .run(&format!("write t.csv -t t -b {bootstrap}"))
        .succeeded();
    for form in ["table", "json", "arrow"] {
        let args = ["read", "t", "--output", form, "-b", &bootstrap];
        let mut child = scratch.command(&args).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        // From now on it prints, and soon more than a pipe holds.
        stdout.read_exact(&mut [0; 16]).unwrap();
        signal(child.id(), "INT");
        finish(child).failed(&["stopped before the end"]);
    }
}
