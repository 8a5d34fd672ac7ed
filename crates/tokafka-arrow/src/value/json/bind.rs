//! From Arrow's types to kernels: the one place that knows which types JSON can hold.

use arrow::{
    array::{Array, AsArray, ListLikeArray},
    datatypes::{
        DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
        Decimal256Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
        DurationSecondType, FieldRef, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
        Int32Type, Int64Type, IntervalUnit, TimeUnit, TimestampMicrosecondType,
        TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
        UInt16Type, UInt32Type, UInt64Type,
    },
};

use super::{
    JsonOptions, decimal, float,
    kernel::{Frame, Kernel},
    nested::{Dictionary, List, Map, Part, Struct},
    pattern::Pattern,
    scalar,
    zone::Zone,
};
use crate::{error::SchemaError, spark_type::spark_type};

/// Types may be nested this deep, as Jackson's parsers take them.
const DEPTH_LIMIT: usize = 1_000;
const MILLIS_PER_DAY: i64 = 86_400_000;

type Boxed = Box<dyn Kernel>;
type Result<T> = std::result::Result<T, SchemaError>;

/// Chooses kernels, and knows where in the column it is.
#[derive(Debug)]
pub(super) struct Binder<'a> {
    options: &'a JsonOptions,
    path: Vec<&'a str>,
    depth: usize,
}

impl<'a> Binder<'a> {
    /// A binder for a column.
    pub(super) fn new(options: &'a JsonOptions) -> Self {
        Self {
            options,
            path: Vec::new(),
            depth: 0,
        }
    }

    /// The kernel of a type of any kind.
    pub(super) fn kernel(&mut self, data_type: &'a DataType) -> Result<Boxed> {
        match data_type {
            DataType::Struct(fields) => Ok(Box::new(self.structure(fields)?)),
            DataType::List(item) => self.list(item, |array| array.as_list::<i32>()),
            DataType::LargeList(item) => self.list(item, |array| array.as_list::<i64>()),
            DataType::ListView(item) => self.list(item, |array| array.as_list_view::<i32>()),
            DataType::LargeListView(item) => self.list(item, |array| array.as_list_view::<i64>()),
            DataType::FixedSizeList(item, _) => self.list(item, |array| array.as_fixed_size_list()),
            DataType::Map(entries, _) => self.map(entries),
            DataType::Dictionary(_, values) => Ok(Box::new(Dictionary(self.kernel(values)?))),
            other => self.plain(other),
        }
    }

    /// The kernel of a struct.
    pub(super) fn structure(&mut self, fields: &'a [FieldRef]) -> Result<Struct> {
        self.enter()?;
        let parts: Result<Vec<_>> = fields.iter().map(|field| self.field(field)).collect();
        self.depth -= 1;
        parts.map(Struct)
    }

    fn field(&mut self, field: &'a FieldRef) -> Result<(String, Part)> {
        self.path.push(field.name());
        let kernel = self.kernel(field.data_type())?;
        self.path.pop();
        let frame = Frame::field(field.name(), self.options.null_fields);
        Ok((field.name().clone(), Part { kernel, frame }))
    }

    /// Goes one bracket deeper.
    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth <= DEPTH_LIMIT {
            return Ok(());
        }
        Err(SchemaError::JsonTooDeep {
            column: self.path.first().copied().unwrap_or_default().into(),
            limit: DEPTH_LIMIT,
        })
    }

    fn list(
        &mut self,
        item: &'a FieldRef,
        view: for<'b> fn(&'b dyn Array) -> &'b dyn ListLikeArray,
    ) -> Result<Boxed> {
        self.enter()?;
        let element = Part {
            kernel: self.kernel(item.data_type())?,
            frame: Frame::element(),
        };
        self.depth -= 1;
        Ok(Box::new(List { element, view }))
    }

    fn map(&mut self, entries: &'a FieldRef) -> Result<Boxed> {
        let DataType::Struct(fields) = entries.data_type() else {
            return Err(self.refusal(entries.data_type()));
        };
        let [key, value] = fields.as_ref() else {
            return Err(self.refusal(entries.data_type()));
        };
        let part = |kernel| Part {
            kernel,
            frame: Frame::element(),
        };
        self.enter()?;
        let map = Map {
            key: part(self.key(key.data_type())?),
            value: part(self.kernel(value.data_type())?),
        };
        self.depth -= 1;
        Ok(Box::new(map))
    }

    /// The kernel of a map's keys: the text of what Spark has for the key inside.
    fn key(&self, data_type: &'a DataType) -> Result<Boxed> {
        match data_type {
            DataType::Date32 => Ok(scalar::integer::<Date32Type>()),
            DataType::Date64 => Ok(scalar::primitive::<Date64Type>(|millis, out| {
                scalar::put_integer(millis.div_euclid(MILLIS_PER_DAY), out);
            })),
            DataType::Timestamp(unit, _) => Ok(timestamp_key(*unit)),
            DataType::Dictionary(_, values) => Ok(Box::new(Dictionary(self.key(values)?))),
            other => self.key_text(other),
        }
    }

    fn key_text(&self, data_type: &'a DataType) -> Result<Boxed> {
        let kernel = match data_type {
            DataType::Boolean => Some(scalar::boolean()),
            other => number(other).or_else(|| text(other)),
        };
        kernel.ok_or_else(|| SchemaError::JsonMapKey {
            column: self.path.join("."),
            actual: spark_type(data_type),
        })
    }

    fn plain(&self, data_type: &DataType) -> Result<Boxed> {
        let kernel = number(data_type)
            .or_else(|| text(data_type))
            .or_else(|| self.time(data_type))
            .or_else(|| other(data_type));
        kernel.ok_or_else(|| self.refusal(data_type))
    }

    fn time(&self, data_type: &DataType) -> Option<Boxed> {
        let options = self.options;
        Some(match data_type {
            DataType::Date32 => scalar::date::<Date32Type>(&options.date, i64::from),
            DataType::Date64 => {
                scalar::date::<Date64Type>(&options.date, |ms| ms.div_euclid(MILLIS_PER_DAY))
            }
            DataType::Timestamp(unit, None) => {
                timestamp(*unit, &options.timestamp_ntz, &Zone::utc())
            }
            DataType::Timestamp(unit, Some(_)) => {
                timestamp(*unit, &options.timestamp, &options.zone)
            }
            _ => return None,
        })
    }

    fn refusal(&self, data_type: &DataType) -> SchemaError {
        SchemaError::JsonType {
            column: self.path.join("."),
            actual: spark_type(data_type),
        }
    }
}

