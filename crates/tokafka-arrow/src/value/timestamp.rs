//! Timestamps in Kafka's unit.

use arrow::{
    array::{Array, AsArray, PrimitiveArray},
    buffer::NullBuffer,
    datatypes::{
        ArrowTimestampType, DataType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
        TimestampNanosecondType, TimestampSecondType,
    },
};

/// Milliseconds since 1970 in UTC, one per row, rounded down; `now` where the row is null. A column
/// without a time zone is read as UTC.
pub(crate) fn millis(array: &dyn Array, now: i64) -> Vec<i64> {
    let converted = |time: Option<i64>, unit| time.and_then(|time| to_millis(time, unit));
    match times(array) {
        Some((times, unit)) => times
            .map(|time| converted(time, unit).unwrap_or(now))
            .collect(),
        None => vec![now; array.len()],
    }
}

/// The first row whose timestamp Kafka cannot hold, and that timestamp in the column's unit.
pub(crate) fn invalid_timestamp(array: &dyn Array) -> Option<(usize, i64)> {
    let (mut times, unit) = times(array)?;
    let invalid = |time: &i64| to_millis(*time, unit).is_none_or(i64::is_negative);
    times
        .by_ref()
        .enumerate()
        .find_map(|(row, time)| Some((row, time.filter(invalid)?)))
}

/// True if a row that `seen` says has digits behind its milliseconds, which Kafka cannot hold.
pub(crate) fn is_cut(array: &dyn Array, seen: Option<&NullBuffer>) -> bool {
    let DataType::Timestamp(unit, _) = array.data_type() else {
        return false;
    };
    let (values, per_milli) = match unit {
        TimeUnit::Second | TimeUnit::Millisecond => return false,
        TimeUnit::Microsecond => {
            let array = array.as_primitive::<TimestampMicrosecondType>();
            (array.values(), 1_000)
        }
        TimeUnit::Nanosecond => {
            let array = array.as_primitive::<TimestampNanosecondType>();
            (array.values(), 1_000_000)
        }
    };
    let is_cut = |time: &i64| time % per_milli != 0;
    // Without looking at nulls first: it is the loop that most columns end with.
    if !values.iter().any(is_cut) {
        return false;
    }
    let seen = NullBuffer::union(seen, array.nulls());
    let is_seen = |row| seen.as_ref().is_none_or(|seen| seen.is_valid(row));
    let mut rows = values.iter().enumerate();
    rows.any(|(row, time)| is_cut(time) && is_seen(row))
}

fn to_millis(time: i64, unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Second => time.checked_mul(1_000),
        TimeUnit::Millisecond => Some(time),
        TimeUnit::Microsecond => Some(time.div_euclid(1_000)),
        TimeUnit::Nanosecond => Some(time.div_euclid(1_000_000)),
    }
}

type Times<'a> = Box<dyn Iterator<Item = Option<i64>> + 'a>;

fn times(array: &dyn Array) -> Option<(Times<'_>, TimeUnit)> {
    let DataType::Timestamp(unit, _) = array.data_type() else {
        return None;
    };
    let times = match unit {
        TimeUnit::Second => raw::<TimestampSecondType>(array.as_primitive()),
        TimeUnit::Millisecond => raw::<TimestampMillisecondType>(array.as_primitive()),
        TimeUnit::Microsecond => raw::<TimestampMicrosecondType>(array.as_primitive()),
        TimeUnit::Nanosecond => raw::<TimestampNanosecondType>(array.as_primitive()),
    };
    Some((times, *unit))
}

fn raw<T: ArrowTimestampType>(array: &PrimitiveArray<T>) -> Times<'_> {
    Box::new(array.iter())
}
