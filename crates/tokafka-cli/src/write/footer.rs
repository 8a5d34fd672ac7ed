//! Whether a file can have what its end claims. Readers trust the end of a Parquet file, and panic or take as
//! much memory as it says if it lies; one of an Arrow file that fails is read as a stream, which takes for ever
//! or all memory.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use anyhow::ensure;
use datafusion::{
    arrow::ipc::reader::FileReader,
    parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaDataReader},
};

use super::lengths;

/// What ends a Parquet file: the length of the metadata before it, and four bytes by which it is known.
const FOOTER: u64 = 8;

/// Fails if the metadata would begin before the file, or if what they name lies outside of it.
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
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&file)?;
    let groups = metadata.row_groups().iter();
    for column in groups.flat_map(|group| group.columns()) {
        for (start, bytes) in parts(column) {
            let end = start.checked_add(bytes);
            let is_within =
                start >= 0 && bytes >= 0 && end.is_some_and(|end| end.unsigned_abs() <= length);
            ensure!(
                is_within,
                "the Parquet file was cut or changed: column {} says that it has {bytes} bytes from {start} on, and \
                 the file has {length}",
                column.column_path()
            );
        }
    }
    Ok(())
}

/// Where the parts of a column begin, and how long each is.
fn parts(column: &ColumnChunkMetaData) -> impl Iterator<Item = (i64, i64)> {
    let first = column.dictionary_page_offset();
    let pages = first.unwrap_or(column.data_page_offset());
    let others = [
        (column.column_index_offset(), column.column_index_length()),
        (column.offset_index_offset(), column.offset_index_length()),
        (column.bloom_filter_offset(), column.bloom_filter_length()),
    ];
    let others = others.into_iter();
    let others = others.filter_map(|(start, bytes)| Some((start?, bytes?.into())));
    others.chain([(pages, column.compressed_size())])
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
