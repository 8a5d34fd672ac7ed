//! What is refused, and in whose words.

use super::*;

fn refused(columns: Vec<(&str, ArrayRef)>, options: &WriteOptions) -> String {
    let batch = batch(columns);
    let mut recorder = Recorder::new(&batch.schema(), options);
    let error = recorder.write(&batch).unwrap_err();
    assert_eq!(recorder.records(), []);
    error.to_string()
}

#[test]
fn a_null_topic_is_refused_in_sparks_words() {
    let columns = vec![
        ("topic", text([Some("t"), None])),
        ("value", text(["a", "b"])),
    ];
    let error = refused(columns, &WriteOptions::new());
    let expected = "row 2, column topic: The Kafka message data sent to the producer contains a \
                    null topic. Use the `topic` option for setting a default topic.";
    assert_eq!(error, expected);
}

#[test]
fn a_negative_partition_is_refused_in_kafkas_words() {
    let partitions: ArrayRef = Arc::new(Int32Array::from(vec![None, Some(-1)]));
    let error = refused(
        vec![("value", text(["a", "b"])), ("partition", partitions)],
        &to_topic(),
    );
    let expected = "row 2, column partition: Invalid partition: -1. Partition number should always \
                    be non-negative or null.";
    assert_eq!(error, expected);
}

#[test]
fn a_header_without_a_name_is_refused_and_so_is_a_null_header() {
    let names: [fn(&mut StructBuilder); 2] = [
        |pair| {
            pair.field_builder::<StringBuilder>(0)
                .unwrap()
                .append_null();
            pair.append(true);
        },
        |pair| {
            pair.field_builder::<StringBuilder>(0)
                .unwrap()
                .append_value("hidden");
            pair.append(false);
        },
    ];
    for append in names {
        let fields = vec![
            Field::new("a", DataType::Utf8, true),
            Field::new("b", DataType::Binary, true),
        ];
        let mut lists = ListBuilder::new(StructBuilder::from_fields(fields, 0));
        lists.append(false);
        lists
            .values()
            .field_builder::<StringBuilder>(0)
            .unwrap()
            .append_value("fine");
        lists
            .values()
            .field_builder::<BinaryBuilder>(1)
            .unwrap()
            .append_null();
        lists.values().append(true);
        lists
            .values()
            .field_builder::<BinaryBuilder>(1)
            .unwrap()
            .append_null();
        append(lists.values());
        lists.append(true);
        let headers: ArrayRef = Arc::new(lists.finish());
        let error = refused(
            vec![("value", text(["a", "b"])), ("headers", headers)],
            &to_topic(),
        );
        let expected = "row 2, column headers: header 2 has no name; name it or leave it out";
        assert_eq!(error, expected);
    }
}

#[test]
fn a_timestamp_before_1970_is_refused_in_kafkas_words() {
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![0, -1]));
    let columns = vec![("value", text(["a", "b"])), ("timestamp", times)];
    let error = refused(columns, &to_topic().include_timestamp(true));
    let expected = "row 2, column timestamp: Invalid timestamp: -1. Timestamp should always be \
                    non-negative or null, and fit in milliseconds since 1970.";
    assert_eq!(error, expected);
}

#[test]
fn a_partition_that_a_topic_does_not_have_is_refused_with_the_count_there_is() {
    let partitions: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(2)]));
    let batch = batch(vec![
        ("topic", text(["a", "b", "b"])),
        ("value", text(["1", "2", "3"])),
        ("partition", partitions),
    ]);
    let layout = RecordLayout::resolve(&batch.schema(), &WriteOptions::new()).unwrap();
    let columns = layout.columns(&batch).unwrap();
    let runs = TopicNames::default().route(columns.topic.as_ref(), batch.num_rows());
    let count = |topic: usize| {
        Some(check::PartitionCount {
            name: ["a", "b"][topic].into(),
            count: 2,
        })
    };
    let error = check::check_partition_counts(&columns, &runs, 101, count).unwrap_err();
    let expected = "row 103, column partition: Partition 2 of topic b with partition count 2 is not \
                    present: use 0 to 1, or null to let the key decide";
    assert_eq!(error.to_string(), expected);
}
