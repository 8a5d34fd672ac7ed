#![no_main]
// The program has no library: what of it reads files is compiled once more, and not all of it is used.
#![allow(dead_code)]

use std::{panic, sync::LazyLock};

use tempfile::TempDir;

mod args {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum FileFormat {
        Parquet,
        Csv,
        Ndjson,
        Arrow,
    }
}

mod exit {
    pub(crate) fn wrong_use(message: impl Into<String>) -> anyhow::Error {
        anyhow::Error::msg(message.into())
    }
}

#[path = "../src/write.rs"]
mod write;

static DIRECTORY: LazyLock<TempDir> = LazyLock::new(|| {
    // libFuzzer's own hook ends the process at each panic, also at one that is caught.
    drop(panic::take_hook());
    TempDir::new().expect("a folder")
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| write::file(&DIRECTORY.path().join("rows"), data));
