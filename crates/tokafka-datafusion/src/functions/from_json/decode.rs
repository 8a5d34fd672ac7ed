//! JSON texts to columns, a column at a time, as Spark's `from_json` reads them.

use std::{borrow::Cow, collections::HashMap, fmt, str::FromStr, sync::Arc};

use datafusion::arrow::{
    array::{
        Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, ListArray,
        MapArray, PrimitiveArray, StringArray, StructArray, TimestampMicrosecondArray,
    },
    buffer::{NullBuffer, OffsetBuffer},
    datatypes::{
        ArrowPrimitiveType, DataType, FieldRef, Fields, Float32Type, Float64Type, Int8Type,
        Int16Type, Int32Type, Int64Type, TimeUnit,
    },
    error::ArrowError,
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::scalar;

/// A piece of JSON, and the row that it is of. `None` is null, or what is not there.
type Cell<'a> = Option<Piece<'a>>;

#[derive(Clone, Copy)]
struct Piece<'a> {
    json: &'a RawValue,
    row: usize,
}

impl<'a> Piece<'a> {
    fn begins_with(self, first: u8) -> bool {
        self.json.get().as_bytes().first() == Some(&first)
    }

    fn within(self, json: &'a RawValue) -> Cell<'a> {
        let row = self.row;
        (json.get() != "null").then_some(Self { json, row })
    }
}

/// Columns, and which rows had something that does not fit.
pub(super) struct Decoded {
    pub(super) values: ArrayRef,
    /// The first row of which something became null that is not null in its JSON.
    pub(super) first_bad: Option<usize>,
}

/// Decodes texts as values of a type, which [`check`] allowed. Null and blank texts are null. What
/// does not fit its type is null, in its field alone; a text that is no JSON, or not of the kind of
/// the type, gives a struct whose fields are null, or a null list or map. A field called `corrupt`
/// gets the text of such a row.
pub(super) fn decode(
    texts: &StringArray,
    data_type: &DataType,
    corrupt: &str,
) -> Result<Decoded, ArrowError> {
    let mut bad = Vec::with_capacity(texts.len());
    let mut given = Vec::with_capacity(texts.len());
    let mut roots = Vec::with_capacity(texts.len());
    for (row, text) in texts.iter().enumerate() {
        let text = text.filter(|text| !text.trim().is_empty());
        given.push(text.is_some());
        let root = text.and_then(first_value).map(|json| Piece { json, row });
        let root = root.filter(|root| is_of_kind(root.json, data_type));
        bad.push(text.is_some() && root.is_none());
        roots.push(root);
    }
    let values = match data_type {
        DataType::Struct(fields) => {
            let mut columns = struct_columns(&roots, fields, &mut bad)?;
            let is_corrupt =
                |field: &FieldRef| field.name() == corrupt && *field.data_type() == DataType::Utf8;
            let corrupt = fields.iter().position(is_corrupt);
            if let Some(column) = corrupt.and_then(|at| columns.get_mut(at)) {
                let texts = texts
                    .iter()
                    .zip(&bad)
                    .map(|(text, bad)| text.filter(|_| *bad));
                *column = Arc::new(texts.collect::<StringArray>());
            }
            struct_array(fields, columns, &given)?
        }
        DataType::List(item) => list(&roots, item, true, &mut bad)?,
        _ => column(&roots, data_type, &mut bad)?,
    };
    Ok(Decoded {
        values,
        first_bad: bad.iter().position(|bad| *bad),
    })
}

/// Refuses types that JSON is not read as.
pub(super) fn check(data_type: &DataType) -> Result<(), String> {
    match data_type {
        DataType::Struct(fields) => fields.iter().try_for_each(|field| {
            check(field.data_type()).map_err(|error| format!("field {}: {error}", field.name()))
        }),
        DataType::List(item) => check(item.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(entry) => match entry.as_ref() {
                [key, value] if *key.data_type() == DataType::Utf8 => check(value.data_type()),
                _ => Err("the keys of a map must be Utf8".to_owned()),
            },
            _ => Err("a map without entries".to_owned()),
        },
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(_, _)
        | DataType::Utf8
        | DataType::Binary
        | DataType::Date32
        | DataType::Timestamp(TimeUnit::Microsecond, _) => Ok(()),
        other => Err(format!("JSON is not read as {other}")),
    }
}

/// The first value of a text; what comes after it is ignored.
fn first_value(text: &str) -> Option<&RawValue> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    values.next()?.ok()
}

