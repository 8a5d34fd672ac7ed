//! Arrow streams on standard input: whole, cut, endless, or no streams.

use std::{
    io::Write,
    process::{Child, Stdio},
    sync::Arc,
    time::Duration,
};

use datafusion::arrow::{
    array::{ArrayRef, RecordBatch, StringArray},
    ipc::writer::StreamWriter,
};
use tokafka_devbroker::DevBroker;

use crate::harness::{Scratch, broker, finish, signal};

const END_MARKER: usize = 8;

fn batch() -> RecordBatch {
    let values: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    RecordBatch::try_from_iter([("value", values)]).unwrap()
}

/// A stream of two batches with three rows each.
fn stream() -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch().schema()).unwrap();
    writer.write(&batch()).unwrap();
    writer.write(&batch()).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn write(broker: &DevBroker) -> String {
    format!("write - --format arrow -t t -b {}", broker.bootstrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_was_cut_is_a_failure_wherever_it_was_cut() {
    let broker = broker().await;
    let scratch = Scratch::new();
    let whole = stream();
    let (schema, batches) = (100, whole.len() - END_MARKER);
    for (length, reason) in [
        (schema, "ends in the middle"),
        (batches - 40, "ends in the middle"),
        (batches, "ends without its end marker"),
        (batches + 2, "ends without its end marker"),
        (batches + 6, "ends in the middle"),
    ] {
        let cut = &whole[..length];
        scratch
            .run_with_input(&write(&broker), cut)
            .failed(&["standard input", reason]);
        scratch
            .file("cut.arrows", cut)
            .run("write cut.arrows -t t --embedded")
            .failed(&["cannot read cut.arrows", "it was cut"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_streams_the_second_is_not_left_out_in_silence() {
    let broker = broker().await;
    let scratch = Scratch::new();
    let two = [stream(), stream()].concat();
    let more = ["more follows the end of the Arrow stream: write one stream at a time"];
    scratch.run_with_input(&write(&broker), &two).failed(&more);
    scratch
        .file("two.arrows", two)
        .run("write two.arrows -t t --embedded")
        .failed(&more);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_stream_is_answered_with_what_it_looks_like() {
    let broker = broker().await;
    let scratch = Scratch::new();
    for (input, says) in [
        (&b""[..], "standard input is empty"),
        (b"key,value\n", "not Arrow IPC: it looks like text"),
        (b"{\"a\":1}\n", "say --format ndjson"),
        (b"\xff\xff\xff\xff\x08\0\0\0nonsense", "standard input"),
    ] {
        scratch
            .run_with_input(&write(&broker), input)
            .failed(&[says]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_arrow_file_on_standard_input_is_written_too() {
    let broker = broker().await;
    let mut file =
        datafusion::arrow::ipc::writer::FileWriter::try_new(Vec::new(), &batch().schema()).unwrap();
    file.write(&batch()).unwrap();
    file.finish().unwrap();
    Scratch::new()
        .run_with_input(&write(&broker), &file.into_inner().unwrap())
        .succeeded();
    assert_eq!(broker.records("t", 0).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_shapes_a_stream_but_cannot_read_it_twice() {
    let broker = broker().await;
    let scratch = Scratch::new();
    let bootstrap = broker.bootstrap();
    let run = |query: &str| {
        let args = [
            "write", "-", "--format", "arrow", "-t", "t", "-b", &bootstrap, "--sql", query,
        ];
        scratch.run_args_with_input(&args, &stream())
    };
    run("SELECT upper(value) AS value FROM input WHERE value <> 'b'").succeeded();
    let values: Vec<_> = broker
        .records("t", 0)
        .into_iter()
        .map(|record| record.value.unwrap())
        .collect();
    assert_eq!(values, ["A", "C", "A", "C"]);
    run("SELECT a.value FROM input a JOIN input b ON a.value = b.value")
        .failed(&["standard input can be read once"]);
}

/// A write whose standard input stays open after a stream of two batches that is not ended.
fn open_ended(scratch: &Scratch, broker: &DevBroker) -> (Child, std::process::ChildStdin) {
    let line = write(broker);
    let args: Vec<_> = line.split_whitespace().collect();
    let mut child = scratch
        .command(&args)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stream = stream();
    stream.truncate(stream.len() - END_MARKER);
    stdin.write_all(&stream).unwrap();
    (child, stdin)
}

async fn until_written(broker: &DevBroker, rows: usize) {
    let arrived = async {
        while broker.records("t", 0).len() < rows {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), arrived)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_written_while_the_stream_goes_on() {
    let broker = broker().await;
    let scratch = Scratch::new();
    let (child, mut stdin) = open_ended(&scratch, &broker);
    until_written(&broker, 6).await;
    let stream = stream();
    stdin
        .write_all(&stream[stream.len() - END_MARKER..])
        .unwrap();
    drop(stdin);
    finish(child).succeeded().says(&["wrote 6 rows"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_goes_on_can_be_stopped_and_what_was_acknowledged_is_said() {
    let broker = broker().await;
    let scratch = Scratch::new();
    let (child, stdin) = open_ended(&scratch, &broker);
    until_written(&broker, 6).await;
    signal(child.id(), "INT");
    finish(child).failed(&["acknowledged: 6 rows"]);
    drop(stdin);
}
