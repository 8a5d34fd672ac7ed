//! Which column becomes which part of a record: resolved once, by name.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, RecordBatch},
    datatypes::{DataType, Schema},
};

use crate::{
    columns::{self, Attribute, COLUMNS, Column},
    error::{SchemaError, WriteError},
    options::WriteOptions,
    spark_type::spark_type,
    value::{JsonEncoder, JsonOptions, ValueFormat},
};

/// Where rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicRoute {
    /// All of them to this topic.
    Fixed(Arc<str>),
    /// Each to the topic that this column names.
    Column(usize),
}

/// The columns of a schema that are written, and as what.
///
/// Names are case-sensitive, and of two columns with one name the first counts, as in Spark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLayout {
    topic: TopicRoute,
    key: Option<usize>,
    value: usize,
    value_format: ValueFormat,
    headers: Option<usize>,
    partition: Option<usize>,
    timestamp: Option<usize>,
    ignored: Vec<String>,
}

impl RecordLayout {
    /// Finds the columns to write. Pure: nothing is opened.
    ///
    /// # Errors
    /// The first of: an option that cannot be used, no topic, a missing `value`, a column of a type
    /// that cannot be written.
    pub fn resolve(schema: &Schema, options: &WriteOptions) -> Result<Self, WriteError> {
        let topic = route(schema, options)?;
        let key = find(schema, &columns::KEY)?;
        let (value, value_format) = value(schema, options)?;
        let mut layout = Self {
            topic,
            key,
            value,
            value_format,
            headers: find(schema, &columns::HEADERS)?,
            partition: find(schema, &columns::PARTITION)?,
            timestamp: timestamp(schema, options)?,
            ignored: Vec::new(),
        };
        layout.ignored = layout.unused(schema);
        Ok(layout)
    }

    /// Where in a schema the column is that becomes this attribute: the first of its name. `None` if
    /// there is none and records can do without, or the option `topic` can stand for it.
    ///
    /// # Errors
    /// A missing `value`, and a column of a type that cannot be written.
    pub fn find(schema: &Schema, attribute: Attribute) -> Result<Option<usize>, SchemaError> {
        let found = find(schema, attribute.column())?;
        match (attribute, found) {
            (Attribute::Value, None) => Err(missing_value(schema)),
            (_, found) => Ok(found),
        }
    }

    /// Where rows go.
    pub fn topic(&self) -> &TopicRoute {
        &self.topic
    }

    /// Attribute names that are used, in the order topic, key, value, headers, partition, timestamp.
    pub fn used_columns(&self) -> Vec<&'static str> {
        self.used().map(|(column, _)| column.name).collect()
    }

    /// Names of columns that are not written, in schema order.
    pub fn ignored_columns(&self) -> &[String] {
        &self.ignored
    }

    /// Where the value column is in the schema.
    pub fn value_column(&self) -> usize {
        self.value
    }

    /// True if the value column is written as JSON.
    pub fn value_is_json(&self) -> bool {
        match self.value_format {
            ValueFormat::Bytes => false,
            ValueFormat::Json(_) => true,
        }
    }

    /// The same columns, where the value is of this type and is written as JSON.
    pub(crate) fn with_json_value(
        &self,
        value: &DataType,
        options: &JsonOptions,
    ) -> Result<Self, SchemaError> {
        Ok(Self {
            value_format: ValueFormat::Json(JsonEncoder::new(value, options)?),
            ..self.clone()
        })
    }

    /// How the value column of these columns is turned into bytes: JSON depends on the physical
    /// form, which batches of one query may have several of.
    pub(crate) fn value_format(&self, columns: &RecordColumns) -> Result<ValueFormat, SchemaError> {
        match (&self.value_format, &columns.value) {
            (ValueFormat::Json(json), Some(column)) => {
                Ok(ValueFormat::Json(json.of_type(column.data_type())?))
            }
            (format, _) => Ok(format.clone()),
        }
    }

    /// The columns of one record batch that are written.
    pub(crate) fn columns(&self, batch: &RecordBatch) -> Result<RecordColumns, SchemaError> {
        let mut found = RecordColumns::default();
        for (column, index) in self.used() {
            let array = fetch(batch, column, index)?;
            self.check_type(column, array.data_type())?;
            *found.slot(column.attribute) = Some(array);
        }
        Ok(found)
    }

    /// Whether JSON can be made of a type is found when it is bound.
    fn check_type(&self, column: &Column, data_type: &DataType) -> Result<(), SchemaError> {
        let is_json = column.attribute == Attribute::Value && self.value_is_json();
        if is_json || column.accepts(data_type) {
            return Ok(());
        }
        Err(unsupported(column, data_type))
    }

    fn used(&self) -> impl Iterator<Item = (&'static Column, usize)> + '_ {
        COLUMNS
            .iter()
            .filter_map(|column| Some((column, self.index(column.attribute)?)))
    }

    fn index(&self, attribute: Attribute) -> Option<usize> {
        match attribute {
            Attribute::Topic => match self.topic {
                TopicRoute::Fixed(_) => None,
                TopicRoute::Column(index) => Some(index),
            },
            Attribute::Key => self.key,
            Attribute::Value => Some(self.value),
            Attribute::Headers => self.headers,
            Attribute::Partition => self.partition,
            Attribute::Timestamp => self.timestamp,
        }
    }

    fn unused(&self, schema: &Schema) -> Vec<String> {
        let used: Vec<_> = self.used().map(|(_, index)| index).collect();
        let fields = schema.fields().iter().enumerate();
        fields
            .filter(|(index, _)| !used.contains(index))
            .map(|(_, field)| field.name().clone())
            .collect()
    }
}

