//! What is in a column and not in its JSON. Columns are looked at, not cells: how many nulls a column has
//! is known, and times are looked at up to the first that is cut.

use arrow::{
    array::{Array, AsArray, ListLikeArray},
    buffer::NullBuffer,
    datatypes::{DataType, TimeUnit},
};

use super::{
    JsonOptions,
    nested::{decoded, elements, entry_values},
    options::NullFields,
};
use crate::value::{Omissions, is_cut};

/// Digits of a second that milliseconds have.
const MILLIS_DIGITS: u8 = 3;

/// Adds what the JSON of a column leaves out.
pub(super) fn look(array: &dyn Array, options: &JsonOptions, found: &mut Omissions) {
    Look { options, found }.at(array, None);
}

struct Look<'a> {
    options: &'a JsonOptions,
    found: &'a mut Omissions,
}

impl Look<'_> {
    /// Looks at the rows that `seen` says; the others are hidden by a null above them.
    fn at(&mut self, array: &dyn Array, seen: Option<&NullBuffer>) {
        match array.data_type() {
            DataType::Struct(_) => {
                let seen = NullBuffer::union(seen, array.nulls());
                for field in array.as_struct().columns() {
                    if self.options.null_fields == NullFields::Ignored {
                        self.found.null_fields += nulls(field, seen.as_ref());
                    }
                    self.at(field, seen.as_ref());
                }
            }
            DataType::Timestamp(_, zone) => {
                let pattern = match zone {
                    Some(_) => &self.options.timestamp,
                    None => &self.options.timestamp_ntz,
                };
                if !self.found.cut_times && pattern.fraction_digits() == MILLIS_DIGITS {
                    self.found.cut_times = is_cut(array, seen);
                }
            }
            DataType::List(item) if self.concerns(item.data_type()) => {
                self.list(array.as_list::<i32>(), seen);
            }
            DataType::LargeList(item) if self.concerns(item.data_type()) => {
                self.list(array.as_list::<i64>(), seen);
            }
            DataType::ListView(item) if self.concerns(item.data_type()) => {
                self.list(array.as_list_view::<i32>(), seen);
            }
            DataType::LargeListView(item) if self.concerns(item.data_type()) => {
                self.list(array.as_list_view::<i64>(), seen);
            }
            DataType::FixedSizeList(item, _) if self.concerns(item.data_type()) => {
                self.list(array.as_fixed_size_list(), seen);
            }
            DataType::Map(entries, _) if self.concerns(entries.data_type()) => {
                let seen = NullBuffer::union(seen, array.nulls());
                let values = entry_values(array.as_map(), seen.as_ref());
                self.at(&values, None);
            }
            DataType::Dictionary(_, values) if self.concerns(values) => {
                self.at(&decoded(array), seen);
            }
            _ => {}
        }
    }

    fn list(&mut self, list: &dyn ListLikeArray, seen: Option<&NullBuffer>) {
        let seen = NullBuffer::union(seen, list.nulls());
        let (elements, _) = elements(list, seen.as_ref());
        self.at(&elements, None);
    }

    /// Whether anything can be left out of a type. Its elements cost a copy, which few types are worth.
    fn concerns(&self, data_type: &DataType) -> bool {
        match data_type {
            DataType::Struct(fields) => {
                self.options.null_fields == NullFields::Ignored
                    || fields.iter().any(|field| self.concerns(field.data_type()))
            }
            DataType::Timestamp(unit, _) => {
                matches!(unit, TimeUnit::Microsecond | TimeUnit::Nanosecond)
            }
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _) => self.concerns(item.data_type()),
            DataType::Dictionary(_, values) => self.concerns(values),
            _ => false,
        }
    }
}

