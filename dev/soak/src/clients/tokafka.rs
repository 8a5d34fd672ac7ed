//! Our own writer, and its receipt as evidence.

use std::sync::{Arc, LazyLock};

use arrow::{
    array::{ArrayRef, Int32Array, RecordBatch, StringBuilder},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use tokafka_arrow::{
    FailedWrite, KafkaWriter, PartitionReceipt, PartitionReport, WriteOptions, WriteReport,
};

use super::{Job, Quota};
use crate::{
    evidence::{Evidence, PartitionEvidence, Run},
    row::Rows,
};

/// Rows of one record batch.
const BATCH_ROWS: usize = 4_000;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("value", DataType::Utf8, false),
        Field::new("partition", DataType::Int32, false),
    ]))
});

pub(crate) async fn write(job: &Job, writer: u32, quota: Quota) -> anyhow::Result<Evidence> {
    let options = WriteOptions::new()
        .topic(&*job.topic)
        .producer("bootstrap.servers", &*job.servers)
        .producer("batch.size", job.batch_size.to_string());
    let kafka = KafkaWriter::new(&SCHEMA, options)?;
    let mut rows = Rows::new(writer, job.partitions);
    let mut receipt = WriteReport::new(&kafka);
    let error = match send(&kafka, job, &mut rows, &quota).await {
        Ok(report) => {
            receipt.add(report);
            receipt.finish();
            None
        }
        Err(failed) => {
            receipt.add(*failed.report);
            Some(failed.error.to_string())
        }
    };
    kafka.close().await;
    Ok(evidence(&receipt, writer, rows.counts(), error))
}

async fn send(
    kafka: &KafkaWriter,
    job: &Job,
    rows: &mut Rows,
    quota: &Quota,
) -> Result<PartitionReport, FailedWrite> {
    let mut writer = kafka.open(0).await.map_err(|error| FailedWrite {
        error,
        report: Box::default(),
    })?;
    job.follow(writer.meter());
    while job.wants_more(writer.rows(), quota) {
        // The error comes back from `finish`, with the report.
        if writer.write(&batch(rows)).await.is_err() {
            break;
        }
    }
    writer.finish().await
}

fn batch(rows: &mut Rows) -> RecordBatch {
    let mut values = StringBuilder::new();
    let mut partitions = Vec::with_capacity(BATCH_ROWS);
    let mut text = String::new();
    for row in rows.take(BATCH_ROWS) {
        row.format(&mut text);
        values.append_value(&text);
        partitions.push(row.partition.cast_signed());
    }
    let columns: [ArrayRef; 2] = [
        Arc::new(values.finish()),
        Arc::new(Int32Array::from(partitions)),
    ];
    #[expect(clippy::expect_used, reason = "both columns are those of the schema")]
    RecordBatch::try_new(Arc::clone(&SCHEMA), columns.into()).expect("two columns of one length")
}

/// Takes the receipt at its word.
fn evidence(
    receipt: &WriteReport,
    writer: u32,
    offered: &[u32],
    error: Option<String>,
) -> Evidence {
    let told = |partition: usize| {
        let of = |receipt: &&PartitionReceipt| usize::try_from(receipt.partition) == Ok(partition);
        receipt.partitions.iter().find(of)
    };
    let partitions = offered.iter().enumerate().map(|(partition, &offered)| {
        let mut evidence = PartitionEvidence {
            offered,
            ..PartitionEvidence::default()
        };
        if let Some(told) = told(partition) {
            evidence.rows = told.rows;
            evidence.may_be_written = told.may_be_written_rows;
            evidence.not_written = told.not_written_rows;
            evidence.acknowledged = runs(&told.offsets, receipt.complete);
        }
        evidence
    });
    Evidence {
        writer,
        partitions: partitions.collect(),
        retries: receipt.retries,
        settled: receipt.settled,
        error,
    }
}

/// Runs of offsets; if the write is complete, what they hold is every row in order.
fn runs(offsets: &[[i64; 2]], complete: bool) -> Vec<Run> {
    let mut number = complete.then_some(0);
    let run = |&[first, last]: &[i64; 2]| {
        let rows = u32::try_from(last - first + 1).unwrap_or(0);
        let run = Run {
            offset: first,
            rows,
            number,
        };
        number = number.map(|number| number + rows);
        run
    };
    offsets.iter().map(run).collect()
}