/// True if a text can be the root of a type. An object is a list of one struct.
fn is_of_kind(json: &RawValue, data_type: &DataType) -> bool {
    match (json.get().as_bytes().first(), data_type) {
        (Some(b'{'), DataType::Struct(_) | DataType::Map(_, _))
        | (Some(b'['), DataType::List(_)) => true,
        (Some(b'{'), DataType::List(item)) => matches!(item.data_type(), DataType::Struct(_)),
        _ => false,
    }
}

fn column(
    cells: &[Cell<'_>],
    data_type: &DataType,
    bad: &mut [bool],
) -> Result<ArrayRef, ArrowError> {
    Ok(match data_type {
        DataType::Struct(fields) => {
            let objects: Vec<_> = cells.iter().map(|cell| kept(*cell, b'{', bad)).collect();
            let given: Vec<_> = objects.iter().map(Option::is_some).collect();
            struct_array(fields, struct_columns(&objects, fields, bad)?, &given)?
        }
        DataType::List(item) => list(cells, item, false, bad)?,
        DataType::Map(entries, _) => map(cells, entries, bad)?,
        DataType::Boolean => Arc::new(each(cells, scalar::boolean, bad).collect::<BooleanArray>()),
        DataType::Int8 => integers::<Int8Type>(cells, bad),
        DataType::Int16 => integers::<Int16Type>(cells, bad),
        DataType::Int32 => integers::<Int32Type>(cells, bad),
        DataType::Int64 => integers::<Int64Type>(cells, bad),
        DataType::Float32 => primitives::<Float32Type>(cells, scalar::float, bad),
        DataType::Float64 => primitives::<Float64Type>(cells, scalar::float, bad),
        DataType::Decimal128(precision, scale) => {
            let decimal = |json: &str| scalar::decimal(json, *precision, *scale);
            let decimals = each(cells, decimal, bad).collect::<Decimal128Array>();
            Arc::new(decimals.with_precision_and_scale(*precision, *scale)?)
        }
        DataType::Utf8 => Arc::new(each(cells, scalar::text, bad).collect::<StringArray>()),
        DataType::Binary => Arc::new(each(cells, scalar::binary, bad).collect::<BinaryArray>()),
        DataType::Date32 => Arc::new(each(cells, scalar::date, bad).collect::<Date32Array>()),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let parse = match zone {
                Some(_) => scalar::timestamp,
                None => scalar::timestamp_ntz,
            };
            let times = each(cells, parse, bad).collect::<TimestampMicrosecondArray>();
            Arc::new(times.with_timezone_opt(zone.clone()))
        }
        other => {
            return Err(ArrowError::NotYetImplemented(format!(
                "from_json as {other}"
            )));
        }
    })
}

/// Every cell parsed. What does not fit is null, and its row is marked.
fn each<'a, T>(
    cells: &'a [Cell<'a>],
    parse: impl Fn(&'a str) -> Option<T>,
    bad: &mut [bool],
) -> impl Iterator<Item = Option<T>> {
    cells.iter().map(move |cell| {
        let piece = (*cell)?;
        let value = parse(piece.json.get());
        mark(piece, value.is_none(), bad);
        value
    })
}

