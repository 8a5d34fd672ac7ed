//! Rows to JSON: `to_json` against arrow-json, over TPC-H lineitem.

use std::hint::black_box;

use anyhow::{Context as _, ensure};
use arrow::{
    array::{Array, RecordBatch, StringArray, StructArray},
    json::LineDelimitedWriter,
};
use cpu_time::ThreadTime;
use tokafka_arrow::{JsonEncoder, JsonOptions};
use tpchgen::generators::LineItemGenerator;
use tpchgen_arrow::LineItemArrow;

use crate::ratio::{self, Cost};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Pairs of runs that count.
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// How large the table is: 1 is six million rows.
    #[arg(long, default_value_t = 0.05)]
    scale: f64,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let batches: Vec<RecordBatch> =
        LineItemArrow::new(LineItemGenerator::new(args.scale, 1, 1)).collect::<Result<_, _>>()?;
    same_text(batches.first().context("no rows")?)?;
    ratio::head("arrow-json", "to_json");
    ratio::compare(
        "lineitem, 16 columns",
        args.rounds,
        || timed(&batches, |batch| Ok(black_box(lines(batch)?).len())),
        || timed(&batches, |batch| Ok(black_box(to_json(batch)?).len())),
    )
}

fn timed(
    batches: &[RecordBatch],
    write: impl Fn(&RecordBatch) -> anyhow::Result<usize>,
) -> anyhow::Result<Cost> {
    let mut rows = 0;
    let start = ThreadTime::now();
    for batch in batches {
        write(batch)?;
        rows += batch.num_rows() as u64;
    }
    Ok(Cost {
        cpu: start.elapsed(),
        rows,
    })
}

/// One object a line, as arrow-json writes a batch.
fn lines(batch: &RecordBatch) -> anyhow::Result<Vec<u8>> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner())
}

/// `to_json(struct(*))`, as a query evaluates it: what the types ask for is chosen once a batch.
fn to_json(batch: &RecordBatch) -> anyhow::Result<StringArray> {
    let rows = StructArray::from(batch.clone());
    let encoder = JsonEncoder::new(rows.data_type(), &JsonOptions::new())?;
    Ok(encoder.encode(&rows)?)
}

/// Both write the same text, or the comparison would say nothing.
fn same_text(batch: &RecordBatch) -> anyhow::Result<()> {
    let (ours, theirs) = (to_json(batch)?, String::from_utf8(lines(batch)?)?);
    for (ours, theirs) in ours.iter().zip(theirs.lines()) {
        ensure!(
            ours == Some(theirs),
            "to_json wrote {ours:?}, arrow-json {theirs:?}"
        );
    }
    Ok(())
}
