//! Whether a file can have what its end claims. Readers trust the end of a Parquet file and panic if it
//! lies; one of an Arrow file that fails is read as a stream, which takes for ever or all memory.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use anyhow::ensure;
use datafusion::arrow::ipc::reader::FileReader;

use super::lengths;

/// What ends a Parquet file: the length of the metadata before it, and four bytes by which it is known.
const FOOTER: u64 = 8;

/// Fails if the metadata would begin before the file. What they are is not looked at.
pub(super) fn check_parquet_file(path: &Path) -> anyhow::Result<()> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    ensure!(
        length > FOOTER,
        "the Parquet file ends too early: it was cut"
    );
    let before = length - FOOTER;
    let mut of_metadata = [0; 4];
    file.seek(SeekFrom::Start(before))?;
    file.read_exact(&mut of_metadata)?;
    let metadata = u32::from_le_bytes(of_metadata);
    ensure!(
        u64::from(metadata) <= before,
        "the Parquet file was cut or changed: its end says that {metadata} bytes of metadata lie before it, \
         and there are {before}"
    );
    Ok(())
}

/// Fails if what stands at the end of an Arrow file, where its columns and batches are told, cannot be
/// read, or if a batch cannot be as long as it says.
pub(super) fn check_arrow_file(path: &Path) -> anyhow::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    // First, since the reader believes the length of the footer.
    lengths::check_file(&mut file)?;
    FileReader::try_new(&mut file, None)?;
    Ok(())
}
