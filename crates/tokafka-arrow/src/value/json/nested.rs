//! Kernels of types that have parts: a part is rendered as a column of its own, then copied into
//! the rows that hold it.

use std::ops::Range;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, ListLikeArray, MapArray, StructArray, UInt64Array,
        new_empty_array,
    },
    buffer::NullBuffer,
    compute::take,
};

use super::kernel::{Cells, Frame, Kernel, NullKeys, Texts, close};

/// A part and what stands around it.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kernel: Box<dyn Kernel>,
    pub(super) frame: Frame,
}

impl Part {
    fn render(&self, array: &dyn Array, cells: &mut Cells<'_>) -> Texts {
        cells.part((self.kernel.as_ref(), &self.frame), array)
    }
}

/// Structs become objects.
#[derive(Debug)]
pub(super) struct Struct(pub(super) Vec<(String, Part)>);

impl Struct {
    /// Each field's cells; they are a row's object when they stand one behind the other.
    pub(super) fn parts(&self, array: &dyn Array, cells: &mut Cells<'_>) -> Vec<Texts> {
        let columns = self.0.iter().zip(array.as_struct().columns());
        columns
            .map(|((_, part), column)| part.render(column, cells))
            .collect()
    }
}

impl Kernel for Struct {
    fn render(&self, array: &dyn Array, cells: &mut Cells<'_>) {
        let parts = self.parts(array, cells);
        cells.each(array.len(), array.nulls(), |row, out| {
            out.push(b'{');
            for part in &parts {
                out.extend_from_slice(part.row(row));
            }
            close(b'}', out);
        });
        parts.into_iter().for_each(|part| cells.pool.give(part));
    }

    fn null_keys(&self, array: &dyn Array) -> Option<NullKeys> {
        let mut columns = self.0.iter().zip(array.as_struct().columns());
        columns.find_map(|((name, part), column)| {
            let mut found = part.kernel.null_keys(column)?;
            found.path = match found.path.as_str() {
                "" => name.clone(),
                path => format!("{name}.{path}"),
            };
            let rows = found.rows.iter().enumerate();
            let rows = rows.map(|(row, bad)| *bad && array.is_valid(row)).collect();
            found.seen(rows)
        })
    }
}

/// Lists become arrays.
#[derive(Debug)]
pub(super) struct List {
    pub(super) element: Part,
    /// Looks at an array as at a list.
    pub(super) view: for<'a> fn(&'a dyn Array) -> &'a dyn ListLikeArray,
}

impl Kernel for List {
    fn render(&self, array: &dyn Array, cells: &mut Cells<'_>) {
        let (elements, ranges) = elements((self.view)(array), array.nulls());
        let texts = self.element.render(&elements, cells);
        cells.each(array.len(), array.nulls(), |row, out| {
            out.push(b'[');
            out.extend_from_slice(texts.rows(range(&ranges, row)));
            close(b']', out);
        });
        cells.pool.give(texts);
    }

    fn null_keys(&self, array: &dyn Array) -> Option<NullKeys> {
        let (elements, ranges) = elements((self.view)(array), array.nulls());
        let found = self.element.kernel.null_keys(&elements)?;
        let rows = through(&found.rows, &ranges);
        found.seen(rows)
    }
}

/// Maps become objects, their keys in the order of the map, also if one is there twice.
#[derive(Debug)]
pub(super) struct Map {
    pub(super) key: Part,
    pub(super) value: Part,
}

impl Kernel for Map {
    fn render(&self, array: &dyn Array, cells: &mut Cells<'_>) {
        let array = array.as_map();
        let (entries, ranges) = entries(array);
        let keys = self.key.render(entries.column(0), cells);
        let values = self.value.render(entries.column(1), cells);
        cells.each(array.len(), array.nulls(), |row, out| {
            out.push(b'{');
            for entry in range(&ranges, row) {
                put_name(keys.row(entry), out);
                out.extend_from_slice(values.row(entry));
            }
            close(b'}', out);
        });
        cells.pool.give(keys);
        cells.pool.give(values);
    }

    fn null_keys(&self, array: &dyn Array) -> Option<NullKeys> {
        let (entries, ranges) = entries(array.as_map());
        if let Some(nulls) = entries.column(0).logical_nulls() {
            let bad: Vec<bool> = nulls.iter().map(|valid| !valid).collect();
            let found = NullKeys {
                rows: Vec::new(),
                path: String::new(),
            };
            if let Some(found) = found.seen(through(&bad, &ranges)) {
                return Some(found);
            }
        }
        let found = self.value.kernel.null_keys(entries.column(1))?;
        let rows = through(&found.rows, &ranges);
        found.seen(rows)
    }
}

