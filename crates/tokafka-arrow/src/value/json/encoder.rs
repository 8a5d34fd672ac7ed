//! JSON of the rows of a column.

use std::{fmt, sync::Arc};

use arrow::{
    array::{Array, StringArray},
    buffer::{NullBuffer, OffsetBuffer},
    datatypes::DataType,
};

use super::{
    JsonOptions,
    bind::Binder,
    kernel::{Cells, Frame, Kernel, Pool, Texts, close},
    nested::Struct,
    omitted,
};
use crate::{
    error::{DataError, SchemaError},
    spark_type::spark_type,
    value::Omissions,
};

/// Writes a column of structs, maps or lists as JSON, as Spark's `to_json` does. Clones share.
///
/// ```
/// use arrow::{array::{ArrayRef, Int32Array, StructArray}, datatypes::DataType};
/// use std::{fmt, sync::Arc};
/// use tokafka_arrow::{JsonEncoder, JsonOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ids: ArrayRef = Arc::new(Int32Array::from(vec![Some(7), None]));
/// let column = StructArray::try_from(vec![("id", ids)])?;
/// let json = JsonEncoder::new(column.data_type(), &JsonOptions::new())?.encode(&column)?;
/// assert_eq!(json.value(0), r#"{"id":7}"#);
/// assert_eq!(json.value(1), "{}");
/// # use arrow::array::Array;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct JsonEncoder(Arc<Bound>);

/// What is known before the first row.
struct Bound {
    data_type: DataType,
    options: JsonOptions,
    root: Root,
}

/// What a row is.
enum Root {
    /// An object, whose fields go into the record one by one.
    Object(Struct),
    /// A value that is put together before it goes into the record.
    Value(Box<dyn Kernel>),
}

impl PartialEq for JsonEncoder {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        (&one.data_type, &one.options) == (&other.data_type, &other.options)
    }
}

impl Eq for JsonEncoder {}

impl fmt::Debug for JsonEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonEncoder")
            .field("data_type", &self.0.data_type)
            .finish_non_exhaustive()
    }
}

impl JsonEncoder {
    /// Chooses how a type is written. A dictionary counts as what it stands for, and a column of
    /// the null type is a column of nulls.
    ///
    /// # Errors
    /// A type that is neither struct, map nor list, that holds a type that JSON cannot hold, or
    /// that is nested deeper than 1,000.
    pub fn new(data_type: &DataType, options: &JsonOptions) -> Result<Self, SchemaError> {
        let mut binder = Binder::new(options);
        let root = match data_type {
            DataType::Struct(fields) => Root::Object(binder.structure(fields)?),
            other if is_root(other) => Root::Value(binder.kernel(other)?),
            other => return Err(SchemaError::NotJson(spark_type(other))),
        };
        Ok(Self(Arc::new(Bound {
            data_type: data_type.clone(),
            options: options.clone(),
            root,
        })))
    }

    /// JSON of each row; null where the row is null. The column must be of the encoder's type.
    ///
    /// # Errors
    /// A map with a null key, or more JSON than one array of strings holds, 2 GiB; rows are
    /// counted from 1.
    ///
    /// # Panics
    /// If the column is of another type.
    pub fn encode(&self, column: &dyn Array) -> Result<StringArray, DataError> {
        self.check(column, 1)?;
        let (mut rows, mut text) = (JsonRows::default(), Vec::new());
        let mut ends = vec![0];
        for start in (0..column.len()).step_by(JsonRows::CHUNK) {
            let len = JsonRows::CHUNK.min(column.len() - start);
            self.render(&column.slice(start, len), &mut rows);
            for at in 0..len {
                if rows.len(at).is_some() {
                    rows.write(at, &mut text);
                }
                let row = (start + at) as u64 + 1;
                ends.push(i32::try_from(text.len()).map_err(|_| DataError::JsonTooLong { row })?);
            }
        }
        let ends = OffsetBuffer::new(ends.into());
        Ok(StringArray::new(ends, text.into(), column.logical_nulls()))
    }

