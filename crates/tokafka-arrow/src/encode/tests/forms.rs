//! Every physical form gives the records of its plain form.

use super::*;

/// A row with keys of one length, so that every form can hold them.
#[derive(Debug, Clone)]
struct Row {
    topic: String,
    key: Option<String>,
    value: Option<String>,
    partition: Option<i32>,
    headers: Option<Vec<(String, Option<Vec<u8>>)>>,
}

fn row(headers: impl Into<proptest::sample::SizeRange>) -> impl Strategy<Value = Row> {
    let header = (
        "[a-c]{1,2}",
        prop::option::of(prop::collection::vec(any::<u8>(), 0..3)),
    );
    let headers = prop::option::of(prop::collection::vec(header, headers));
    let topic = "[xy]";
    (
        topic,
        prop::option::of("[a-z]{4}"),
        prop::option::of(".{0,20}"),
        prop::option::of(0..4),
        headers,
    )
        .prop_map(|(topic, key, value, partition, headers)| Row {
            topic,
            key,
            value,
            partition,
            headers,
        })
}

fn plain(rows: &[Row]) -> RecordBatch {
    let text = |of: fn(&Row) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let partitions: Int32Array = rows.iter().map(|row| row.partition).collect();
    batch(vec![
        ("topic", text(|row| Some(&row.topic))),
        ("key", text(|row| row.key.as_deref())),
        ("value", text(|row| row.value.as_deref())),
        ("partition", Arc::new(partitions)),
        (
            "headers",
            headers(rows.iter().map(|row| row.headers.as_deref())),
        ),
    ])
}

type HeaderList<'a> = Option<&'a [(String, Option<Vec<u8>>)]>;

fn headers<'a>(rows: impl Iterator<Item = HeaderList<'a>>) -> ArrayRef {
    let fields = vec![
        Field::new("a", DataType::Utf8, true),
        Field::new("b", DataType::Binary, true),
    ];
    let mut lists = ListBuilder::new(StructBuilder::from_fields(fields, 0));
    for row in rows {
        for (name, value) in row.unwrap_or_default() {
            let pair = lists.values();
            pair.field_builder::<StringBuilder>(0)
                .unwrap()
                .append_value(name);
            pair.field_builder::<BinaryBuilder>(1)
                .unwrap()
                .append_option(value.as_deref());
            pair.append(true);
        }
        lists.append(row.is_some());
    }
    Arc::new(lists.finish())
}

/// What the rows must be read back as, without looking at any Arrow array.
fn expected(rows: &[Row]) -> Vec<Read> {
    let mut topics: Vec<&str> = Vec::new();
    let mut expected: Vec<_> = rows
        .iter()
        .map(|row| {
            let known = topics.iter().position(|topic| *topic == row.topic);
            let topic = known.unwrap_or_else(|| {
                topics.push(&row.topic);
                topics.len() - 1
            });
            let keyed = || {
                row.key
                    .as_ref()
                    .map(|key| Spread::over(4).partition(key.as_bytes()))
            };
            Read {
                topic,
                partition: row
                    .partition
                    .map(|at| at as u32)
                    .or_else(keyed)
                    .unwrap_or(0),
                timestamp: NOW,
                key: row.key.clone().map(String::into_bytes),
                value: row.value.clone().map(String::into_bytes),
                headers: row.headers.clone().unwrap_or_default(),
            }
        })
        .collect();
    expected.sort_by_key(|read| (read.topic, read.partition));
    expected
}

/// By topic and partition; within one, in the order written.
fn by_lane(mut records: Vec<Read>) -> Vec<Read> {
    records.sort_by_key(|read| (read.topic, read.partition));
    records
}

fn dictionary(keys: DataType, values: DataType) -> DataType {
    DataType::Dictionary(Box::new(keys), Box::new(values))
}

fn text_forms() -> Vec<DataType> {
    use DataType as T;
    let plain = [T::Utf8, T::LargeUtf8, T::Utf8View];
    let keys = [
        T::Int8,
        T::Int16,
        T::Int32,
        T::Int64,
        T::UInt8,
        T::UInt16,
        T::UInt32,
        T::UInt64,
    ];
    let mut forms = plain.to_vec();
    forms.extend(keys.map(|key| dictionary(key, T::Utf8)));
    forms.push(dictionary(T::Int32, T::LargeUtf8));
    forms.push(dictionary(T::Int32, T::Utf8View));
    forms
}

