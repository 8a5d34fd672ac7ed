mod any_bytes;
mod continued;
mod damaged;
mod faulty;
mod golden;
mod owned;
mod skipped;
mod stores;
mod versions;
mod viewed;

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{Checkpoint, CheckpointError, OffsetsEntry};
use crate::{Heals, SourceOffsets};

const METADATA: (&str, &str) = (
    "metadata",
    r#"{"id":"7f0c2a52-6f6e-4c52-9a55-0b6b0d0e8c11"}"#,
);
const COMMIT: &str = "v1\n{\"nextBatchWatermarkMs\":0}";

/// A checkpoint directory with these files.
struct Directory(TempDir);

impl Directory {
    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn of(files: &[(&str, &str)]) -> Self {
        let directory = Self::empty();
        for (name, text) in files {
            directory.write(name, text);
        }
        directory
    }

    /// A copy of one that Spark left.
    fn golden(name: &str) -> Self {
        let directory = Self::empty();
        for file in files_below(&golden(name)) {
            let bytes = fs::read(golden(name).join(&file)).unwrap();
            directory.write(&file, bytes);
        }
        directory
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn location(&self) -> &str {
        self.path().to_str().unwrap()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).unwrap();
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.path().join(name)).unwrap()).unwrap()
    }

    /// Names of all files, sorted, without the lock.
    fn files(&self) -> Vec<String> {
        let files = files_below(self.path()).into_iter();
        files.filter(|name| name != ".tokafka.lock").collect()
    }

    async fn open(&self) -> Checkpoint {
        self.try_open().await.unwrap()
    }

    async fn try_open(&self) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::open(self.location(), 1).await
    }

    /// Opens what cannot be opened: the message, after it is certain that time does not heal it and that
    /// nothing was written.
    async fn refused(&self) -> String {
        let before = files_below(self.path());
        let error = self.try_open().await.unwrap_err();
        assert_eq!(error.heals(), Heals::Never, "{error}");
        assert_eq!(files_below(self.path()), before, "{error}");
        error.to_string()
    }
}

fn golden(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("testdata/checkpoints").join(name)
}

fn files_below(directory: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(next) = directories.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap();
                files.push(name.to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

fn offsets(json: &str) -> SourceOffsets {
    json.parse().unwrap()
}

/// An entry of a query with one source.
fn entry(timestamp_ms: i64, json: &str) -> OffsetsEntry {
    OffsetsEntry {
        watermark_ms: 0,
        timestamp_ms,
        conf: OffsetsEntry::no_conf(),
        sources: vec![Some(offsets(json))],
    }
}

/// What is in `offsets/N` after [`entry`].
fn planned(timestamp_ms: i64, json: &str) -> String {
    let metadata =
        format!(r#"{{"batchWatermarkMs":0,"batchTimestampMs":{timestamp_ms},"conf":{{}}}}"#);
    format!("v1\n{metadata}\n{json}")
}

fn ends_at(entry: &OffsetsEntry) -> &SourceOffsets {
    entry.sources[0].as_ref().unwrap()
}
