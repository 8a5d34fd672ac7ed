//! The file that a receipt is written to.

use std::{
    fs::{self, File, OpenOptions},
    io::{Seek, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use tokafka_datafusion::WriteReport;

/// A file that was open for writing before the first row was sent. Its old content stays until then.
#[derive(Debug)]
pub(super) struct ReceiptFile {
    path: PathBuf,
    file: File,
    created: bool,
}

impl ReceiptFile {
    /// Opens the file, or creates an empty one.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let created = !path.exists();
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .with_context(|| {
                format!(
                    "cannot write the receipt to {}: nothing was sent",
                    path.display()
                )
            })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            created,
        })
    }

    /// Replaces the content by the receipt; it is on disk when this returns.
    pub(super) fn store(mut self, report: &WriteReport) -> anyhow::Result<()> {
        self.replace(report.to_json().as_bytes()).with_context(|| {
            format!(
                "the receipt could not be written to {}",
                self.path.display()
            )
        })
    }

    fn replace(&mut self, content: &[u8]) -> std::io::Result<()> {
        let is_file = self.file.metadata()?.is_file();
        if is_file {
            self.file.set_len(0)?;
            self.file.rewind()?;
        }
        self.file.write_all(content)?;
        // Pipes and terminals have nothing to synchronize.
        if is_file {
            self.file.sync_all()
        } else {
            Ok(())
        }
    }

    /// Leaves no empty file behind where there was none.
    pub(super) fn discard(self) {
        if self.created {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_receipt_stays_until_the_new_one_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("receipt.json");
        fs::write(&path, "an old receipt, and a long one at that").unwrap();
        let mut receipt = ReceiptFile::open(&path).unwrap();
        assert!(
            fs::read_to_string(&path)
                .unwrap()
                .starts_with("an old receipt")
        );
        receipt.replace(b"{}").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
    }

    #[test]
    fn a_write_without_a_report_leaves_no_file_that_was_not_there() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("receipt.json");
        ReceiptFile::open(&path).unwrap().discard();
        assert!(!path.exists());
    }
}
