//! Headers of records.

use arrow::{
    array::{BinaryBuilder, ListArray, ListBuilder, StringBuilder, StructBuilder},
    datatypes::{DataType, Field, Fields},
};
use tokafka_client::batch::HeaderIter;

/// Lists of pairs, null for records without.
#[derive(Debug)]
pub(super) struct HeadersColumn(ListBuilder<StructBuilder>);

impl Default for HeadersColumn {
    fn default() -> Self {
        let pairs = StructBuilder::from_fields(header_fields(), 0);
        Self(ListBuilder::new(pairs).with_field(header_item()))
    }
}

impl HeadersColumn {
    /// Adds those of a record; gives their bytes.
    pub(super) fn push(&mut self, headers: HeaderIter<'_>) -> usize {
        let (mut any, mut bytes) = (false, 0);
        for (name, value) in headers {
            any = true;
            bytes += name.len() + value.map_or(0, <[u8]>::len);
            append(self.0.values(), name, value);
        }
        self.0.append(any);
        bytes
    }

    pub(super) fn finish(&mut self) -> ListArray {
        self.0.finish()
    }
}

fn append(pair: &mut StructBuilder, name: &str, value: Option<&[u8]>) {
    if let Some(names) = pair.field_builder::<StringBuilder>(0) {
        names.append_value(name);
    }
    if let Some(values) = pair.field_builder::<BinaryBuilder>(1) {
        values.append_option(value);
    }
    pair.append(true);
}

fn header_fields() -> Fields {
    let name = Field::new("key", DataType::Utf8, true);
    Fields::from(vec![name, Field::new("value", DataType::Binary, true)])
}

pub(super) fn header_item() -> Field {
    Field::new_list_field(DataType::Struct(header_fields()), true)
}
