//! Compares what a writer was told with what lies in the log.

use std::collections::{BTreeMap, BTreeSet};

use tokafka_client::{
    batch::{Batches, RecordsChecksum},
    producer::{OffsetRun, PartitionDelivery, RunChecksum},
};
use tokafka_devbroker::DevBroker;

use crate::{
    plan::{Patience, Plan, TOPICS},
    writer::{Account, Place},
};

/// The first thing in which the report and the log differ.
pub(crate) fn check(broker: &DevBroker, plan: &Plan, account: &Account) -> Result<(), String> {
    for (place, taken) in &account.taken {
        let told = told(account, *place);
        compare(broker, *place, taken, told.as_ref())
            .map_err(|violation| format!("{}-{}: {violation}", TOPICS[place.0], place.1))?;
    }
    let lacking = account
        .report
        .partitions
        .iter()
        .any(|delivery| delivery.may_be_written_rows + delivery.not_written_rows > 0);
    if lacking != account.outcome.is_err() {
        return Err(format!(
            "told {:?} of {:?}",
            account.outcome, account.report
        ));
    }
    if lacking && plan.patience == Patience::Endless && !account.cancelled {
        return Err(format!("not everything was written: {:?}", account.outcome));
    }
    Ok(())
}

fn told(account: &Account, (topic, partition): Place) -> Option<PartitionDelivery> {
    let mut told = account.report.partitions.iter();
    told.find(|told| &*told.topic == TOPICS[topic] && told.partition == partition.cast_signed())
        .cloned()
}

fn compare(
    broker: &DevBroker,
    (topic, partition): Place,
    taken: &[String],
    told: Option<&PartitionDelivery>,
) -> Result<(), String> {
    let told = told.ok_or("nothing was told of it")?;
    let accounted = told.rows + told.may_be_written_rows + told.not_written_rows;
    if accounted != taken.len() as u64 || told.unacknowledged_rows != 0 {
        return Err(format!("{} rows were taken, told is {told:?}", taken.len()));
    }
    let log = log(broker, TOPICS[topic], partition.cast_signed());
    let ours: Vec<_> = log
        .iter()
        .filter(|(_, row)| taken.contains(row))
        .map(|(offset, row)| (*offset, row.as_str()))
        .collect();
    let acknowledged = acknowledged(&log, taken, told)?;
    contents(broker, (TOPICS[topic], partition.cast_signed()), told)?;
    let distinct: BTreeSet<_> = ours.iter().map(|(_, row)| row).collect();
    if distinct.len() < ours.len() {
        return Err(format!("rows are there twice: {ours:?}"));
    }
    let unacknowledged = (ours.len() - acknowledged) as u64;
    if unacknowledged > told.may_be_written_rows {
        return Err(format!("more is there than was told ({told:?}): {ours:?}"));
    }
    if !ours.iter().map(|(_, row)| row).is_sorted() {
        return Err(format!("the order is lost: {ours:?}"));
    }
    Ok(())
}

/// The checksums are of what lies at the offsets of the runs.
fn contents(
    broker: &DevBroker,
    (topic, partition): (&str, i32),
    told: &PartitionDelivery,
) -> Result<(), String> {
    let mut covered = PartitionDelivery::new(told.topic.clone(), partition);
    for checksum in &told.checksums {
        covered.add_run(checksum.run);
    }
    if covered.runs != told.runs {
        return Err(format!("the checksums are of other offsets: {told:?}"));
    }
    let batches = batches(broker, topic, partition);
    for RunChecksum { run, records } in &told.checksums {
        let inside = batches
            .iter()
            .filter(|(batch, _)| run.first <= batch.first && batch.last <= run.last);
        let found = inside.fold(RecordsChecksum::default(), |sum, (_, next)| sum.then(*next));
        if found != *records {
            return Err(format!("{run:?} holds {found:?}, not {records:?}"));
        }
    }
    Ok(())
}

fn batches(broker: &DevBroker, topic: &str, partition: i32) -> Vec<(OffsetRun, RecordsChecksum)> {
    let raw = broker.batches(topic, partition).into_iter();
    raw.flat_map(Batches::new)
        .map(|batch| {
            let records = batch.unwrap().records(1 << 20).unwrap();
            let (first, last) = records.offsets().into_inner();
            (OffsetRun { first, last }, records.checksum())
        })
        .collect()
}

/// Offsets and rows.
fn log(broker: &DevBroker, topic: &str, partition: i32) -> BTreeMap<i64, String> {
    let records = broker.records(topic, partition).into_iter();
    records
        .map(|record| {
            let row = String::from_utf8(record.value.unwrap().to_vec());
            (record.offset, row.unwrap())
        })
        .collect()
}

/// How many rows the report claims to be there; each must be, at its offset.
fn acknowledged(
    log: &BTreeMap<i64, String>,
    taken: &[String],
    told: &PartitionDelivery,
) -> Result<usize, String> {
    let offsets: Vec<_> = told
        .runs
        .iter()
        .flat_map(|run| run.first..=run.last)
        .collect();
    if offsets.len() as u64 != told.rows {
        return Err(format!("the runs are not of so many rows: {told:?}"));
    }
    for offset in &offsets {
        let row = log.get(offset);
        if !row.is_some_and(|row| taken.contains(row)) {
            return Err(format!("at {offset}, acknowledged, is {row:?}"));
        }
    }
    Ok(offsets.len())
}