fn byte_forms() -> Vec<DataType> {
    use DataType as T;
    let plain = [T::Binary, T::LargeBinary, T::BinaryView];
    plain
        .iter()
        .cloned()
        .chain([dictionary(T::Int16, T::Binary)])
        .collect()
}

fn list_forms(item: &FieldRef) -> Vec<DataType> {
    use DataType as T;
    vec![
        T::List(item.clone()),
        T::LargeList(item.clone()),
        T::ListView(item.clone()),
        T::LargeListView(item.clone()),
    ]
}

fn header_item(name: DataType, value: DataType) -> FieldRef {
    let fields = vec![Field::new("n", name, true), Field::new("v", value, true)];
    Arc::new(Field::new(
        "element",
        DataType::Struct(Fields::from(fields)),
        true,
    ))
}

fn with_form(batch: &RecordBatch, column: &str, form: &DataType) -> RecordBatch {
    let schema = batch.schema();
    let columns = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, array)| {
            let array = if field.name() == column {
                reform(array, form)
            } else {
                array.clone()
            };
            (field.name().clone(), array, true)
        });
    RecordBatch::try_from_iter_with_nullable(columns.collect::<Vec<_>>()).unwrap()
}

/// The same values in another physical form.
fn reform(array: &ArrayRef, form: &DataType) -> ArrayRef {
    match form {
        DataType::FixedSizeBinary(_) => {
            cast(&cast(array, &DataType::Binary).unwrap(), form).unwrap()
        }
        DataType::Dictionary(keys, values) => {
            let values = reform(array, values);
            cast(
                &values,
                &dictionary(keys.as_ref().clone(), values.data_type().clone()),
            )
            .unwrap()
        }
        _ => cast(array, form).unwrap(),
    }
}

fn assert_form(rows: &[Row], column: &str, form: &DataType) {
    let whole = with_form(&plain(rows), column, form);
    let sliced = whole.slice(1, rows.len() - 2);
    let records = written(&sliced, &WriteOptions::new()).unwrap();
    assert_eq!(
        by_lane(records),
        expected(&rows[1..rows.len() - 1]),
        "{column} as {form}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_form_of_text_and_bytes_gives_the_records_of_its_plain_form(
        rows in prop::collection::vec(row(0..3), 2..40),
    ) {
        for form in text_forms() {
            assert_form(&rows, "topic", &form);
        }
        for form in text_forms().into_iter().chain(byte_forms()) {
            assert_form(&rows, "value", &form);
            assert_form(&rows, "key", &form);
        }
        assert_form(&rows, "key", &DataType::FixedSizeBinary(4));
    }

    #[test]
    fn every_kind_of_list_gives_the_headers_of_its_plain_form(
        rows in prop::collection::vec(row(0..4), 2..40),
    ) {
        use DataType as T;
        let names = [T::Utf8, T::Utf8View, dictionary(T::Int8, T::Utf8)];
        let values = [T::Binary, T::BinaryView, dictionary(T::Int64, T::LargeBinary)];
        for (name, value) in names.into_iter().zip(values) {
            for form in list_forms(&header_item(name, value)) {
                assert_form(&rows, "headers", &form);
            }
        }
    }

    #[test]
    fn lists_of_one_fixed_length_give_the_headers_of_their_plain_form(
        mut rows in prop::collection::vec(row(2), 2..40),
    ) {
        rows.retain(|row| row.headers.is_some());
        if rows.len() >= 2 {
            let item = header_item(DataType::Utf8, DataType::Binary);
            assert_form(&rows, "headers", &DataType::FixedSizeList(item, 2));
        }
    }
}

#[test]
fn columns_of_the_null_type_are_columns_of_nulls() {
    let nulls = || -> ArrayRef { Arc::new(NullArray::new(2)) };
    let columns = ["key", "value", "partition", "headers", "timestamp"];
    let batch = batch(columns.iter().map(|name| (*name, nulls())).collect());
    let records = written(&batch, &to_topic().include_timestamp(true)).unwrap();
    let record = Read {
        topic: 0,
        partition: 0,
        timestamp: NOW,
        key: None,
        value: None,
        headers: Vec::new(),
    };
    assert_eq!(records, [record.clone(), record]);
}