fn primitives<T: ArrowPrimitiveType>(
    cells: &[Cell<'_>],
    parse: impl Fn(&str) -> Option<T::Native>,
    bad: &mut [bool],
) -> ArrayRef {
    Arc::new(each(cells, parse, bad).collect::<PrimitiveArray<T>>())
}

fn integers<T: ArrowPrimitiveType>(cells: &[Cell<'_>], bad: &mut [bool]) -> ArrayRef
where
    T::Native: FromStr,
{
    primitives::<T>(cells, |json| json.parse().ok(), bad)
}

/// The field of every object. Of one name that stands twice the last counts.
fn struct_columns(
    objects: &[Cell<'_>],
    fields: &Fields,
    bad: &mut [bool],
) -> Result<Vec<ArrayRef>, ArrowError> {
    let places: HashMap<_, _> = fields
        .iter()
        .map(|field| field.name().as_str())
        .zip(0..)
        .collect();
    let mut columns: Vec<Vec<Cell<'_>>> = vec![vec![None; objects.len()]; fields.len()];
    for (at, object) in objects.iter().enumerate() {
        let Some(object) = object else { continue };
        for (name, json) in entries(object.json) {
            let column = places
                .get(&*name)
                .and_then(|place: &usize| columns.get_mut(*place));
            if let Some(cell) = column.and_then(|column| column.get_mut(at)) {
                *cell = object.within(json);
            }
        }
    }
    let columns = columns.iter().zip(fields);
    columns
        .map(|(cells, field)| column(cells, field.data_type(), bad))
        .collect()
}

fn struct_array(
    fields: &Fields,
    columns: Vec<ArrayRef>,
    given: &[bool],
) -> Result<ArrayRef, ArrowError> {
    let nulls = NullBuffer::from(given);
    let array = StructArray::try_new_with_length(fields.clone(), columns, Some(nulls), given.len());
    Ok(Arc::new(array?))
}

/// `lone`: an object is a list of one.
fn list(
    cells: &[Cell<'_>],
    item: &FieldRef,
    lone: bool,
    bad: &mut [bool],
) -> Result<ArrayRef, ArrowError> {
    let mut items = Vec::new();
    let mut lists = Runs::default();
    for cell in cells {
        let list = match cell {
            Some(object) if lone && object.begins_with(b'{') => Some(vec![*cell]),
            _ => kept(*cell, b'[', bad).map(|list| {
                let elements = elements(list.json).into_iter();
                elements.map(|json| list.within(json)).collect()
            }),
        };
        lists.push(list.as_ref().map(Vec::len));
        items.extend(list.into_iter().flatten());
    }
    let (offsets, nulls) = lists.finish();
    let items = column(&items, item.data_type(), bad)?;
    let list = ListArray::try_new(Arc::clone(item), offsets, items, nulls)?;
    Ok(Arc::new(list))
}

fn map(cells: &[Cell<'_>], field: &FieldRef, bad: &mut [bool]) -> Result<ArrayRef, ArrowError> {
    let DataType::Struct(entry) = field.data_type() else {
        return Err(ArrowError::SchemaError("a map without entries".to_owned()));
    };
    let [_, value] = entry.as_ref() else {
        return Err(ArrowError::SchemaError("a map without values".to_owned()));
    };
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    let mut maps = Runs::default();
    for cell in cells {
        let map = kept(*cell, b'{', bad).map(|map| (map, entries(map.json)));
        maps.push(map.as_ref().map(|(_, entries)| entries.len()));
        for (map, (key, json)) in map
            .iter()
            .flat_map(|(map, entries)| entries.iter().map(move |entry| (map, entry)))
        {
            keys.push(key.clone());
            values.push(map.within(json));
        }
    }
    let (offsets, nulls) = maps.finish();
    let keys: ArrayRef = Arc::new(StringArray::from_iter_values(keys));
    let values = column(&values, value.data_type(), bad)?;
    let entries = StructArray::try_new(entry.clone(), vec![keys, values], None)?;
    let map = MapArray::try_new(Arc::clone(field), offsets, entries, nulls, false)?;
    Ok(Arc::new(map))
}

/// How long each list is, and which there are.
#[derive(Default)]
struct Runs {
    lengths: Vec<usize>,
    given: Vec<bool>,
}

impl Runs {
    fn push(&mut self, length: Option<usize>) {
        self.lengths.push(length.unwrap_or(0));
        self.given.push(length.is_some());
    }

    fn finish(self) -> (OffsetBuffer<i32>, Option<NullBuffer>) {
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        (offsets, Some(NullBuffer::from(self.given)))
    }
}

/// The piece, if it begins as it should; else its row is marked.
fn kept<'a>(cell: Cell<'a>, first: u8, bad: &mut [bool]) -> Cell<'a> {
    let piece = cell?;
    let fits = piece.begins_with(first);
    mark(piece, !fits, bad);
    fits.then_some(piece)
}

fn mark(piece: Piece<'_>, is_bad: bool, bad: &mut [bool]) {
    if let Some(row) = bad.get_mut(piece.row) {
        *row |= is_bad;
    }
}

fn elements(list: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(list.get()).unwrap_or_default()
}

fn entries(object: &RawValue) -> Vec<(Cow<'_, str>, &RawValue)> {
    let entries: Result<Entries<'_>, _> = serde_json::from_str(object.get());
    entries.map(|entries| entries.0).unwrap_or_default()
}

/// What an object holds, in its order.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// A name within the text, unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            entries.push((name, value));
        }
        Ok(Entries(entries))
    }
}