fn number(data_type: &DataType) -> Option<Boxed> {
    Some(match *data_type {
        DataType::Int8 => scalar::integer::<Int8Type>(),
        DataType::Int16 => scalar::integer::<Int16Type>(),
        DataType::Int32 => scalar::integer::<Int32Type>(),
        DataType::Int64 => scalar::integer::<Int64Type>(),
        DataType::UInt8 => scalar::integer::<UInt8Type>(),
        DataType::UInt16 => scalar::integer::<UInt16Type>(),
        DataType::UInt32 => scalar::integer::<UInt32Type>(),
        DataType::UInt64 => scalar::integer::<UInt64Type>(),
        DataType::Float16 => {
            scalar::primitive::<Float16Type>(|number, out| float::put_f32(number.to_f32(), out))
        }
        DataType::Float32 => scalar::primitive::<Float32Type>(float::put_f32),
        DataType::Float64 => scalar::primitive::<Float64Type>(float::put_f64),
        DataType::Decimal32(_, scale) => scalar::primitive::<Decimal32Type>(move |number, out| {
            decimal::put(number.into(), scale, out);
        }),
        DataType::Decimal64(_, scale) => scalar::primitive::<Decimal64Type>(move |number, out| {
            decimal::put(number.into(), scale, out);
        }),
        DataType::Decimal128(_, scale) => {
            scalar::primitive::<Decimal128Type>(move |number, out| {
                decimal::put(number, scale, out);
            })
        }
        DataType::Decimal256(_, scale) => {
            scalar::primitive::<Decimal256Type>(move |number, out| {
                decimal::put_i256(number, scale, out);
            })
        }
        _ => return None,
    })
}

fn text(data_type: &DataType) -> Option<Boxed> {
    Some(match data_type {
        DataType::Utf8 => scalar::text::<i32>(),
        DataType::LargeUtf8 => scalar::text::<i64>(),
        DataType::Utf8View => scalar::text_view(),
        _ => return None,
    })
}

fn other(data_type: &DataType) -> Option<Boxed> {
    Some(match data_type {
        DataType::Null => scalar::null(),
        DataType::Boolean => scalar::boolean(),
        DataType::Binary => scalar::binary::<i32>(),
        DataType::LargeBinary => scalar::binary::<i64>(),
        DataType::BinaryView => scalar::binary_view(),
        DataType::FixedSizeBinary(_) => scalar::fixed_size_binary(),
        DataType::Interval(IntervalUnit::YearMonth) => scalar::months(),
        DataType::Interval(IntervalUnit::DayTime) => scalar::day_time(),
        DataType::Interval(IntervalUnit::MonthDayNano) => scalar::month_day_nano(),
        DataType::Duration(unit) => duration(*unit),
        _ => return None,
    })
}

fn duration(unit: TimeUnit) -> Boxed {
    match unit {
        TimeUnit::Second => scalar::duration::<DurationSecondType>(unit),
        TimeUnit::Millisecond => scalar::duration::<DurationMillisecondType>(unit),
        TimeUnit::Microsecond => scalar::duration::<DurationMicrosecondType>(unit),
        TimeUnit::Nanosecond => scalar::duration::<DurationNanosecondType>(unit),
    }
}

fn timestamp(unit: TimeUnit, pattern: &Pattern, zone: &Zone) -> Boxed {
    match unit {
        TimeUnit::Second => scalar::timestamp::<TimestampSecondType>(pattern, zone),
        TimeUnit::Millisecond => scalar::timestamp::<TimestampMillisecondType>(pattern, zone),
        TimeUnit::Microsecond => scalar::timestamp::<TimestampMicrosecondType>(pattern, zone),
        TimeUnit::Nanosecond => scalar::timestamp::<TimestampNanosecondType>(pattern, zone),
    }
}

fn timestamp_key(unit: TimeUnit) -> Boxed {
    match unit {
        TimeUnit::Second => scalar::timestamp_number::<TimestampSecondType>(),
        TimeUnit::Millisecond => scalar::timestamp_number::<TimestampMillisecondType>(),
        TimeUnit::Microsecond => scalar::timestamp_number::<TimestampMicrosecondType>(),
        TimeUnit::Nanosecond => scalar::timestamp_number::<TimestampNanosecondType>(),
    }
}
