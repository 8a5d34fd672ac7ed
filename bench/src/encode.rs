//! Encoding columns into record batches against copying the same bytes and computing their CRC32C.

use std::hint::black_box;

use anyhow::ensure;
use arrow::array::{AsArray, RecordBatch};
use cpu_time::ThreadTime;
use tokafka_arrow::{BatchEncoder, EncodedBatch, WriteOptions};
use tokafka_client::batch::ProducerStamp;

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
const PARTITIONS: u32 = 4;
/// As long as the batches that are encoded.
const CHUNK: usize = 512 * 1024;
const STAMP: ProducerStamp = ProducerStamp {
    producer_id: 1,
    epoch: 0,
    base_sequence: 0,
};

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let values = data::values(usize::MAX, VALUE);
    let keyed = data::with_keys(&values);
    let headed = data::with_headers(&keyed);
    ratio::head("copy + CRC32C of the values", "encode");
    for (name, batches) in [
        ("100 B", &values),
        ("100 B, 13 B key", &keyed),
        ("100 B, 13 B key, 2 headers", &headed),
    ] {
        let copy = || Ok(copy(batches));
        ratio::compare(name, args.rounds, copy, || encode(batches))?;
    }
    Ok(())
}

/// The least that can be done with the values: a bulk copy into a buffer that is used again, and one
/// checksum of each chunk.
fn copy(batches: &[RecordBatch]) -> Cost {
    let mut buffer = Vec::with_capacity(CHUNK);
    let start = ThreadTime::now();
    for batch in batches {
        for chunk in values_of(batch).chunks(CHUNK) {
            buffer.clear();
            buffer.extend_from_slice(chunk);
            black_box(crc_fast::crc32_iscsi(&buffer));
        }
    }
    Cost {
        cpu: start.elapsed(),
        rows: rows_of(batches),
    }
}

/// Everything that a write does but sending: checks, partitions, records, batches, their headers.
fn encode(batches: &[RecordBatch]) -> anyhow::Result<Cost> {
    let [first, ..] = batches else {
        anyhow::bail!("no rows")
    };
    let options = WriteOptions::new()
        .topic("bench")
        .producer("bootstrap.servers", "localhost:9092");
    let mut encoded = 0;
    let start = ThreadTime::now();
    let mut encoder = BatchEncoder::new(&first.schema(), &options, PARTITIONS)?;
    let mut seal = |each: EncodedBatch| {
        encoded += u64::from(each.batch.record_count());
        black_box(each.batch.seal(STAMP));
    };
    for batch in batches {
        encoder.encode(batch, &mut seal)?;
    }
    encoder.finish(&mut seal)?;
    let cpu = start.elapsed();
    let rows = rows_of(batches);
    ensure!(encoded == rows, "encoded {encoded} of {rows} rows");
    Ok(Cost { cpu, rows })
}

#[expect(clippy::expect_used, reason = "columns made here are called that")]
fn values_of(batch: &RecordBatch) -> &[u8] {
    let values = batch.column_by_name("value").expect("values");
    values.as_string::<i32>().value_data()
}

fn rows_of(batches: &[RecordBatch]) -> u64 {
    batches.iter().map(|batch| batch.num_rows() as u64).sum()
}
