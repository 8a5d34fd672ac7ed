//! Whether an Arrow file can have what its lengths claim. The reader takes as much memory as they say, and
//! the process ends at once if there is not as much.

use std::{
    io::{Read, Seek, SeekFrom},
    ops::Range,
};

use anyhow::{Context, anyhow, bail, ensure};
use datafusion::arrow::ipc::{
    CompressionType, Message, reader::read_footer_length, root_as_footer, root_as_message,
};

/// What ends an Arrow file: the length of its footer, and six bytes by which it is known.
const END: usize = 10;
/// What a packed buffer begins with: its length when it is unpacked, or -1 if it is not packed.
const PREFIX: u64 = 8;
/// In LZ4, a byte stands for 255 at most.
const LZ4_MOST: u64 = 255;
/// In Zstandard, four bytes stand for a block of 128 KiB at most.
const ZSTD_MOST: u64 = 128 * 1024 / 4;

const CHANGED: &str = "the Arrow data were cut or changed";

/// Looks at all batches that the end of a file names, but not at their rows.
pub(super) fn check_file(file: &mut (impl Read + Seek)) -> anyhow::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let end = length.checked_sub(END as u64).context(CHANGED)?;
    let ending = read_at(file, end..length)?;
    let footer_length = read_footer_length(ending.as_slice().try_into()?)? as u64;
    let start = end.checked_sub(footer_length).context(CHANGED)?;
    let footer = read_at(file, start..end)?;
    let footer = root_as_footer(&footer).map_err(|error| anyhow!("{CHANGED}: {error}"))?;
    for block in [footer.dictionaries(), footer.recordBatches()]
        .into_iter()
        .flatten()
        .flatten()
    {
        let starts = u64::try_from(block.offset())?;
        let described = within(starts..length, block.metaDataLength().into())?;
        let body = within(described.end..length, block.bodyLength())?;
        let bytes = read_at(file, described)?;
        // Older files have the length alone.
        let message = match bytes.split_first_chunk::<4>() {
            Some(([0xff, 0xff, 0xff, 0xff], rest)) => rest.get(4..),
            Some((_, rest)) => Some(rest),
            None => None,
        };
        let message = root_as_message(message.context(CHANGED)?)
            .map_err(|error| anyhow!("{CHANGED}: {error}"))?;
        check_body(file, &message, body)?;
    }
    Ok(())
}

/// Fails if a packed buffer of a message says that it holds more than it can. Moves within the file if
/// there are any.
pub(super) fn check_body(
    file: &mut (impl Read + Seek),
    message: &Message<'_>,
    body: Range<u64>,
) -> anyhow::Result<()> {
    let of_dictionary = || message.header_as_dictionary_batch()?.data();
    let Some(batch) = message.header_as_record_batch().or_else(of_dictionary) else {
        return Ok(());
    };
    let Some(compression) = batch.compression() else {
        return Ok(());
    };
    let most = match compression.codec() {
        CompressionType::LZ4_FRAME => LZ4_MOST,
        _ => ZSTD_MOST,
    };
    for buffer in batch.buffers().into_iter().flatten() {
        let starts = body.start.saturating_add(u64::try_from(buffer.offset())?);
        let stored = within(starts..body.end, buffer.length())?;
        let packed = (stored.end - stored.start).saturating_sub(PREFIX);
        if packed == 0 {
            continue;
        }
        let prefix = read_at(file, stored.start..stored.start + PREFIX)?;
        let said = i64::from_le_bytes(prefix.as_slice().try_into()?);
        // The reader refuses a number below -1.
        if u64::try_from(said).is_ok_and(|said| said > packed.saturating_mul(most)) {
            bail!("{CHANGED}: {packed} packed bytes say that they are {said} when unpacked");
        }
    }
    Ok(())
}

/// The first bytes of a range, which must have as many.
fn within(range: Range<u64>, length: i64) -> anyhow::Result<Range<u64>> {
    let end = range.start.saturating_add(u64::try_from(length)?);
    ensure!(range.start <= range.end && end <= range.end, CHANGED);
    Ok(range.start..end)
}

/// Bytes of a file. They are there, so there is memory for them too.
fn read_at(file: &mut (impl Read + Seek), range: Range<u64>) -> anyhow::Result<Vec<u8>> {
    let length = range.end - range.start;
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = Vec::new();
    let read = file.take(length).read_to_end(&mut bytes)?;
    ensure!(read as u64 == length, CHANGED);
    Ok(bytes)
}
