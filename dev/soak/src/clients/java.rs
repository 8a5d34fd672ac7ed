//! Kafka's own Java producer, in a process of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context, bail, ensure};
use tokio::task::spawn_blocking;

use super::{Job, Quota};
use crate::{
    evidence::{Evidence, PartitionEvidence, Run},
    wait::until,
};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/java/NumberedProducer.java");

pub(crate) async fn write(job: &Job, writer: u32, quota: Quota) -> anyhow::Result<Evidence> {
    let mut child = start(job, writer, &quota)?;
    let stdout = child.stdout.take().context("no output of Java")?;
    let stdin = child.stdin.take();
    let listening = job.clone();
    let evidence = spawn_blocking(move || {
        let evidence = listen(&listening, stdout);
        let status = child.wait()?;
        ensure!(status.success(), "Java ended with {status}");
        evidence
    });
    // It is told that it is enough by the end of its input.
    until(|| job.is_enough() || evidence.is_finished()).await;
    drop(stdin);
    let evidence = evidence.await??;
    Ok(Evidence { writer, ..evidence })
}

fn start(job: &Job, writer: u32, quota: &Quota) -> anyhow::Result<Child> {
    Command::new("java")
        .args([
            "-Xmx512m",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
            "-cp",
        ])
        .arg(job.kafka_libs.join("*"))
        .args([SOURCE, &*job.servers, &*job.topic])
        .arg(job.partitions.to_string())
        .arg(writer.to_string())
        .arg(job.batch_size.to_string())
        .args([quota.start.to_string(), quota.end.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("java")
}

fn listen(job: &Job, stdout: ChildStdout) -> anyhow::Result<Evidence> {
    let mut evidence = Evidence {
        partitions: vec![PartitionEvidence::default(); job.partitions],
        ..Evidence::default()
    };
    let mut counted = 0;
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match word {
            "acknowledged" => {
                let rows: u64 = rest.parse()?;
                job.acknowledged(rows - counted);
                counted = rows;
            }
            "error" => evidence.error = Some(rest.to_owned()),
            "end" => {
                complete(&mut evidence);
                return Ok(evidence);
            }
            _ => partition(word, rest, &mut evidence).with_context(|| line.clone())?,
        }
    }
    bail!("Java ended without saying what became of its rows")
}

/// Takes in what Java says of a partition.
fn partition(word: &str, rest: &str, evidence: &mut Evidence) -> anyhow::Result<()> {
    let (index, numbers) = rest.split_once(' ').context("no partition")?;
    let told = evidence.partitions.get_mut(index.parse::<usize>()?);
    let told = told.context("an unknown partition")?;
    let numbers: Vec<u32> = numbers
        .split(' ')
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    match (word, numbers.as_slice()) {
        ("offered", &[rows]) => told.offered = rows,
        ("run", &[number, offset, rows]) => {
            told.rows += u64::from(rows);
            told.acknowledged.push(Run {
                offset: offset.into(),
                rows,
                number: Some(number),
            });
        }
        _ => bail!("a line of Java's that means nothing"),
    }
    Ok(())
}

/// A row whose callback did not say that it was written may be: Java does not say that none is.
fn complete(evidence: &mut Evidence) {
    for told in &mut evidence.partitions {
        told.may_be_written = u64::from(told.offered).saturating_sub(told.rows);
    }
}
