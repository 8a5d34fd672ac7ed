//! Headers of rows: from a list of (name, value) pairs to their wire form.

use std::ops::Range;

use arrow::{
    array::{Array, AsArray, ListLikeArray, StructArray},
    datatypes::DataType,
};
use tokafka_client::batch::Headers;

use super::Cells;

/// The headers of rows: for each row a range of (name, value) pairs.
#[derive(Debug, Default)]
pub(crate) struct HeaderCells<'a> {
    ranges: Vec<Range<usize>>,
    names: Cells<'a>,
    values: Cells<'a>,
}

/// The wire form of the headers of the row before, which the next row often shares.
#[derive(Debug, Default)]
pub(crate) struct HeaderScratch {
    encoded: Vec<u8>,
    range: Range<usize>,
}

impl<'a> HeaderCells<'a> {
    /// The headers of all rows. A column that is no list has none.
    pub(crate) fn of(array: &'a dyn Array) -> Self {
        let Some(list) = list(array) else {
            return Self::default();
        };
        let Some(pairs) = list.values().as_struct_opt() else {
            return Self::default();
        };
        let mut ranges = match array.as_list_opt::<i32>() {
            // The usual form, for which the loop is compiled.
            Some(list) => elements(list),
            None => elements(list),
        };
        let used = match repeated(&ranges, pairs) {
            Some(first) => {
                ranges.fill(0..first.len());
                first
            }
            None => shift_to_used(&mut ranges),
        };
        Self::between(ranges, used, pairs)
    }

    /// The headers of a row in their wire form, which stays in `scratch` for the rows that share them.
    #[inline(always)]
    pub(crate) fn encode<'s>(&self, row: usize, scratch: &'s mut HeaderScratch) -> Headers<'s> {
        match self.ranges.get(row) {
            Some(range) if !range.is_empty() => {
                if *range != scratch.range {
                    self.encode_other(range, scratch);
                }
                Headers::from_encoded(&scratch.encoded)
            }
            _ => Headers::NONE,
        }
    }

    #[inline(never)]
    fn encode_other(&self, range: &Range<usize>, scratch: &mut HeaderScratch) {
        if !self.same(range, &scratch.range) {
            let names = self.names.slice(range.clone()).iter();
            let values = self.values.slice(range.clone()).iter();
            let pairs = names
                .zip(values)
                .map(|(name, value)| (name.unwrap_or_default(), *value));
            scratch.encoded.clear();
            Headers::encode_into(&mut scratch.encoded, pairs);
        }
        scratch.range = range.clone();
    }

    /// True if two ranges hold the same pairs.
    fn same(&self, one: &Range<usize>, other: &Range<usize>) -> bool {
        let pairs = |range: &Range<usize>| {
            (
                self.names.slice(range.clone()),
                self.values.slice(range.clone()),
            )
        };
        one.len() == other.len() && pairs(one) == pairs(other)
    }

    /// Takes in only these pairs, from whose first one the ranges count.
    fn between(ranges: Vec<Range<usize>>, used: Range<usize>, pairs: &'a StructArray) -> Self {
        let [names, values] = pairs.columns() else {
            return Self::default();
        };
        let names = Cells::range(names, used.clone()).masked(pairs.nulls(), used.start);
        Self {
            ranges,
            names,
            values: Cells::range(values, used),
        }
    }
}

/// The first row with a header that has no name: its index, and which of its headers it is.
pub(crate) fn first_unnamed(array: &dyn Array) -> Option<(usize, usize)> {
    let pairs = list(array)?.values().as_struct_opt()?;
    if pairs.null_count() == 0 && pairs.columns().first()?.logical_null_count() == 0 {
        return None;
    }
    let headers = HeaderCells::of(array);
    headers.ranges.iter().enumerate().find_map(|(row, range)| {
        let mut names = headers.names.slice(range.clone()).iter();
        Some((row, names.position(Option::is_none)?))
    })
}

impl HeaderScratch {
    /// Forgets the row before: its range means nothing for other columns.
    pub(crate) fn reset(&mut self) {
        self.range = 0..0;
    }
}

/// The pairs of the first row, if every row has the same: what a constant column looks like.
///
/// Comparing the pairs with themselves, shifted by one row, is much cheaper than row by row.
fn repeated(ranges: &[Range<usize>], pairs: &StructArray) -> Option<Range<usize>> {
    let (first, last) = (ranges.first()?, ranges.last()?);
    let gapless = |pair: &[Range<usize>]| match pair {
        [one, next] => one.end == next.start && next.len() == first.len(),
        _ => false,
    };
    if first.is_empty() || !ranges.windows(2).all(gapless) {
        return None;
    }
    let shifted = last.end - first.end;
    let equal = pairs.slice(first.start, shifted) == pairs.slice(first.end, shifted);
    equal.then(|| first.clone())
}

/// Has the ranges count from the first pair that some row refers to, and returns the pairs from that
/// to the last one.
fn shift_to_used(ranges: &mut [Range<usize>]) -> Range<usize> {
    let used = || ranges.iter().filter(|range| !range.is_empty());
    let start = used().map(|range| range.start).min().unwrap_or_default();
    let end = used().map(|range| range.end).max().unwrap_or_default();
    for range in ranges {
        *range = range.start.saturating_sub(start)..range.end.saturating_sub(start);
    }
    start..end
}

/// The pairs of each row; none if the row is null, whatever the list holds beneath.
fn elements(list: &(impl ListLikeArray + ?Sized)) -> Vec<Range<usize>> {
    let valid = |row: usize| list.nulls().is_none_or(|nulls| nulls.is_valid(row));
    (0..list.len())
        .map(|row| {
            if valid(row) {
                list.element_range(row)
            } else {
                0..0
            }
        })
        .collect()
}

fn list(array: &dyn Array) -> Option<&dyn ListLikeArray> {
    Some(match array.data_type() {
        DataType::List(_) => array.as_list::<i32>(),
        DataType::LargeList(_) => array.as_list::<i64>(),
        DataType::ListView(_) => array.as_list_view::<i32>(),
        DataType::LargeListView(_) => array.as_list_view::<i64>(),
        DataType::FixedSizeList(_, _) => array.as_fixed_size_list(),
        _ => return None,
    })
}