/// The columns of one record batch, or of some of its rows, that are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordColumns {
    pub(crate) topic: Option<ArrayRef>,
    pub(crate) key: Option<ArrayRef>,
    pub(crate) value: Option<ArrayRef>,
    pub(crate) headers: Option<ArrayRef>,
    pub(crate) partition: Option<ArrayRef>,
    pub(crate) timestamp: Option<ArrayRef>,
}

impl RecordColumns {
    /// Some of the rows, but for their topics, which are looked up for a whole batch at once.
    pub(crate) fn slice(&self, start: usize, rows: usize) -> Self {
        let slice = |column: &Option<ArrayRef>| column.as_ref().map(|all| all.slice(start, rows));
        Self {
            topic: None,
            key: slice(&self.key),
            value: slice(&self.value),
            headers: slice(&self.headers),
            partition: slice(&self.partition),
            timestamp: slice(&self.timestamp),
        }
    }

    fn slot(&mut self, attribute: Attribute) -> &mut Option<ArrayRef> {
        match attribute {
            Attribute::Topic => &mut self.topic,
            Attribute::Key => &mut self.key,
            Attribute::Value => &mut self.value,
            Attribute::Headers => &mut self.headers,
            Attribute::Partition => &mut self.partition,
            Attribute::Timestamp => &mut self.timestamp,
        }
    }
}

fn route(schema: &Schema, options: &WriteOptions) -> Result<TopicRoute, WriteError> {
    Ok(match options.checked_topic()? {
        Some(name) => TopicRoute::Fixed(name.into()),
        None => TopicRoute::Column(find(schema, &columns::TOPIC)?.ok_or(SchemaError::NoTopic)?),
    })
}

/// The value column, and how it is turned into bytes.
fn value(schema: &Schema, options: &WriteOptions) -> Result<(usize, ValueFormat), WriteError> {
    let missing = || missing_value(schema);
    let Some(json) = options.json() else {
        let index = find(schema, &columns::VALUE)?.ok_or_else(missing)?;
        return Ok((index, ValueFormat::Bytes));
    };
    let found = schema.column_with_name(columns::VALUE.name);
    let (index, field) = found.ok_or_else(missing)?;
    let json = JsonEncoder::new(field.data_type(), json)?;
    Ok((index, ValueFormat::Json(json)))
}

fn timestamp(schema: &Schema, options: &WriteOptions) -> Result<Option<usize>, WriteError> {
    if options.timestamp_included()? {
        Ok(find(schema, &columns::TIMESTAMP)?)
    } else {
        Ok(None)
    }
}

/// The first column of that name, if its type is accepted.
fn find(schema: &Schema, column: &Column) -> Result<Option<usize>, SchemaError> {
    let Some((index, field)) = schema.column_with_name(column.name) else {
        return Ok(None);
    };
    if column.accepts(field.data_type()) {
        return Ok(Some(index));
    }
    Err(unsupported(column, field.data_type()))
}

fn unsupported(column: &Column, actual: &DataType) -> SchemaError {
    SchemaError::UnsupportedType {
        column: column.name,
        actual: spark_type(actual),
        expected: column.expected,
    }
}

fn missing_value(schema: &Schema) -> SchemaError {
    let alike = |name: &&String| name.eq_ignore_ascii_case(columns::VALUE.name);
    let similar = schema
        .fields()
        .iter()
        .map(|field| field.name())
        .find(alike)
        .cloned();
    SchemaError::MissingValue { similar }
}

/// A column of a batch whose schema the caller promised: checked, since a mistake would write the
/// wrong column.
fn fetch(batch: &RecordBatch, column: &Column, index: usize) -> Result<ArrayRef, SchemaError> {
    let field = batch
        .schema_ref()
        .fields()
        .get(index)
        .filter(|field| field.name() == column.name);
    match (field, batch.columns().get(index)) {
        (Some(_), Some(array)) => Ok(Arc::clone(array)),
        _ => Err(SchemaError::Changed {
            index,
            actual: name_at(batch, index),
            expected: column.name,
        }),
    }
}

fn name_at(batch: &RecordBatch, index: usize) -> String {
    let field = batch.schema_ref().fields().get(index);
    field.map_or_else(|| "missing".into(), |field| format!("'{}'", field.name()))
}

#[cfg(test)]
mod tests;
