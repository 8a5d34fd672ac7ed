//! What all kernels have in common: a column goes in, the text of each of its rows comes out.

use std::{fmt::Debug, ops::Range};

use arrow::{array::Array, buffer::NullBuffer};

use super::{escape, options::NullFields};

/// Renders columns of one type.
pub(super) trait Kernel: Debug + Send + Sync {
    /// Appends a cell for each row of `array`, which is of the type that the kernel was chosen for.
    fn render(&self, array: &dyn Array, cells: &mut Cells<'_>);

    /// Rows that hold a map with a null key, and which map that is.
    fn null_keys(&self, _: &dyn Array) -> Option<NullKeys> {
        None
    }
}

/// Rows that cannot be written, since a map has a null key.
#[derive(Debug)]
pub(super) struct NullKeys {
    /// For each row whether it is one.
    pub(super) rows: Vec<bool>,
    /// Where the map is, as `field.field`; empty for the column itself.
    pub(super) path: String,
}

impl NullKeys {
    /// Those that are still found when rows are looked at through `rows`; none if all are hidden.
    pub(super) fn seen(self, rows: Vec<bool>) -> Option<Self> {
        rows.contains(&true).then_some(Self { rows, ..self })
    }
}

/// Text of rows, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) bytes: Vec<u8>,
    /// Where the text of each row ends.
    ends: Vec<usize>,
}

impl Texts {
    /// Forgets all rows and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// The text of a row.
    #[inline]
    pub(super) fn row(&self, row: usize) -> &[u8] {
        self.rows(row..row + 1)
    }

    /// The text of rows that follow each other.
    #[inline]
    pub(super) fn rows(&self, rows: Range<usize>) -> &[u8] {
        let text = self.end(rows.start)..self.end(rows.end);
        self.bytes.get(text).unwrap_or_default()
    }

    /// How long the text of each row is.
    pub(super) fn lens(&self) -> impl Iterator<Item = usize> + '_ {
        let starts = std::iter::once(&0).chain(&self.ends);
        self.ends.iter().zip(starts).map(|(end, start)| end - start)
    }

    fn end(&self, rows: usize) -> usize {
        let last = rows.checked_sub(1).and_then(|last| self.ends.get(last));
        last.copied().unwrap_or_default()
    }
}

/// What stands around the values of a column: `"name":` before, a comma behind.
#[derive(Debug)]
pub(super) struct Frame {
    before: Vec<u8>,
    /// The whole cell of a row that is null.
    null: Vec<u8>,
}

impl Frame {
    /// Around the fields of structs.
    pub(super) fn field(name: &str, nulls: NullFields) -> Self {
        let mut before = Vec::new();
        escape::put_quoted(name, &mut before);
        before.push(b':');
        let null = match nulls {
            NullFields::Ignored => Vec::new(),
            NullFields::Written => [&before[..], b"null,"].concat(),
        };
        Self { before, null }
    }

    /// Around elements of arrays, keys and values of maps, and whole rows.
    pub(super) fn element() -> Self {
        Self {
            before: Vec::new(),
            null: b"null,".to_vec(),
        }
    }
}

/// Where cells go.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    pub(super) frame: &'a Frame,
    pub(super) texts: &'a mut Texts,
    pub(super) pool: &'a mut Pool,
}

impl Cells<'_> {
    /// Appends a cell for each of `rows` rows; `put` appends the value of a row that is not null.
    #[inline]
    pub(super) fn each(
        &mut self,
        rows: usize,
        nulls: Option<&NullBuffer>,
        mut put: impl FnMut(usize, &mut Vec<u8>),
    ) {
        let Self { frame, texts, .. } = self;
        let Texts { bytes, ends } = &mut **texts;
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        for row in 0..rows {
            if nulls.is_none_or(|nulls| nulls.is_valid(row)) {
                bytes.extend_from_slice(&frame.before);
                put(row, bytes);
                bytes.push(b',');
            } else {
                bytes.extend_from_slice(&frame.null);
            }
            ends.push(bytes.len());
        }
    }

    /// Renders a column that is a part of this one.
    pub(super) fn part(
        &mut self,
        (kernel, frame): (&dyn Kernel, &Frame),
        array: &dyn Array,
    ) -> Texts {
        let mut texts = self.pool.take();
        let pool = &mut *self.pool;
        kernel.render(
            array,
            &mut Cells {
                frame,
                texts: &mut texts,
                pool,
            },
        );
        texts
    }
}

/// Buffers that wait to be used again.
#[derive(Debug, Default)]
pub(super) struct Pool(Vec<Texts>);

impl Pool {
    pub(super) fn take(&mut self) -> Texts {
        self.0.pop().unwrap_or_default()
    }

    pub(super) fn give(&mut self, mut texts: Texts) {
        texts.clear();
        self.0.push(texts);
    }
}

/// Ends an object or an array whose cells were appended: the bracket takes the last comma's place.
#[inline]
pub(super) fn close(bracket: u8, out: &mut Vec<u8>) {
    match out.last_mut() {
        Some(last) if *last == b',' => *last = bracket,
        Some(_) | None => out.push(bracket),
    }
}
