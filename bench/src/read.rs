//! Decoding fetched record batches into columns against copying the same bytes and computing their CRC32C.

use std::hint::black_box;

use anyhow::ensure;
use arrow::array::RecordBatch;
use bytes::Bytes;
use cpu_time::ThreadTime;
use tokafka_arrow::{BatchEncoder, SourceBatchBuilder, WriteOptions};
use tokafka_client::{
    batch::{Batches, ProducerStamp, StoredBatch},
    ranges::FetchedRecords,
};

use crate::{
    data,
    ratio::{self, Cost},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Pairs of runs that count.
    #[arg(long, default_value_t = 11)]
    rounds: usize,
}

const VALUE: usize = 100;
const TOPIC: &str = "bench";
/// Rows of one Arrow batch, as DataFusion wants them.
const ROWS: usize = 8_192;
/// No batch here is larger.
const LIMIT: usize = 8 << 20;

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let values = data::values(usize::MAX, VALUE);
    let keyed = data::with_keys(&values);
    let headed = data::with_headers(&keyed);
    ratio::head("copy + CRC32C of the batches", "decode");
    for (name, rows, columns) in [
        ("100 B: value", &values, &[1][..]),
        ("100 B, 13 B key: key, value", &keyed, &[0, 1]),
        (
            "100 B, 13 B key: all but headers",
            &keyed,
            &[0, 1, 2, 3, 4, 5, 6],
        ),
        (
            "100 B, 13 B key, 2 headers: all",
            &headed,
            &[0, 1, 2, 3, 4, 5, 6, 7],
        ),
    ] {
        let batches = stored(rows)?;
        let copy = || Ok(copy(&batches));
        ratio::compare(name, args.rounds, copy, || decode(&batches, columns))?;
    }
    Ok(())
}

/// Rows as a broker keeps them, in batches of the default size of a writer.
fn stored(rows: &[RecordBatch]) -> anyhow::Result<Vec<StoredBatch>> {
    let [first, ..] = rows else {
        anyhow::bail!("no rows")
    };
    let options = WriteOptions::new()
        .topic(TOPIC)
        .producer("bootstrap.servers", "localhost:9092");
    let mut log = Vec::new();
    let mut encoder = BatchEncoder::new(&first.schema(), &options, 1)?;
    let mut append = |each: tokafka_arrow::EncodedBatch| {
        let header = each.batch.seal(ProducerStamp::NONE);
        log.push(Bytes::from([&header[..], each.batch.body()].concat()));
    };
    for batch in rows {
        encoder.encode(batch, &mut append)?;
    }
    encoder.finish(&mut append)?;
    let batches = log.into_iter().flat_map(Batches::new);
    Ok(batches.collect::<Result<_, _>>()?)
}

/// The least that can be done with the batches.
fn copy(batches: &[StoredBatch]) -> Cost {
    let mut buffer = Vec::new();
    let start = ThreadTime::now();
    for batch in batches {
        buffer.clear();
        buffer.extend_from_slice(&batch.bytes);
        black_box(crc_fast::crc32_iscsi(&buffer));
    }
    Cost {
        cpu: start.elapsed(),
        rows: rows_of(batches),
    }
}

/// Everything that a scan does but fetching: checksums, records, columns.
fn decode(batches: &[StoredBatch], columns: &[usize]) -> anyhow::Result<Cost> {
    let mut decoded = 0;
    let start = ThreadTime::now();
    let mut builder = SourceBatchBuilder::of_columns(TOPIC, columns);
    for batch in batches {
        batch.verify()?;
        let records = FetchedRecords::from(batch.records(LIMIT)?);
        builder.extend(0, &records, usize::MAX)?;
        if builder.rows() >= ROWS {
            decoded += black_box(builder.finish()).num_rows() as u64;
        }
    }
    decoded += black_box(builder.finish()).num_rows() as u64;
    let cpu = start.elapsed();
    let rows = rows_of(batches);
    ensure!(decoded == rows, "decoded {decoded} of {rows} rows");
    Ok(Cost { cpu, rows })
}

fn rows_of(batches: &[StoredBatch]) -> u64 {
    let counts = batches.iter().map(|batch| batch.header.record_count);
    counts.map(|count| u64::from(count.cast_unsigned())).sum()
}
