//! The cases of Spark's `KafkaOffsetRangeCalculatorSuite`, but for those of executors' locations, and
//! those of `maxRecordsPerPartition`.

use std::ops::Range;

use super::*;

/// A range as its start and end.
type Bounds = (i64, i64);

/// What a case is called in Spark, the ranges that are split, and the ends of the parts of each.
type Case = (
    &'static str,
    Splits,
    &'static [Bounds],
    &'static [&'static [i64]],
);

fn divided(splits: Splits, ranges: &[Bounds]) -> Vec<(i32, Range<i64>)> {
    let spans = (1..).zip(ranges).map(|(number, range)| TopicSpan {
        topic: "t".into(),
        partition: number,
        offsets: range.0..range.1,
    });
    let parts = splits.divide(spans.collect()).into_iter();
    parts.map(|span| (span.partition, span.offsets)).collect()
}

const fn at_least(count: usize) -> Splits {
    Splits {
        min_partitions: Some(count),
        max_records: None,
    }
}

const fn at_most(max_records: i64) -> Splits {
    Splits {
        min_partitions: None,
        max_records: Some(max_records),
    }
}

const fn both(count: usize, max_records: i64) -> Splits {
    Splits {
        min_partitions: Some(count),
        max_records: Some(max_records),
    }
}

/// The ends of the parts of each partition; each begins where the one before ends.
fn ends(splits: Splits, ranges: &[Bounds]) -> Vec<Vec<i64>> {
    let parts = divided(splits, ranges);
    let numbers = (1..).zip(ranges);
    let ends = numbers.map(|(number, range)| {
        let mut start = range.0;
        let parts = parts.iter().filter(|(partition, _)| *partition == number);
        let ends: Vec<_> = parts
            .map(|(_, part)| {
                assert_eq!(part.start, start);
                start = part.end;
                part.end
            })
            .collect();
        assert_eq!(start, range.1, "no offset is dropped");
        ends
    });
    ends.collect()
}

const NONE: Splits = Splits {
    min_partitions: None,
    max_records: None,
};

const CASES: &[Case] = &[
    (
        "no minPartition: N TopicPartitions to N offset ranges",
        NONE,
        &[(1, 2)],
        &[&[2]],
    ),
    (
        "no minPartition: empty ranges ignored",
        NONE,
        &[(1, 2), (1, 1)],
        &[&[2], &[]],
    ),
    (
        "N TopicPartitions to N offset ranges",
        at_least(3),
        &[(1, 2), (1, 2), (1, 2)],
        &[&[2], &[2], &[2]],
    ),
    (
        "1 TopicPartition to N offset ranges",
        at_least(4),
        &[(1, 5)],
        &[&[2, 3, 4, 5]],
    ),
    (
        "N skewed TopicPartitions to M offset ranges",
        at_least(4),
        &[(1, 5), (1, 21)],
        &[&[5], &[7, 14, 21]],
    ),
    (
        "SPARK-30656: ignore empty ranges and split the rest",
        at_least(4),
        &[(1, 1), (1, 21)],
        &[&[], &[6, 11, 16, 21]],
    ),
    (
        "SPARK-30656: N very skewed TopicPartitions to M offset ranges",
        at_least(4),
        &[(1, 2), (1, 1001)],
        &[&[2], &[334, 667, 1001]],
    ),
    (
        "SPARK-30656: minPartitions less than the length of topic partitions",
        at_least(1),
        &[(1, 5), (1, 21)],
        &[&[5], &[21]],
    ),
    (
        "range inexact multiple of minPartitions",
        at_least(3),
        &[(1, 11)],
        &[&[4, 7, 11]],
    ),
    (
        "empty ranges ignored",
        at_least(4),
        &[(1, 5), (1, 21), (1, 1)],
        &[&[5], &[7, 14, 21], &[]],
    ),
    (
        "SPARK-28489: never drop offsets",
        at_least(6),
        &[(0, 10), (0, 10), (0, 1)],
        &[&[3, 6, 10], &[3, 6, 10], &[1]],
    ),
    (
        "SPARK-36576: 0 small unsplit ranges and 3 large split ranges",
        at_least(9),
        &[(0, 10000), (0, 15000), (0, 20000)],
        &[
            &[5000, 10000],
            &[5000, 10000, 15000],
            &[5000, 10000, 15000, 20000],
        ],
    ),
    (
        "SPARK-36576: 1 small unsplit range and 2 large split ranges",
        at_least(6),
        &[(0, 500), (0, 12000), (0, 15001)],
        &[&[500], &[6000, 12000], &[5000, 10000, 15001]],
    ),
    (
        "SPARK-36576: 2 small unsplit ranges and 1 large split range",
        at_least(6),
        &[(0, 1), (0, 1), (0, 10000)],
        &[&[1], &[1], &[2500, 5000, 7500, 10000]],
    ),
    (
        "SPARK-46798: ranges unsplit",
        at_least(3),
        &[(0, 1), (0, 1), (0, 1)],
        &[&[1], &[1], &[1]],
    ),
    (
        "SPARK-46798: ranges split",
        at_least(4),
        &[(0, 1), (0, 1), (0, 2)],
        &[&[1], &[1], &[1, 2]],
    ),
    (
        "SPARK-49259: maxRecordsPerPartition",
        at_most(4),
        &[(0, 10), (0, 4), (0, 0)],
        &[&[3, 6, 10], &[4], &[]],
    ),
    (
        "SPARK-49259: both, maxRecordsPerPartition is enough",
        both(3, 3),
        &[(0, 9)],
        &[&[3, 6, 9]],
    ),
    (
        "SPARK-49259: both, minPartitions wants more",
        both(4, 5),
        &[(0, 10)],
        &[&[2, 5, 7, 10]],
    ),
];

#[test]
fn parts_are_those_of_spark() {
    for (name, splits, ranges, expected) in CASES {
        assert_eq!(ends(*splits, ranges), *expected, "{name}");
    }
}
