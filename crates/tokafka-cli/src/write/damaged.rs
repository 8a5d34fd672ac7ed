//! Files that were cut at any place, and text that was changed there: what reads them is Arrow's and
//! DataFusion's, but none may end the program otherwise than with an error.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use datafusion::{
    arrow::{
        array::{ArrayRef, Int64Array, RecordBatch, StringArray},
        ipc::{
            CompressionType,
            writer::{FileWriter, IpcWriteOptions, StreamWriter},
        },
    },
    dataframe::DataFrameWriteOptions,
    prelude::SessionContext,
};
use tokio::runtime::Builder;

use super::fuzzed::{CSV, file, read};
use crate::args::FileFormat;

/// No file takes longer.
const DEADLINE: Duration = Duration::from_secs(20);

const ROWS: usize = 20;
/// Bytes between two places that are tried. A prime, so that no field of a format is left out always.
const STRIDE: usize = 7;

fn rows() -> RecordBatch {
    let texts = |prefix: &str| {
        let texts = (0..ROWS).map(|row| format!("{prefix}{row}, \"quoted\""));
        Arc::new(StringArray::from_iter_values(texts)) as ArrayRef
    };
    let numbers = Int64Array::from_iter_values(0..ROWS as i64);
    RecordBatch::try_from_iter([
        ("key", texts("k")),
        ("value", texts("v")),
        ("number", Arc::new(numbers) as ArrayRef),
    ])
    .unwrap()
}

async fn whole(format: FileFormat, stream: bool, path: &Path) -> Vec<u8> {
    let (batch, name) = (rows(), path.to_str().unwrap());
    let frame = SessionContext::new().read_batch(batch.clone()).unwrap();
    let one_file = DataFrameWriteOptions::new().with_single_file_output(true);
    match format {
        FileFormat::Csv => drop(frame.write_csv(name, one_file, None).await.unwrap()),
        FileFormat::Ndjson => drop(frame.write_json(name, one_file, None).await.unwrap()),
        FileFormat::Parquet => drop(frame.write_parquet(name, one_file, None).await.unwrap()),
        FileFormat::Arrow => {
            let mut bytes = Vec::new();
            if stream {
                let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
                writer.write(&batch).unwrap();
                writer.finish().unwrap();
            } else {
                let mut writer = FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
                writer.write(&batch).unwrap();
                writer.finish().unwrap();
            }
            return bytes;
        }
    }
    fs::read(path).unwrap()
}

/// As [`read`], in a thread of its own: one that never ends is left behind.
fn read_within(format: FileFormat, path: &Path, bytes: Vec<u8>) -> Option<anyhow::Result<usize>> {
    let (done, ended) = mpsc::sync_channel(1);
    let path = path.to_owned();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let _nobody_waits = done.send(runtime.block_on(read((format, CSV), &path, &bytes)));
    });
    match ended.recv_timeout(DEADLINE) {
        Ok(outcome) => Some(outcome),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => panic!("a panic, see above"),
    }
}

#[test]
fn a_file_that_is_damaged_anywhere_is_an_error_or_rows() {
    let directory = tempfile::tempdir().unwrap();
    for (format, stream, extension) in [
        (FileFormat::Csv, false, "csv"),
        (FileFormat::Ndjson, false, "ndjson"),
        (FileFormat::Parquet, false, "parquet"),
        (FileFormat::Arrow, false, "arrow"),
        (FileFormat::Arrow, true, "arrows"),
    ] {
        let path = directory.path().join("rows").with_extension(extension);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let bytes = runtime.block_on(whole(format, stream, &path));
        let rows = read_within(format, &path, bytes.clone());
        assert_eq!(rows.unwrap().unwrap(), ROWS, "{path:?}");
        let mut refused = 0;
        for at in (0..bytes.len()).step_by(STRIDE) {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            // Arrow's readers panic at some lies within binary files.
            let is_text = matches!(format, FileFormat::Csv | FileFormat::Ndjson);
            let changed = is_text.then_some(changed);
            for damaged in [Some(bytes[..at].to_vec()), changed].into_iter().flatten() {
                let outcome = read_within(format, &path, damaged);
                let outcome = outcome.unwrap_or_else(|| panic!("{path:?} hangs at {at}"));
                refused += usize::from(outcome.is_err());
            }
        }
        assert!(refused > 0, "{path:?}");
    }
}

/// Every file of the fuzz target's corpus is no finding (any more).
#[test]
fn no_file_of_the_corpus_is_a_finding() {
    let directory = tempfile::tempdir().unwrap();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/files");
    let mut files = 0;
    for each in fs::read_dir(corpus).unwrap() {
        file(
            &directory.path().join("rows"),
            &fs::read(each.unwrap().path()).unwrap(),
        );
        files += 1;
    }
    assert!(files > 0);
}

/// Two batches of rows that can be packed well.
fn packed(codec: CompressionType, stream: bool) -> Vec<u8> {
    let texts = StringArray::from_iter_values((0..2_000).map(|row| format!("row {}", row % 3)));
    let batch = RecordBatch::try_from_iter([("value", Arc::new(texts) as ArrayRef)]).unwrap();
    let options = IpcWriteOptions::default()
        .try_with_compression(Some(codec))
        .unwrap();
    let (mut bytes, schema) = (Vec::new(), batch.schema());
    if stream {
        let mut writer = StreamWriter::try_new_with_options(&mut bytes, &schema, options).unwrap();
        (0..2).for_each(|_| writer.write(&batch).unwrap());
        writer.finish().unwrap();
    } else {
        let mut writer = FileWriter::try_new_with_options(&mut bytes, &schema, options).unwrap();
        (0..2).for_each(|_| writer.write(&batch).unwrap());
        writer.finish().unwrap();
    }
    bytes
}

/// The reader takes the memory that is claimed, and the process would end.
#[tokio::test]
async fn a_parquet_column_that_claims_more_than_the_file_has_is_refused() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/files");
    let bytes = fs::read(corpus.join("parquet-column-too-long")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.parquet");
    let error = read((FileFormat::Parquet, CSV), &path, &bytes[1..]).await;
    let error = format!("{:#}", error.unwrap_err());
    assert!(
        error.contains("the Parquet file was cut or changed: column")
            && error.contains("the file has 1037"),
        "{error}"
    );
}

/// Arrow's reader takes the memory that is claimed, and the process would end.
#[tokio::test]
async fn a_packed_buffer_that_claims_more_than_it_can_hold_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.arrow");
    let arrow = (FileFormat::Arrow, CSV);
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        for stream in [false, true] {
            let bytes = packed(codec, stream);
            assert_eq!(read(arrow, &path, &bytes).await.unwrap(), 4_000);
            let claim = (2_000 * "row 0".len()).to_le_bytes();
            let mut refused = 0;
            for at in 0..bytes.len() - 8 {
                if !bytes[at..].starts_with(&claim) {
                    continue;
                }
                let mut lying = bytes.clone();
                lying[at..at + 8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
                let error = read(arrow, &path, &lying).await.unwrap_err();
                // What looks alike among the packed bytes is something else.
                refused += usize::from(format!("{error:#}").contains("when unpacked"));
            }
            assert_eq!(refused, 2, "{codec:?}, stream: {stream}");
        }
    }
}
