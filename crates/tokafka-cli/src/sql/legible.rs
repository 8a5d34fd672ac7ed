//! Bytes as text, and text that moves no cursor.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use datafusion::arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, StringArray},
    compute::cast,
    datatypes::{DataType, Field, Schema},
    error::ArrowError,
};

use crate::render::harmless;

/// What may stand in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// Everything.
    AsItIs,
    /// No control characters but line breaks.
    ForTheEye,
}

/// The same rows, with text in the place of columns of bytes: themselves where they are UTF-8, and
/// `base64:…` where not. Bytes within structs and lists stay bytes.
pub(super) fn legible(batch: &RecordBatch, text: Text) -> Result<RecordBatch, ArrowError> {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let column = legible_column(column, text)?;
        fields.push(Field::new(
            field.name(),
            column.data_type().clone(),
            field.is_nullable(),
        ));
        columns.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn legible_column(column: &ArrayRef, text: Text) -> Result<ArrayRef, ArrowError> {
    let shown: StringArray = match column.data_type() {
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => {
            let bytes = cast(column, &DataType::Binary)?;
            let cells = bytes.as_binary::<i32>().iter();
            cells
                .map(|cell| Some(clean(&of_bytes(cell?), text)))
                .collect()
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View if text == Text::ForTheEye => {
            let texts = cast(column, &DataType::Utf8)?;
            let cells = texts.as_string::<i32>().iter();
            cells.map(|cell| Some(clean(cell?, text))).collect()
        }
        _ => return Ok(Arc::clone(column)),
    };
    Ok(Arc::new(shown))
}

fn of_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("base64:{}", STANDARD.encode(bytes)),
    }
}

fn clean(text: &str, wanted: Text) -> String {
    match wanted {
        Text::AsItIs => text.to_owned(),
        Text::ForTheEye => harmless(text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{BinaryArray, BinaryViewArray};

    use super::*;

    #[test]
    fn bytes_are_text_where_they_can_be() {
        let bytes = BinaryArray::from(vec![Some(&b"a\x1b[31m"[..]), Some(b"\xff"), None]);
        let view = BinaryViewArray::from(vec![Some(&b""[..]), Some("é".as_bytes()), None]);
        let columns: [(&str, ArrayRef); 2] = [("b", Arc::new(bytes)), ("v", Arc::new(view))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let shown = |text| {
            let batch = legible(&batch, text).unwrap();
            let cells = |at: usize| {
                let column = batch.column(at).as_string::<i32>().iter();
                column
                    .map(|cell| cell.map(str::to_owned))
                    .collect::<Vec<_>>()
            };
            (cells(0), cells(1))
        };
        let some = |text: &str| Some(text.to_owned());
        let views = vec![some(""), some("é"), None];
        assert_eq!(
            shown(Text::ForTheEye),
            (
                vec![some("a\\u{1b}[31m"), some("base64:/w=="), None],
                views.clone()
            )
        );
        assert_eq!(
            shown(Text::AsItIs),
            (vec![some("a\u{1b}[31m"), some("base64:/w=="), None], views)
        );
    }
}
