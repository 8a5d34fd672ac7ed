//! The same rows in every format become the same records.

use std::{fs::File, sync::Arc};

use datafusion::{
    arrow::{
        array::{ArrayRef, Int64Array, RecordBatch, StringArray},
        ipc::writer::{FileWriter, StreamWriter},
    },
    parquet::arrow::ArrowWriter,
};

use crate::harness::{Scratch, broker};

/// Ids that are numbers, and text.
fn batch() -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(-20), None]));
    let notes: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
    RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("note", notes, true)]).unwrap()
}

fn write_formats(scratch: &Scratch) {
    let batch = batch();
    let create = |name| File::create(scratch.path(name)).unwrap();
    let mut parquet = ArrowWriter::try_new(create("r.parquet"), batch.schema(), None).unwrap();
    parquet.write(&batch).unwrap();
    parquet.close().unwrap();
    let mut file = FileWriter::try_new(create("r.arrow"), &batch.schema()).unwrap();
    file.write(&batch).unwrap();
    file.finish().unwrap();
    let mut stream = StreamWriter::try_new(create("r.arrows"), &batch.schema()).unwrap();
    stream.write(&batch).unwrap();
    stream.finish().unwrap();
    scratch.file("r.csv", "id,note\n1,a\n-20,\n,c\n");
    scratch.file(
        "r.ndjson",
        "{\"id\":1,\"note\":\"a\"}\n{\"id\":-20}\n{\"note\":\"c\"}\n",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_rows_in_every_format_become_the_same_records() {
    let broker = broker().await;
    let scratch = Scratch::new();
    write_formats(&scratch);
    for name in ["r.parquet", "r.arrow", "r.arrows", "r.csv", "r.ndjson"] {
        let bootstrap = broker.bootstrap();
        scratch
            .run(&format!(
                "write {name} -t {name} --key id --value note -b {bootstrap}"
            ))
            .succeeded();
        let records: Vec<_> = broker
            .records(name, 0)
            .into_iter()
            .map(|record| (record.key, record.value))
            .collect();
        let bytes = |text: &'static str| Some(bytes::Bytes::from_static(text.as_bytes()));
        let expected = [
            (bytes("1"), bytes("a")),
            (bytes("-20"), None),
            (None, bytes("c")),
        ];
        assert_eq!(records, expected, "{name}");
    }
}

#[test]
fn files_of_different_formats_are_not_one_stream() {
    let scratch = Scratch::new();
    write_formats(&scratch);
    scratch
        .run("write r.csv r.parquet -t t --embedded")
        .wrong_use(&["r.csv and r.parquet have different formats"]);
    scratch
        .run("write r.arrow r.arrows -t t --embedded")
        .failed(&["r.arrow is an Arrow IPC file and r.arrows is an Arrow IPC stream"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_are_not_text_or_bytes_are_refused_unless_an_expression_says_how() {
    let broker = broker().await;
    let scratch = Scratch::new();
    write_formats(&scratch);
    let line = format!("-t t -b {}", broker.bootstrap());
    scratch
        .run_args(
            &[
                &[
                    "write",
                    "r.parquet",
                    "--sql",
                    "SELECT id AS value FROM input",
                ],
                &line.split(' ').collect::<Vec<_>>()[..],
            ]
            .concat(),
        )
        .wrong_use(&["value", "unsupported type"]);
}
