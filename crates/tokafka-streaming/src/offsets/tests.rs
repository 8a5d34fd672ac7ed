use super::SourceOffsets;

fn parsed(text: &str) -> SourceOffsets {
    text.parse().unwrap()
}

fn of(entries: &[(&str, i32, i64)]) -> SourceOffsets {
    let mut offsets = SourceOffsets::default();
    for (topic, partition, offset) in entries {
        offsets.set(topic, *partition, *offset);
    }
    offsets
}

#[test]
fn order_and_spacing_do_not_count() {
    let spaced = parsed("{ \"b\" : {\"1\": 4, \"0\":3},\n \"a\":{\"0\":1} }");
    assert_eq!(spaced, of(&[("a", 0, 1), ("b", 0, 3), ("b", 1, 4)]));
}

#[test]
fn strings_and_decimals_are_offsets() {
    let offsets = parsed(r#"{"t":{"0":"5","1":6.9,"2":-7.9,"3":1.5e3,"4":9007199254740993.5}}"#);
    let expected = [("t", 0, 5), ("t", 1, 6), ("t", 2, -7), ("t", 3, 1500)];
    let mut expected = of(&expected);
    expected.set("t", 4, 9_007_199_254_740_993);
    assert_eq!(offsets, expected);
}

#[test]
fn what_comes_after_the_last_brace_is_ignored() {
    assert_eq!(parsed(r#"{"t":{"0":5}} and more}"#), of(&[("t", 0, 5)]));
}

#[test]
fn a_topic_without_partitions_is_not_there() {
    let offsets = parsed(r#"{"t":{},"u":{"0":5}}"#);
    assert_eq!(offsets, of(&[("u", 0, 5)]));
    assert!(parsed(r#"{"t":{}}"#).is_empty());
}

#[test]
fn the_last_of_two_equal_topics_counts() {
    let offsets = parsed(r#"{"t":{"0":5,"1":6},"t":{"0":7,"0":8}}"#);
    assert_eq!(offsets, of(&[("t", 0, 8)]));
}

#[test]
fn what_is_no_offsets_is_refused_with_the_place() {
    let texts = [
        "",
        "{",
        "[]",
        r#"{"t":5}"#,
        r#"{"t":{"x":5}}"#,
        r#"{"t":{"0":null}}"#,
        r#"{"t":{"0":"5.5"}}"#,
        r#"{"t":{"0":9223372036854775808}}"#,
        r#"{"t":{"0":1e300}}"#,
        r#"{"t":{"2147483648":1}}"#,
    ];
    for text in texts {
        let error = text.parse::<SourceOffsets>().unwrap_err().to_string();
        let beginning = r#"Expected e.g. {"topicA":{"0":23,"1":-1},"topicB":{"0":-2}}, got "#;
        assert!(
            error.starts_with(&format!("{beginning}{text} (")),
            "{error}"
        );
        assert!(error.contains("line 1 column"), "{error}");
    }
}

#[test]
fn printed_as_spark_does() {
    let offsets = of(&[("events", 0, 8), ("events", 1, 7), ("orders", 0, 14)]);
    assert_eq!(
        offsets.to_json(),
        r#"{"orders":{"0":14},"events":{"0":8,"1":7}}"#
    );
    assert_eq!(SourceOffsets::default().to_json(), "{}");
}

/// Worked out by hand from the hashes of Java: `a` is 97 (bucket 1 of 16, 1 of 32), `p` 112 (0, 16), `q` 113 (1, 17).
#[test]
fn buckets_come_in_order_and_hashes_within_them() {
    let offsets = of(&[("a", 0, 1), ("p", 0, 1), ("q", 0, 1)]);
    assert_eq!(
        offsets.to_json(),
        r#"{"p":{"0":1},"a":{"0":1},"q":{"0":1}}"#
    );
}

/// The table doubles when the twelfth key comes, and also when the eleventh is put again.
#[test]
fn the_table_grows_as_in_scala() {
    let order = |offsets: &SourceOffsets| {
        let json = offsets.to_json();
        json.find(r#""a""#) < json.find(r#""p""#)
    };
    let mut offsets = SourceOffsets::default();
    for topic in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "p"] {
        offsets.set(topic, 0, 1);
    }
    assert!(!order(&offsets), "sixteen buckets: p is in the first");
    let mut again = offsets.clone();
    again.set("a", 1, 1);
    assert!(!order(&again), "a is put again when it is alone");
    again.set("p", 1, 1);
    assert!(order(&again), "p is put again when there are eleven");
    offsets.set("k", 0, 1);
    assert!(order(&offsets), "p is the twelfth");
}

#[test]
fn many_partitions_are_in_the_order_of_their_numbers() {
    let mut offsets = SourceOffsets::default();
    for partition in 0..100 {
        offsets.set("t", partition, 0);
    }
    let json = offsets.to_json();
    let numbers: Vec<i32> = json
        .split('"')
        .filter_map(|part| part.parse().ok())
        .collect();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
}

#[test]
fn sparse_partitions_are_in_the_order_of_their_buckets() {
    let offsets = of(&[("t", 1, 0), ("t", 16, 0), ("t", 33, 0)]);
    assert_eq!(offsets.to_json(), r#"{"t":{"16":0,"1":0,"33":0}}"#);
}
