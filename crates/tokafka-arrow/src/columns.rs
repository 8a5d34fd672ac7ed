//! The columns that become a Kafka record, and the Arrow types that each accepts: one table.

use arrow::datatypes::DataType;

/// A part of a record that a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Where the record goes.
    Topic,
    /// Its key.
    Key,
    /// Its value.
    Value,
    /// Its headers.
    Headers,
    /// The partition of the topic.
    Partition,
    /// Its time.
    Timestamp,
}

impl Attribute {
    /// The name of its column.
    pub const fn name(self) -> &'static str {
        self.column().name
    }

    pub(crate) const fn column(self) -> &'static Column {
        match self {
            Self::Topic => &TOPIC,
            Self::Key => &KEY,
            Self::Value => &VALUE,
            Self::Headers => &HEADERS,
            Self::Partition => &PARTITION,
            Self::Timestamp => &TIMESTAMP,
        }
    }
}

/// One attribute: a row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) attribute: Attribute,
    /// Name of the column, case-sensitive.
    pub(crate) name: &'static str,
    /// What is accepted, in Spark's words.
    pub(crate) expected: &'static str,
    accepts: fn(&DataType) -> bool,
}

impl Column {
    /// True if a column of this type can be written as this attribute.
    pub(crate) fn accepts(&self, data_type: &DataType) -> bool {
        (self.accepts)(data_type)
    }
}

/// Every attribute, in the order in which Spark checks them.
pub(crate) const COLUMNS: [Column; 6] = [TOPIC, KEY, VALUE, HEADERS, PARTITION, TIMESTAMP];

pub(crate) const TOPIC: Column = Column {
    attribute: Attribute::Topic,
    name: "topic",
    expected: "string",
    accepts: is_text,
};
pub(crate) const KEY: Column = Column {
    attribute: Attribute::Key,
    name: "key",
    expected: "string or binary",
    accepts: is_text_or_bytes,
};
pub(crate) const VALUE: Column = Column {
    attribute: Attribute::Value,
    name: "value",
    expected: "string or binary",
    accepts: is_text_or_bytes,
};
pub(crate) const HEADERS: Column = Column {
    attribute: Attribute::Headers,
    name: "headers",
    expected: "array<struct<key:string,value:binary>>",
    accepts: is_headers,
};
pub(crate) const PARTITION: Column = Column {
    attribute: Attribute::Partition,
    name: "partition",
    expected: "int",
    accepts: is_int,
};
pub(crate) const TIMESTAMP: Column = Column {
    attribute: Attribute::Timestamp,
    name: "timestamp",
    expected: "timestamp",
    accepts: is_timestamp,
};

/// Strings in every physical form. A column of the null type is a column of nulls.
fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values) && is_flat(values),
        _ => false,
    }
}

fn is_bytes(data_type: &DataType) -> bool {
    match data_type {
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_)
        | DataType::Null => true,
        DataType::Dictionary(_, values) => is_bytes(values) && is_flat(values),
        _ => false,
    }
}

/// True for what a dictionary may hold: a dictionary of dictionaries is never written by anyone.
fn is_flat(data_type: &DataType) -> bool {
    !matches!(data_type, DataType::Dictionary(_, _))
}

fn is_text_or_bytes(data_type: &DataType) -> bool {
    is_text(data_type) || is_bytes(data_type)
}

fn is_int(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int32 | DataType::Null)
}

fn is_timestamp(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(_, _) | DataType::Null)
}

/// Lists of (name, value) pairs; the names of the struct's fields do not matter.
fn is_headers(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => is_header(item.data_type()),
        DataType::Null => true,
        _ => false,
    }
}

fn is_header(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => match fields.as_ref() {
            [name, value] => is_text(name.data_type()) && is_bytes(value.data_type()),
            _ => false,
        },
        _ => false,
    }
}