    /// The same JSON of a column whose type may be another one.
    pub(crate) fn of_type(&self, data_type: &DataType) -> Result<Self, SchemaError> {
        if *data_type == self.0.data_type {
            return Ok(self.clone());
        }
        Self::new(data_type, &self.0.options)
    }

    /// Refuses rows that cannot be JSON. `first` is the number of the first row.
    pub(crate) fn check(&self, column: &dyn Array, first: u64) -> Result<(), DataError> {
        let found = match &self.0.root {
            Root::Object(object) => object.null_keys(column),
            Root::Value(value) => value.null_keys(column),
        };
        let Some(found) = found else {
            return Ok(());
        };
        let row = found.rows.iter().position(|bad| *bad).unwrap_or_default();
        Err(DataError::NullMapKey {
            row: first + row as u64,
            map: found.path,
        })
    }

    /// Adds what the JSON of a column leaves out.
    pub(crate) fn omissions(&self, column: &dyn Array, found: &mut Omissions) {
        omitted::look(column, &self.0.options, found);
    }

    /// Renders the cells of all rows of a column, which is short enough for the cache.
    pub(crate) fn render(&self, column: &dyn Array, rows: &mut JsonRows) {
        rows.clear();
        rows.nulls = column.logical_nulls();
        let (frame, mut value) = (Frame::element(), rows.pool.take());
        let mut cells = Cells {
            frame: &frame,
            texts: &mut value,
            pool: &mut rows.pool,
        };
        match &self.0.root {
            Root::Object(object) => {
                rows.columns = object.parts(column, &mut cells);
                rows.pool.give(value);
                rows.measure_objects(column.len());
            }
            Root::Value(kernel) => {
                kernel.render(column, &mut cells);
                rows.columns.push(value);
                rows.measure_values();
            }
        }
    }
}

fn is_root(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(_)
        | DataType::Map(_, _)
        | DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(_, _)
        | DataType::Null => true,
        DataType::Dictionary(_, values) => is_root(values),
        _ => false,
    }
}

/// JSON of some rows, in pieces that only have to be copied.
#[derive(Debug, Default)]
pub(crate) struct JsonRows {
    /// For objects the cells of each field, else the cells of the rows.
    columns: Vec<Texts>,
    opening: &'static [u8],
    lens: Vec<usize>,
    nulls: Option<NullBuffer>,
    pool: Pool,
}

impl JsonRows {
    /// Rows that are rendered at once: their text then stays in cache.
    pub(crate) const CHUNK: usize = 256;

    /// The length of a row; none if it is null.
    #[inline]
    pub(crate) fn len(&self, row: usize) -> Option<usize> {
        let valid = self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        self.lens.get(row).copied().filter(|_| valid)
    }

    /// Appends a row: as many bytes as [`len`](Self::len) says.
    #[inline]
    pub(crate) fn write(&self, row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.opening);
        for column in &self.columns {
            out.extend_from_slice(column.row(row));
        }
        match self.opening {
            [] => out.truncate(out.len().saturating_sub(1)),
            _ => close(b'}', out),
        }
    }

    fn clear(&mut self) {
        for column in self.columns.drain(..) {
            self.pool.give(column);
        }
        self.lens.clear();
    }

    fn measure_objects(&mut self, rows: usize) {
        self.opening = b"{";
        self.lens.resize(rows, 0);
        for column in &self.columns {
            let lens = self.lens.iter_mut().zip(column.lens());
            lens.for_each(|(len, cell)| *len += cell);
        }
        // The closing bracket takes the place of the last comma, if there is one.
        self.lens
            .iter_mut()
            .for_each(|len| *len = 1 + (*len).max(1));
    }

    fn measure_values(&mut self) {
        self.opening = b"";
        let cells = self.columns.first().into_iter().flat_map(Texts::lens);
        self.lens.extend(cells.map(|cell| cell.saturating_sub(1)));
    }
}
