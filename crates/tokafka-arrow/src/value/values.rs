//! Values of records: bytes of a column, or JSON that is put together in the record.

use arrow::array::Array;
use tokafka_client::batch::{OpenBatch, Record};

use super::{Cells, JsonEncoder, JsonRows, Omissions};
use crate::error::DataError;

/// How a value column is turned into the bytes of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ValueFormat {
    /// Strings as UTF-8, binary as it is.
    Bytes,
    /// JSON as Spark's `to_json` writes it.
    Json(JsonEncoder),
}

impl ValueFormat {
    /// Refuses rows that cannot be written. `first` is the number of the first row.
    pub(crate) fn check(&self, column: &dyn Array, first: u64) -> Result<(), DataError> {
        match self {
            Self::Bytes => Ok(()),
            Self::Json(json) => json.check(column, first),
        }
    }

    /// Adds what is in a column and not in the values made of it.
    pub(crate) fn omissions(&self, column: &dyn Array, found: &mut Omissions) {
        match self {
            Self::Bytes => {}
            Self::Json(json) => json.omissions(column, found),
        }
    }

    /// Binds the rows of a column; `json` is filled if they are JSON.
    pub(crate) fn bind<'a>(&self, column: &'a dyn Array, json: &'a mut JsonRows) -> Values<'a> {
        match self {
            Self::Bytes => Values::Bytes(Cells::of(column)),
            Self::Json(encoder) => {
                encoder.render(column, json);
                Values::Json(json)
            }
        }
    }
}

/// The values of some rows.
#[derive(Debug)]
pub(crate) enum Values<'a> {
    Bytes(Cells<'a>),
    Json(&'a JsonRows),
}

/// One kind of values. The loop over rows is compiled for each kind.
pub(crate) trait RowValues {
    /// The value of a row.
    fn value(&self, row: usize) -> impl RowValue;
}

/// The value of a row, which goes into a record.
pub(crate) trait RowValue {
    /// Its length; none if it is null.
    fn len(&self) -> Option<usize>;

    /// Puts a record with this value into a batch.
    fn push(self, record: Record<'_>, batch: &mut OpenBatch);
}

impl RowValues for Cells<'_> {
    #[inline]
    fn value(&self, row: usize) -> impl RowValue {
        self.get(row)
    }
}

impl RowValue for Option<&[u8]> {
    #[inline]
    fn len(&self) -> Option<usize> {
        self.map(<[u8]>::len)
    }

    #[inline]
    fn push(self, record: Record<'_>, batch: &mut OpenBatch) {
        let value = self;
        batch.push(Record { value, ..record });
    }
}

impl RowValues for JsonRows {
    #[inline]
    fn value(&self, row: usize) -> impl RowValue {
        JsonRow { rows: self, row }
    }
}

/// A row of JSON.
struct JsonRow<'a> {
    rows: &'a JsonRows,
    row: usize,
}

impl RowValue for JsonRow<'_> {
    #[inline]
    fn len(&self) -> Option<usize> {
        self.rows.len(self.row)
    }

    #[inline]
    fn push(self, record: Record<'_>, batch: &mut OpenBatch) {
        match self.len() {
            Some(len) => batch.push_with(record, len, |out| self.rows.write(self.row, out)),
            None => push_null(record, batch),
        }
    }
}

/// Apart from the loop: few rows are null.
#[inline(never)]
fn push_null(record: Record<'_>, batch: &mut OpenBatch) {
    batch.push(record);
}
