use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use super::*;

fn schema(columns: &[(&str, DataType)]) -> Schema {
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, of)| Field::new(*name, of.clone(), true))
        .collect();
    Schema::new(fields)
}

fn to_topic() -> WriteOptions {
    WriteOptions::new().topic("t")
}

fn resolve(columns: &[(&str, DataType)], options: &WriteOptions) -> Result<RecordLayout, String> {
    RecordLayout::resolve(&schema(columns), options).map_err(|error| error.to_string())
}

fn dictionary(values: DataType) -> DataType {
    DataType::Dictionary(Box::new(DataType::Int8), Box::new(values))
}

fn header(name: DataType, value: DataType) -> Arc<Field> {
    let fields = vec![
        Field::new("key", name, true),
        Field::new("value", value, true),
    ];
    Arc::new(Field::new(
        "item",
        DataType::Struct(Fields::from(fields)),
        true,
    ))
}

#[test]
fn a_frame_without_a_value_column_is_refused_in_sparks_words() {
    let error = resolve(&[("key", DataType::Utf8)], &to_topic()).unwrap_err();
    assert_eq!(error, "Required attribute 'value' not found");
}

#[test]
fn names_are_case_sensitive_and_the_error_says_so() {
    let columns = [("VALUE", DataType::Utf8), ("Key", DataType::Utf8)];
    let error = resolve(&columns, &to_topic()).unwrap_err();
    let expected = "Required attribute 'value' not found: names are case-sensitive, found 'VALUE'";
    assert_eq!(error, expected);
}

#[test]
fn a_frame_without_a_topic_is_refused_in_the_words_of_the_page_and_of_spark() {
    let error = resolve(&[("value", DataType::Utf8)], &WriteOptions::new()).unwrap_err();
    assert_eq!(
        error,
        "Topic option or topic column must be specified for Kafka writes: topic option required \
         when no 'topic' attribute is present. Use the topic option for setting a topic."
    );
}

#[test]
fn types_that_kafka_cannot_take_are_refused_as_spark_refuses_them() {
    use DataType as T;
    let a_struct = T::Struct(Fields::from(vec![Field::new("a", T::Int32, true)]));
    let headers = "headers must be a(n) array<struct<key:string,value:binary>>";
    let cases = [
        (
            "partition",
            T::Int64,
            "bigint. partition must be a(n) int: CAST(partition AS INT) makes it one",
        ),
        ("topic", T::Binary, "binary. topic must be a(n) string"),
        (
            "topic",
            T::Int32,
            "int. topic must be a(n) string: CAST(topic AS STRING) makes it one",
        ),
        (
            "value",
            T::Int32,
            "int. value must be a(n) string or binary: CAST(value AS STRING) makes it one",
        ),
        (
            "value",
            a_struct,
            "struct<a:int>. value must be a(n) string or binary: to_json(value) makes it one",
        ),
        (
            "key",
            T::Int32,
            "int. key must be a(n) string or binary: CAST(key AS STRING) makes it one",
        ),
        (
            "key",
            dictionary(T::Int64),
            "bigint. key must be a(n) string or binary: CAST(key AS STRING) makes it one",
        ),
        (
            "headers",
            T::List(header(T::Utf8, T::Utf8)),
            &format!("array<struct<key:string,value:string>>. {headers}"),
        ),
        ("headers", T::Utf8, &format!("string. {headers}")),
    ];
    for (column, of, expected) in cases {
        let mut columns = vec![("topic", T::Utf8), ("value", T::Utf8)];
        columns.retain(|(name, _)| *name != column);
        columns.push((column, of));
        let error = resolve(&columns, &WriteOptions::new()).unwrap_err();
        assert_eq!(
            error,
            format!("{column} attribute unsupported type {expected}")
        );
    }
}

#[test]
fn every_physical_form_of_text_and_bytes_is_accepted() {
    use DataType as T;
    let texts = [
        T::Utf8,
        T::LargeUtf8,
        T::Utf8View,
        dictionary(T::Utf8View),
        T::Null,
    ];
    let bytes = [
        T::Binary,
        T::LargeBinary,
        T::BinaryView,
        T::FixedSizeBinary(3),
    ];
    for of in texts
        .iter()
        .chain(&bytes)
        .chain([&dictionary(T::FixedSizeBinary(3))])
    {
        let columns = [("key", of.clone()), ("value", of.clone())];
        assert!(resolve(&columns, &to_topic()).is_ok(), "{of}");
    }
    for of in texts {
        let columns = [("topic", of.clone()), ("value", T::Utf8)];
        assert!(resolve(&columns, &WriteOptions::new()).is_ok(), "{of}");
    }
}