#[test]
fn an_empty_batch_and_a_dictionary_without_values_write_nothing_wrong() {
    let empty = batch(vec![("value", text::<&str>([]))]);
    assert_eq!(written(&empty, &to_topic()).unwrap(), []);
    let none: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>, None]));
    let form = dictionary(DataType::Int8, DataType::Utf8);
    let nulls = batch(vec![("value", cast(&none, &form).unwrap())]);
    let values: Vec<_> = written(&nulls, &to_topic()).unwrap();
    assert!(values.len() == 2 && values.iter().all(|record| record.value.is_none()));
}

// What becomes of rows.

#[test]
fn timestamps_are_rounded_down_to_milliseconds_and_null_means_now() {
    let times = TimestampMicrosecondArray::from(vec![Some(1_999), None, Some(5_000)]);
    let batch = batch(vec![
        ("value", text(["a", "b", "c"])),
        ("timestamp", Arc::new(times)),
    ]);
    let records = written(&batch, &to_topic().include_timestamp(true)).unwrap();
    let times: Vec<_> = records.iter().map(|record| record.timestamp).collect();
    assert_eq!(times, [1, NOW, 5]);
    let records = written(&batch, &to_topic()).unwrap();
    assert!(records.iter().all(|record| record.timestamp == NOW));
}

#[test]
fn rows_beyond_one_chunk_keep_their_own_headers() {
    let rows = 3 * CHUNK;
    let header = |row| vec![(format!("h{row}"), None)];
    let first = |row: usize| {
        if row.is_multiple_of(CHUNK) {
            header(row)
        } else {
            Vec::new()
        }
    };
    let lists: Vec<_> = (0..rows).map(first).collect();
    let values: ArrayRef = Arc::new(StringArray::from(vec!["v"; rows]));
    let headers = headers(lists.iter().map(|list| Some(list.as_slice())));
    let batch = batch(vec![("value", values), ("headers", headers)]);
    let shape = TopicShape {
        partitions: 1,
        ..SHAPE
    };
    let mut recorder = Recorder::with(&batch.schema(), &to_topic(), LIMITS, shape);
    recorder.write(&batch).unwrap();
    let written: Vec<_> = recorder
        .records()
        .into_iter()
        .map(|record| record.headers)
        .collect();
    assert_eq!(written, lists);
}

#[test]
fn what_a_list_holds_beneath_a_null_is_no_header() {
    let lists = [
        vec![("hidden".to_string(), None)],
        vec![("h".to_string(), None)],
    ];
    let shown = headers(lists.iter().map(|list| Some(list.as_slice())));
    let (field, offsets, pairs, _) = shown.as_list::<i32>().clone().into_parts();
    let nulls = Some(NullBuffer::from(vec![false, true]));
    let headers: ArrayRef = Arc::new(ListArray::new(field, offsets, pairs, nulls));
    let batch = batch(vec![("value", text(["a", "b"])), ("headers", headers)]);
    let records = written(&batch, &to_topic()).unwrap();
    let written: Vec<_> = records.into_iter().map(|record| record.headers).collect();
    assert_eq!(written, [Vec::new(), vec![("h".to_string(), None)]]);
}

#[test]
fn equal_headers_are_repeated_and_different_ones_of_the_same_number_are_not() {
    let one = vec![("a".to_string(), Some(b"1".to_vec()))];
    let other = vec![("a".to_string(), Some(b"2".to_vec()))];
    let lists = [one.clone(), one, other, Vec::new()];
    let headers = headers(lists.iter().map(|list| Some(list.as_slice())));
    let batch = batch(vec![
        ("value", text(["a", "b", "c", "d"])),
        ("headers", headers),
    ]);
    let records = written(&batch, &to_topic()).unwrap();
    let written: Vec<_> = records.into_iter().map(|record| record.headers).collect();
    assert_eq!(written, lists);
}

#[test]
fn constant_headers_are_those_of_every_row_and_one_different_row_keeps_its_own() {
    let pair = |value: &str| (value.to_string(), Some(value.as_bytes().to_vec()));
    let same = vec![pair("a"), pair("b")];
    let last = vec![pair("a"), pair("c")];
    for end in [&same, &last] {
        let lists = [&same, &same, &same, end].map(Clone::clone);
        let headers = headers(lists.iter().map(|list| Some(list.as_slice())));
        let values = text(["a", "b", "c", "d"]);
        let batch = batch(vec![("value", values), ("headers", headers)]).slice(1, 3);
        let records = written(&batch, &to_topic()).unwrap();
        let written: Vec<_> = records.into_iter().map(|record| record.headers).collect();
        assert_eq!(written, lists[1..]);
    }
}
