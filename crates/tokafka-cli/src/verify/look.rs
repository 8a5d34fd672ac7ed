//! One partition of a receipt.

use std::ops::{Range, RangeInclusive};

use anyhow::Context;
use tokafka_arrow::PartitionReceipt;
use tokafka_client::{cluster::Cluster, ranges::RangeReader, settings::FetchSettings};

use super::{contents::Contents, missing::Expected};

/// Offsets between two runs that are read rather than passed over: it takes a request to pass them.
const NEAR: i64 = 1000;

/// What is not as the receipt says.
#[derive(Debug)]
pub(super) struct Looked {
    /// Offsets that have no record.
    pub(super) missing: Vec<RangeInclusive<i64>>,
    /// Offsets that hold other records than were written. Where one is missing, the rest cannot be told.
    pub(super) others: Vec<RangeInclusive<i64>>,
}

/// Compares a partition with its receipt. `log` is what its log holds: nothing else is asked for.
pub(super) async fn look(
    cluster: &Cluster,
    settings: &FetchSettings,
    part: &PartitionReceipt,
    log: &Range<i64>,
) -> anyhow::Result<Looked> {
    let mut expected = Expected::new(&part.offsets);
    let mut contents = Contents::new(&part.checksums);
    for stretch in stretches(&part.offsets, log) {
        let (topic, partition) = (&part.topic, part.partition);
        let mut reader = RangeReader::open(cluster, settings, topic, partition, stretch).await?;
        while let Some(records) = reader.next().await? {
            contents.meet(&records.batch_offsets(), records.batch_checksum());
            for record in records.iter() {
                let record =
                    record.with_context(|| format!("topic {topic} partition {partition}"))?;
                expected.meet(record.offset);
            }
        }
    }
    let missing = expected.finish();
    let mut others = contents.finish();
    others.retain(|other| !missing.iter().any(|missing| overlap(missing, other)));
    Ok(Looked { missing, others })
}

fn overlap(a: &RangeInclusive<i64>, b: &RangeInclusive<i64>) -> bool {
    a.start() <= b.end() && b.start() <= a.end()
}

/// What is read: the runs that the log can have, those that are near each other in one.
fn stretches(runs: &[[i64; 2]], log: &Range<i64>) -> Vec<Range<i64>> {
    let mut stretches: Vec<Range<i64>> = vec![];
    for &[first, last] in runs {
        let run = first.max(log.start)..last.saturating_add(1).min(log.end);
        if run.is_empty() {
            continue;
        }
        match stretches.last_mut() {
            Some(before) if run.start - before.end <= NEAR => before.end = run.end,
            _ => stretches.push(run),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_near_each_other_are_read_in_one_and_nothing_outside_the_log() {
        let runs = [[0, 9], [20, 29], [1030, 1039], [5000, 5009], [9000, 9009]];
        assert_eq!(stretches(&runs, &(5..5003)), [5..1040, 5000..5003]);
        assert_eq!(stretches(&runs, &(0..0)), []);
        assert_eq!(stretches(&runs, &(100..200)), []);
    }
}
