//! The bytes of a column, one slice per row, whatever its physical form.

use std::ops::Range;

use arrow::{
    array::{AnyDictionaryArray, Array, ArrayAccessor, AsArray, GenericByteArray},
    buffer::NullBuffer,
    datatypes::{ArrowNativeType, ByteArrayType, DataType},
};

/// One slice per row; none where the row is null.
#[derive(Debug, Default)]
pub(crate) struct Cells<'a>(Vec<Option<&'a [u8]>>);

impl<'a> Cells<'a> {
    /// A column that is not there.
    pub(crate) fn nulls(rows: usize) -> Self {
        Self(vec![None; rows])
    }

    /// All rows of a string or binary column.
    pub(crate) fn of(array: &'a dyn Array) -> Self {
        Self::range(array, 0..array.len())
    }

    /// Some rows of a string or binary column. A type that is neither has no bytes: all null.
    pub(crate) fn range(array: &'a dyn Array, rows: Range<usize>) -> Self {
        match array.data_type() {
            DataType::Utf8 => Self::of_bytes(array.as_string::<i32>(), rows),
            DataType::LargeUtf8 => Self::of_bytes(array.as_string::<i64>(), rows),
            DataType::Binary => Self::of_bytes(array.as_binary::<i32>(), rows),
            DataType::LargeBinary => Self::of_bytes(array.as_binary::<i64>(), rows),
            _ => match array.as_any_dictionary_opt() {
                Some(dictionary) => Self::decoded(dictionary, rows),
                None => pick(array, rows.map(Some)),
            },
        }
    }

    /// True if there is no row, or no column.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of a row, if it has any.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<&'a [u8]> {
        self.0.get(row).copied().flatten()
    }

    /// Null where the parent of this column is null; the parent's row `start` is row 0 here.
    pub(crate) fn masked(mut self, parent: Option<&NullBuffer>, start: usize) -> Self {
        if let Some(parent) = parent {
            let rows = self.0.iter_mut().zip(parent.iter().skip(start));
            rows.filter(|(_, valid)| !valid)
                .for_each(|(cell, _)| *cell = None);
        }
        self
    }

    /// Some of the rows.
    pub(crate) fn slice(&self, rows: Range<usize>) -> &[Option<&'a [u8]>] {
        self.0.get(rows).unwrap_or_default()
    }

    /// All rows, in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Option<&'a [u8]>> + '_ {
        self.0.iter().copied()
    }

    /// Looks at offsets only, and at nulls if there are any: the usual forms are worth a loop that is
    /// several times as fast.
    #[expect(
        clippy::indexing_slicing,
        reason = "there is an offset more than rows, and all lie within the values"
    )]
    fn of_bytes<T: ByteArrayType>(array: &'a GenericByteArray<T>, rows: Range<usize>) -> Self {
        let bytes = array.value_data();
        let offsets = &array.value_offsets()[rows.start..=rows.end];
        let cell =
            |(start, end): (&T::Offset, &T::Offset)| Some(&bytes[start.as_usize()..end.as_usize()]);
        let cells = Self(offsets.iter().zip(&offsets[1..]).map(cell).collect());
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        cells.masked(nulls, rows.start)
    }

    fn decoded(dictionary: &'a dyn AnyDictionaryArray, rows: Range<usize>) -> Self {
        if dictionary.values().is_empty() {
            return Self::nulls(rows.len());
        }
        let keys = dictionary.normalized_keys();
        let key = |row: usize| keys.get(row).copied().filter(|_| dictionary.is_valid(row));
        pick(dictionary.values(), rows.map(key))
    }
}

/// The slices of a plain array at these places.
fn pick<'a>(array: &'a dyn Array, at: impl Iterator<Item = Option<usize>>) -> Cells<'a> {
    match array.data_type() {
        DataType::Utf8 => slices(array.as_string::<i32>(), at),
        DataType::LargeUtf8 => slices(array.as_string::<i64>(), at),
        DataType::Utf8View => slices(array.as_string_view(), at),
        DataType::Binary => slices(array.as_binary::<i32>(), at),
        DataType::LargeBinary => slices(array.as_binary::<i64>(), at),
        DataType::BinaryView => slices(array.as_binary_view(), at),
        DataType::FixedSizeBinary(_) => slices(array.as_fixed_size_binary(), at),
        _ => Cells(at.map(|_| None).collect()),
    }
}

fn slices<'a, A, T>(array: A, at: impl Iterator<Item = Option<usize>>) -> Cells<'a>
where
    A: ArrayAccessor<Item = &'a T>,
    T: AsRef<[u8]> + ?Sized + 'a,
{
    let slice = |at: usize| array.is_valid(at).then(|| array.value(at).as_ref());
    Cells(at.map(|at| at.and_then(slice)).collect())
}