#[test]
fn every_kind_of_list_is_accepted_for_headers() {
    use DataType as T;
    let item = header(dictionary(T::Utf8), T::BinaryView);
    let lists = [
        T::List(item.clone()),
        T::LargeList(item.clone()),
        T::ListView(item.clone()),
        T::LargeListView(item.clone()),
        T::FixedSizeList(item, 2),
        T::Null,
    ];
    for of in lists {
        let columns = [("value", T::Utf8), ("headers", of.clone())];
        assert!(resolve(&columns, &to_topic()).is_ok(), "{of}");
    }
}

#[test]
fn the_topic_option_wins_and_the_column_is_not_looked_at() {
    let columns = [("topic", DataType::Int32), ("value", DataType::Utf8)];
    let layout = resolve(&columns, &WriteOptions::new().topic(" t ")).unwrap();
    assert_eq!(layout.topic(), &TopicRoute::Fixed("t".into()));
    assert_eq!(layout.ignored_columns(), ["topic"]);
}

#[test]
fn of_two_columns_with_one_name_the_first_counts() {
    let columns = [
        ("value", DataType::Utf8),
        ("value", DataType::Int32),
        ("x", DataType::Int8),
    ];
    let layout = resolve(&columns, &to_topic()).unwrap();
    assert_eq!(layout.used_columns(), ["value"]);
    assert_eq!(layout.ignored_columns(), ["value", "x"]);
}

#[test]
fn a_timestamp_is_written_only_if_that_is_asked_for() {
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("Asia/Tokyo".into()));
    let columns = [("timestamp", time), ("value", DataType::Utf8)];
    let without = resolve(&columns, &to_topic()).unwrap();
    assert_eq!(without.ignored_columns(), ["timestamp"]);
    let with = resolve(&columns, &to_topic().include_timestamp(true)).unwrap();
    assert_eq!(with.used_columns(), ["value", "timestamp"]);
    let columns = [("timestamp", DataType::Int64), ("value", DataType::Utf8)];
    let error = resolve(&columns, &to_topic().include_timestamp(true)).unwrap_err();
    let expected = "timestamp attribute unsupported type bigint. timestamp must be a(n) timestamp";
    assert_eq!(error, expected);
}

#[test]
fn a_batch_of_another_schema_is_refused() {
    let layout = resolve(
        &[("key", DataType::Utf8), ("value", DataType::Utf8)],
        &to_topic(),
    );
    let other = schema(&[("value", DataType::Utf8)]);
    let error = layout
        .unwrap()
        .columns(&RecordBatch::new_empty(Arc::new(other)))
        .unwrap_err();
    let changed = SchemaError::Changed {
        index: 0,
        actual: "'value'".into(),
        expected: "key",
    };
    assert_eq!(error, changed);
}

#[test]
fn one_column_is_found_as_all_of_them_are() {
    let find = |columns: &[(&str, DataType)], attribute| {
        RecordLayout::find(&schema(columns), attribute).map_err(|error| error.to_string())
    };
    let columns = [
        ("Value", DataType::Int32),
        ("value", DataType::Utf8),
        ("value", DataType::Int32),
        ("partition", DataType::Int64),
        ("timestamp", DataType::Timestamp(TimeUnit::Second, None)),
    ];
    assert_eq!(find(&columns, Attribute::Value), Ok(Some(1)));
    assert_eq!(find(&columns, Attribute::Timestamp), Ok(Some(4)));
    for absent in [Attribute::Topic, Attribute::Key, Attribute::Headers] {
        assert_eq!(find(&columns, absent), Ok(None));
    }
    let wrong = find(&columns, Attribute::Partition).unwrap_err();
    assert_eq!(
        wrong,
        "partition attribute unsupported type bigint. partition must be a(n) int: CAST(partition AS INT) makes it one"
    );
    let missing = find(&columns[..1], Attribute::Value).unwrap_err();
    assert!(missing.ends_with("found 'Value'"), "{missing}");
}