/// The cell of a key, `7,` or `"k",`, as the name of a field: `"7":`.
fn put_name(cell: &[u8], out: &mut Vec<u8>) {
    let key = cell.strip_suffix(b",").unwrap_or(cell);
    if key.starts_with(b"\"") {
        out.extend_from_slice(key);
    } else {
        out.push(b'"');
        out.extend_from_slice(key);
        out.push(b'"');
    }
    out.push(b':');
}

/// Dictionaries are what they stand for.
#[derive(Debug)]
pub(super) struct Dictionary(pub(super) Box<dyn Kernel>);

impl Kernel for Dictionary {
    fn render(&self, array: &dyn Array, cells: &mut Cells<'_>) {
        self.0.render(&decoded(array), cells);
    }

    fn null_keys(&self, array: &dyn Array) -> Option<NullKeys> {
        self.0.null_keys(&decoded(array))
    }
}

pub(super) fn decoded(array: &dyn Array) -> ArrayRef {
    let dictionary = array.as_any_dictionary();
    let decoded = take(dictionary.values(), dictionary.keys(), None);
    // Keys are within their values: Arrow checks it when a dictionary is made.
    decoded.unwrap_or_else(|_| new_empty_array(dictionary.values().data_type()))
}

/// The elements of all rows but those that are null, and which of them belong to each row.
pub(super) fn elements(
    list: &dyn ListLikeArray,
    nulls: Option<&NullBuffer>,
) -> (ArrayRef, Vec<Range<usize>>) {
    let range = |row| list.element_range(row);
    gathered(list.values(), ranges(list.len(), nulls, range))
}

/// The values of the entries of all rows but those that are null.
pub(super) fn entry_values(map: &MapArray, nulls: Option<&NullBuffer>) -> ArrayRef {
    let offsets = map.value_offsets();
    let offset = |row: usize| offsets.get(row).map_or(0, |offset| *offset as usize);
    let range = |row| offset(row)..offset(row + 1);
    gathered(map.values(), ranges(map.len(), nulls, range)).0
}

fn gathered(values: &ArrayRef, ranges: Vec<Range<usize>>) -> (ArrayRef, Vec<Range<usize>>) {
    if let Some(all) = gapless(&ranges) {
        return (values.slice(all.start, all.len()), rebased(ranges));
    }
    let indices = ranges.iter().flat_map(Clone::clone);
    let indices = UInt64Array::from_iter_values(indices.map(|index| index as u64));
    let elements = take(values, &indices, None);
    // Ranges are within the values: Arrow checks it when a list is made.
    let elements = elements.unwrap_or_else(|_| new_empty_array(values.data_type()));
    (elements, rebased(ranges))
}

/// The entries of all rows, and which of them belong to each row.
fn entries(map: &MapArray) -> (StructArray, Vec<Range<usize>>) {
    let offsets = map.value_offsets();
    let offset = |row: usize| offsets.get(row).map_or(0, |offset| *offset as usize);
    let (first, last) = (offset(0), offset(map.len()));
    let entries = map.entries().slice(first, last - first);
    let range = |row| offset(row) - first..offset(row + 1) - first;
    (entries, ranges(map.len(), map.nulls(), range))
}

/// The ranges of all rows; rows that are null have none, whatever lies beneath.
fn ranges(
    rows: usize,
    nulls: Option<&NullBuffer>,
    range: impl Fn(usize) -> Range<usize>,
) -> Vec<Range<usize>> {
    let valid = |row: &usize| nulls.is_none_or(|nulls| nulls.is_valid(*row));
    (0..rows)
        .map(|row| if valid(&row) { range(row) } else { 0..0 })
        .collect()
}

/// Where all elements lie, if each row's begin where those of the row before end.
fn gapless(ranges: &[Range<usize>]) -> Option<Range<usize>> {
    let mut used = ranges.iter().filter(|range| !range.is_empty());
    let Some(first) = used.next() else {
        return Some(0..0);
    };
    let end = used.try_fold(first.end, |end, range| {
        (range.start == end).then_some(range.end)
    })?;
    Some(first.start..end)
}

/// The same ranges when the elements of the rows stand one behind the other, and nothing else.
fn rebased(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut start = 0;
    for range in &mut ranges {
        let len = range.len();
        *range = start..start + len;
        start += len;
    }
    ranges
}

fn range(ranges: &[Range<usize>], row: usize) -> Range<usize> {
    ranges.get(row).cloned().unwrap_or_default()
}

/// For each row whether one of its elements is bad.
fn through(bad: &[bool], ranges: &[Range<usize>]) -> Vec<bool> {
    let any = |range: &Range<usize>| bad.get(range.clone()).unwrap_or_default().contains(&true);
    ranges.iter().map(any).collect()
}
