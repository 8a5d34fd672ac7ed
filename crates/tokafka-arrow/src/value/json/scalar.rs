//! Kernels of types that have no parts.

use std::fmt;

use arrow::{
    array::{Array, ArrayAccessor, ArrowPrimitiveType, AsArray, OffsetSizeTrait},
    datatypes::{
        ArrowTimestampType, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalYearMonthType,
        TimeUnit,
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    escape, interval,
    kernel::{Cells, Kernel},
    moment::Moment,
    pattern::Pattern,
    zone::Zone,
};

/// A kernel that is a function.
struct Scalar<F>(F);

impl<F> Kernel for Scalar<F>
where
    F: Fn(&dyn Array, &mut Cells<'_>) + Send + Sync,
{
    fn render(&self, array: &dyn Array, cells: &mut Cells<'_>) {
        (self.0)(array, cells);
    }
}

impl<F> fmt::Debug for Scalar<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalar")
    }
}

pub(super) type Boxed = Box<dyn Kernel>;

fn scalar(render: impl Fn(&dyn Array, &mut Cells<'_>) + Send + Sync + 'static) -> Boxed {
    Box::new(Scalar(render))
}

/// A column in which every row is null.
pub(super) fn null() -> Boxed {
    scalar(|array, cells| cells.each(array.len(), array.logical_nulls().as_ref(), |_, _| {}))
}

pub(super) fn boolean() -> Boxed {
    scalar(|array, cells| {
        let array = array.as_boolean();
        cells.each(array.len(), array.nulls(), |row, out| {
            out.extend_from_slice(if array.value(row) { b"true" } else { b"false" });
        });
    })
}

/// A column of numbers or of what is stored as numbers.
pub(super) fn primitive<T: ArrowPrimitiveType>(
    put: impl Fn(T::Native, &mut Vec<u8>) + Send + Sync + 'static,
) -> Boxed {
    scalar(move |array, cells| {
        let array = array.as_primitive::<T>();
        let values = array.values();
        cells.each(array.len(), array.nulls(), |row, out| {
            if let Some(value) = values.get(row) {
                put(*value, out);
            }
        });
    })
}

/// A column of integers.
pub(super) fn integer<T>() -> Boxed
where
    T: ArrowPrimitiveType,
    T::Native: itoa::Integer,
{
    primitive::<T>(put_integer)
}

pub(super) fn put_integer(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

pub(super) fn text<O: OffsetSizeTrait>() -> Boxed {
    scalar(|array, cells| put_texts(array.as_string::<O>(), cells))
}

pub(super) fn text_view() -> Boxed {
    scalar(|array, cells| put_texts(array.as_string_view(), cells))
}

fn put_texts<'a>(array: impl ArrayAccessor<Item = &'a str>, cells: &mut Cells<'_>) {
    cells.each(array.len(), array.nulls(), |row, out| {
        escape::put_quoted(array.value(row), out);
    });
}

pub(super) fn binary<O: OffsetSizeTrait>() -> Boxed {
    scalar(|array, cells| put_bytes(array.as_binary::<O>(), cells))
}

pub(super) fn binary_view() -> Boxed {
    scalar(|array, cells| put_bytes(array.as_binary_view(), cells))
}

pub(super) fn fixed_size_binary() -> Boxed {
    scalar(|array, cells| put_bytes(array.as_fixed_size_binary(), cells))
}

fn put_bytes<'a>(array: impl ArrayAccessor<Item = &'a [u8]>, cells: &mut Cells<'_>) {
    cells.each(array.len(), array.nulls(), |row, out| {
        put_base64(array.value(row), out);
    });
}

fn put_base64(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    if let Some(room) = out.get_mut(start..) {
        // The room is as long as base64 with padding is.
        let _written = BASE64_STANDARD.encode_slice(bytes, room);
    }
    out.push(b'"');
}

/// A column of dates, of which `days` since 1970 are known.
pub(super) fn date<T: ArrowPrimitiveType>(
    pattern: &Pattern,
    days: impl Fn(T::Native) -> i64 + Send + Sync + 'static,
) -> Boxed {
    let (pattern, zone) = (pattern.clone(), Zone::utc());
    primitive::<T>(move |value, out| {
        out.push(b'"');
        pattern.put(&Moment::of_day(days(value)), &zone, out);
        out.push(b'"');
    })
}

/// A column of timestamps, as clocks in `zone` show them.
pub(super) fn timestamp<T: ArrowTimestampType>(pattern: &Pattern, zone: &Zone) -> Boxed {
    let (pattern, zone, second) = (pattern.clone(), zone.clone(), per_second(T::UNIT));
    primitive::<T>(move |value, out| {
        let (seconds, rest) = (value.div_euclid(second), value.rem_euclid(second));
        let nanos = (rest * (1_000_000_000 / second)) as u32;
        let moment = Moment::of_second(seconds, nanos, zone.offset_at(seconds));
        out.push(b'"');
        pattern.put(&moment, &zone, out);
        out.push(b'"');
    })
}

/// A column of timestamps, as Spark counts them: in microseconds since 1970.
pub(super) fn timestamp_number<T: ArrowTimestampType>() -> Boxed {
    primitive::<T>(|value, out| put_integer(micros(value, T::UNIT), out))
}

/// A column of durations in a unit.
pub(super) fn duration<T>(unit: TimeUnit) -> Boxed
where
    T: ArrowPrimitiveType<Native = i64>,
{
    primitive::<T>(move |value, out| {
        out.push(b'"');
        interval::put_micros(micros(value, unit), out);
        out.push(b'"');
    })
}

/// Spark's unit: nanoseconds are cut off, and what is too far away is as far as can be.
fn micros(value: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanosecond => value.div_euclid(1_000),
        TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Microsecond => {
            value.saturating_mul(1_000_000 / per_second(unit))
        }
    }
}

fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

pub(super) fn months() -> Boxed {
    primitive::<IntervalYearMonthType>(|months, out| {
        out.push(b'"');
        interval::put_months(months, out);
        out.push(b'"');
    })
}

pub(super) fn day_time() -> Boxed {
    primitive::<IntervalDayTimeType>(|value, out| {
        out.push(b'"');
        interval::put_calendar(0, value.days, i64::from(value.milliseconds) * 1_000, out);
        out.push(b'"');
    })
}

pub(super) fn month_day_nano() -> Boxed {
    primitive::<IntervalMonthDayNanoType>(|value, out| {
        out.push(b'"');
        interval::put_calendar(value.months, value.days, value.nanoseconds / 1_000, out);
        out.push(b'"');
    })
}