/// How many of the rows that are seen are null.
fn nulls(array: &dyn Array, seen: Option<&NullBuffer>) -> u64 {
    let Some(nulls) = array.logical_nulls() else {
        return 0;
    };
    let hidden = seen.map_or(0, NullBuffer::null_count);
    let all = NullBuffer::union(seen, Some(&nulls));
    let all = all.map_or(0, |all| all.null_count());
    all.saturating_sub(hidden) as u64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::{
        array::{
            ArrayRef, Int32Array, ListArray, MapArray, StructArray, TimestampMicrosecondArray,
            TimestampMillisecondArray,
        },
        buffer::OffsetBuffer,
        datatypes::{Field, Fields},
    };

    use super::*;

    fn found(column: &dyn Array, options: &JsonOptions) -> (u64, bool) {
        let mut found = Omissions::default();
        look(column, options, &mut found);
        (found.null_fields, found.cut_times)
    }

    /// Rows of `a` and `b`; the last row is null, and what lies beneath is hidden.
    fn pairs() -> StructArray {
        let field = |name| Field::new(name, DataType::Int32, true);
        let a: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, None, None]));
        let b: ArrayRef = Arc::new(Int32Array::from(vec![None, None, Some(1), None]));
        let nulls = NullBuffer::from(vec![true, true, true, false]);
        let fields = Fields::from(vec![field("a"), field("b")]);
        StructArray::new(fields, vec![a, b], Some(nulls))
    }

    #[test]
    fn null_fields_are_counted_where_they_are_left_out() {
        let keep = JsonOptions::new().set("ignoreNullFields", "false").unwrap();
        assert_eq!(found(&pairs(), &JsonOptions::new()), (4, false));
        assert_eq!(found(&pairs(), &keep), (0, false));
    }

    #[test]
    fn what_a_null_hides_is_not_counted_however_deep_it_lies() {
        let inner = pairs();
        let field = Field::new("inner", inner.data_type().clone(), true);
        let hides_first = NullBuffer::from(vec![false, true, true, true]);
        let outer = StructArray::new(
            Fields::from(vec![field]),
            vec![Arc::new(inner)],
            Some(hides_first),
        );
        // Two fields of row 2, one of row 3, and the whole of row 4.
        assert_eq!(found(&outer, &JsonOptions::new()), (4, false));
    }

    #[test]
    fn elements_and_values_of_maps_are_looked_at_where_they_are_seen() {
        let item = Arc::new(Field::new("item", pairs().data_type().clone(), true));
        let offsets = OffsetBuffer::new(vec![0, 1, 4].into());
        let nulls = NullBuffer::from(vec![true, false]);
        let all = |nulls| ListArray::new(item.clone(), offsets.clone(), Arc::new(pairs()), nulls);
        let lists = |nulls| {
            let array: ArrayRef = Arc::new(all(nulls));
            StructArray::try_from(vec![("list", array)]).unwrap()
        };
        assert_eq!(found(&lists(None), &JsonOptions::new()), (4, false));
        // The null list is a field that is left out; what lies beneath is no element.
        assert_eq!(
            found(&lists(Some(nulls.clone())), &JsonOptions::new()),
            (2, false)
        );

        let keys: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
        let fields = Fields::from(vec![
            Field::new("keys", DataType::Int32, false),
            Field::new("values", pairs().data_type().clone(), true),
        ]);
        let entries = StructArray::new(fields, vec![keys, Arc::new(pairs())], None);
        let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
        let map = MapArray::new(field, offsets, entries, Some(nulls), false);
        assert_eq!(found(&map, &JsonOptions::new()), (1, false));
    }

    #[test]
    fn times_are_cut_where_digits_behind_the_milliseconds_are_seen() {
        let micros = |values: Vec<Option<i64>>| {
            let array: ArrayRef = Arc::new(TimestampMicrosecondArray::from(values));
            StructArray::try_from(vec![("time", array)]).unwrap()
        };
        let defaults = JsonOptions::new();
        assert!(!found(&micros(vec![Some(1_000), None, Some(-7_000)]), &defaults).1);
        assert!(found(&micros(vec![Some(1_000), None, Some(-7_001)]), &defaults).1);
        let finer = "yyyy-MM-dd HH:mm:ss.SSSSSS";
        let finer = JsonOptions::new().set("timestampNTZFormat", finer).unwrap();
        assert!(!found(&micros(vec![Some(1)]), &finer).1);
        let millis: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![1]));
        let millis = StructArray::try_from(vec![("time", millis)]).unwrap();
        assert!(!found(&millis, &defaults).1);
    }
}
