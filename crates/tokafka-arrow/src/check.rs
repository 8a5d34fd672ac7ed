//! What can be wrong with rows, found for a whole record batch before any of it is encoded.

use std::sync::Arc;

use arrow::{
    array::{Array, AsArray},
    datatypes::Int32Type,
};

use crate::{
    error::DataError,
    layout::RecordColumns,
    topics::{TopicIndex, TopicRuns},
    value::{ValueFormat, first_unnamed, invalid_timestamp},
};

/// Refuses rows that no topic could take. `first` is the number of the first row.
pub(crate) fn check(
    columns: &RecordColumns,
    format: &ValueFormat,
    first: u64,
) -> Result<(), DataError> {
    check_topics(columns, first)?;
    if let Some(values) = &columns.value {
        format.check(values.as_ref(), first)?;
    }
    check_headers(columns, first)?;
    check_partitions(columns, first)?;
    check_timestamps(columns, first)
}

/// What has to be known of a topic to check the partitions of its rows.
pub(crate) struct PartitionCount {
    pub(crate) name: Arc<str>,
    pub(crate) count: u32,
}

/// Refuses partitions that the topics do not have.
pub(crate) fn check_partition_counts(
    columns: &RecordColumns,
    runs: &TopicRuns,
    first: u64,
    topic: impl Fn(TopicIndex) -> Option<PartitionCount>,
) -> Result<(), DataError> {
    let partitions = columns
        .partition
        .as_ref()
        .and_then(|c| c.as_primitive_opt::<Int32Type>());
    let Some(partitions) = partitions else {
        return Ok(());
    };
    for run in runs.within(0..partitions.len()) {
        let Some(PartitionCount { name, count }) = topic(run.topic) else {
            continue;
        };
        let outside = |row: &usize| {
            partitions.is_valid(*row) && i64::from(partitions.value(*row)) >= i64::from(count)
        };
        if let Some(row) = run.rows.clone().find(outside) {
            let partition = partitions.value(row);
            return Err(DataError::NoSuchPartition {
                row: number(first, row),
                topic: name,
                partition,
                count,
            });
        }
    }
    Ok(())
}

/// Number of a row in the writer's input.
pub(crate) fn number(first: u64, row: usize) -> u64 {
    first + row as u64
}

fn check_topics(columns: &RecordColumns, first: u64) -> Result<(), DataError> {
    let nulls = columns
        .topic
        .as_ref()
        .and_then(|topics| topics.logical_nulls());
    match nulls.and_then(|nulls| nulls.iter().position(|valid| !valid)) {
        Some(row) => Err(DataError::NullTopic {
            row: number(first, row),
        }),
        None => Ok(()),
    }
}

fn check_headers(columns: &RecordColumns, first: u64) -> Result<(), DataError> {
    match columns
        .headers
        .as_ref()
        .and_then(|headers| first_unnamed(headers))
    {
        Some((row, header)) => Err(DataError::NullHeaderName {
            row: number(first, row),
            header: header + 1,
        }),
        None => Ok(()),
    }
}

fn check_partitions(columns: &RecordColumns, first: u64) -> Result<(), DataError> {
    let partitions = columns
        .partition
        .as_ref()
        .and_then(|c| c.as_primitive_opt::<Int32Type>());
    let mut rows = partitions.into_iter().flatten().enumerate();
    match rows.find_map(|(row, partition)| Some((row, partition.filter(|p| *p < 0)?))) {
        Some((row, partition)) => Err(DataError::NegativePartition {
            row: number(first, row),
            partition,
        }),
        None => Ok(()),
    }
}

fn check_timestamps(columns: &RecordColumns, first: u64) -> Result<(), DataError> {
    match columns
        .timestamp
        .as_ref()
        .and_then(|timestamps| invalid_timestamp(timestamps))
    {
        Some((row, timestamp)) => Err(DataError::InvalidTimestamp {
            row: number(first, row),
            timestamp,
        }),
        None => Ok(()),
    }
}
