//! Offsets of several topics as the slots of a batch of a stream.

use std::{
    ops::Range,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use datafusion::{
    arrow::{
        array::{AsArray, RecordBatch},
        datatypes::{Int32Type, Int64Type},
        util::pretty::pretty_format_batches,
    },
    catalog::TableProvider,
    common::stats::Precision,
    error::Result,
    physical_plan::{
        ExecutionPlan, collect_partitioned, displayable, execution_plan::collect,
        statistics::StatisticsArgs,
    },
    prelude::{SessionConfig, SessionContext},
};
use insta::assert_snapshot;
use tokafka_client::{
    cluster::Cluster,
    settings::{FetchSettings, Properties},
};
use tokafka_devbroker::DevBrokerConfig;

use super::{
    Bench,
    counts::{ATTRIBUTES, CONTROL, LAST_OFFSET_DELTA, PRODUCER_ID, TRANSACTIONAL, offset, patched},
};
use crate::{KafkaRanges, KafkaReadError, RangeCounts, TopicSpan, stream_schema};

type Slots<'a> = &'a [&'a [(&'a str, i32, Range<i64>)]];

impl Bench {
    /// `orders` of three partitions with 80 rows, and `copies` of two with ten rows of the first.
    async fn of_two_topics() -> Self {
        let bench = Self::filled(3, "").await;
        bench.broker.create_topic("copies", 2);
        bench.table("c", "copies", "").await.unwrap();
        let copy = "INSERT INTO c (value, partition) SELECT value, 0 FROM k WHERE partition = 0 ORDER BY offset LIMIT 10";
        assert_eq!(bench.insert(copy).await, 10);
        bench
    }

    async fn ranges(&self, slots: Slots<'_>, settings: &[(&str, &str)]) -> KafkaRanges {
        let bootstrap = self.broker.bootstrap();
        let servers = [("bootstrap.servers", bootstrap.as_str())];
        let properties: Properties = servers.iter().chain(settings).copied().collect();
        let settings = FetchSettings::from_properties(&properties).unwrap();
        let cluster = Cluster::connect(settings.client.clone()).await.unwrap();
        let span = |(topic, partition, offsets): &(&str, i32, Range<i64>)| TopicSpan {
            topic: (*topic).into(),
            partition: *partition,
            offsets: offsets.clone(),
        };
        let slots = slots.iter().map(|slot| slot.iter().map(span).collect());
        KafkaRanges {
            cluster,
            settings,
            slots: slots.collect(),
            fail_on_data_loss: true,
            counts: Arc::new(RangeCounts::default()),
        }
    }
}

fn table(ranges: KafkaRanges) -> Arc<dyn TableProvider> {
    ranges.into_table(stream_schema(true)).unwrap()
}

/// A session that plans as a stream does, with `s` for the ranges.
fn session(ranges: KafkaRanges) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(1);
    let context = SessionContext::new_with_config(config);
    context.register_table("s", table(ranges)).unwrap();
    context
}

async fn plan(ranges: KafkaRanges, sql: &str) -> Arc<dyn ExecutionPlan> {
    let frame = session(ranges).sql(sql).await.unwrap();
    frame.create_physical_plan().await.unwrap()
}

async fn shown(ranges: KafkaRanges, sql: &str) -> String {
    let rows = session(ranges).sql(sql).await.unwrap().collect().await;
    pretty_format_batches(&rows.unwrap()).unwrap().to_string()
}

/// Topic, partition and offset of each row, slot by slot.
async fn places(ranges: KafkaRanges) -> Result<Vec<Vec<(String, i32, i64)>>> {
    let plan = plan(ranges, "SELECT topic, partition, \"offset\" FROM s").await;
    let slots = collect_partitioned(plan, SessionContext::new().task_ctx()).await?;
    let places = |batch: RecordBatch| {
        let topics = batch.column(0).as_string_view().clone();
        let partitions = batch.column(1).as_primitive::<Int32Type>().clone();
        let offsets = batch.column(2).as_primitive::<Int64Type>().clone();
        let place = move |row| {
            let topic = topics.value(row).to_owned();
            (topic, partitions.value(row), offsets.value(row))
        };
        (0..batch.num_rows()).map(place)
    };
    let slots = slots.into_iter();
    Ok(slots
        .map(|slot| slot.into_iter().flat_map(places).collect())
        .collect())
}

fn expected(slots: Slots<'_>) -> Vec<Vec<(String, i32, i64)>> {
    let rows = |(topic, partition, offsets): &(&str, i32, Range<i64>)| {
        let (topic, partition) = ((*topic).to_owned(), *partition);
        offsets
            .clone()
            .map(move |offset| (topic.clone(), partition, offset))
    };
    let slots = slots.iter();
    slots
        .map(|slot| slot.iter().flat_map(rows).collect())
        .collect()
}

#[tokio::test]
async fn each_slot_is_a_partition_of_the_query_in_its_order() {
    let bench = Bench::of_two_topics().await;
    let slots: Slots<'_> = &[
        &[("orders", 2, 3..26)],
        &[("copies", 0, 2..9)],
        &[("orders", 0, 10..20)],
        &[("orders", 0, 20..27)],
        &[("orders", 1, 5..5)],
        &[("copies", 0, 0..1), ("orders", 1, 0..4)],
    ];
    let ranges = bench.ranges(slots, &[]).await;
    let counts = Arc::clone(&ranges.counts);
    assert_eq!(places(ranges).await.unwrap(), expected(slots));
    assert_eq!(counts.rows.load(Relaxed), 52);
}

#[tokio::test]
async fn no_slot_is_one_empty_partition() {
    let bench = Bench::new(1, "").await;
    assert_eq!(
        places(bench.ranges(&[], &[]).await).await.unwrap(),
        expected(&[&[]])
    );
    let plan = plan(bench.ranges(&[], &[]).await, "SELECT * FROM s").await;
    assert_snapshot!(displayable(plan.as_ref()).indent(false).to_string(), @"KafkaScanExec: topics=[], offsets=[], partitions=1, columns=[key, value, topic, partition, offset, timestamp, timestampType, headers]");
}

#[tokio::test]
async fn only_the_columns_of_the_query_are_read_and_nothing_is_sorted_or_dealt_anew() {
    let bench = Bench::of_two_topics().await;
    let slots: Slots<'_> = &[&[("orders", 1, 0..9)], &[("copies", 0, 0..3)]];
    let ranges = bench.ranges(slots, &[]).await;
    let plan = plan(
        ranges,
        "SELECT value || '!' AS value FROM s WHERE \"offset\" < 5",
    )
    .await;
    assert_snapshot!(displayable(plan.as_ref()).indent(false).to_string(), @"
    ProjectionExec: expr=[CAST(value@0 AS Utf8) || ! as value]
      FilterExec: offset@1 < 5, projection=[value@0]
        KafkaScanExec: topics=[copies, orders], offsets=[copies 0: 0..3, orders 1: 0..9], partitions=2, columns=[value, offset]
    ");
}

#[tokio::test]
async fn rows_without_columns_are_counted() {
    let bench = Bench::of_two_topics().await;
    let slots: Slots<'_> = &[&[("orders", 1, 0..9)], &[("copies", 0, 0..3)]];
    let ranges = bench.ranges(slots, &[]).await;
    let counts = Arc::clone(&ranges.counts);
    assert_snapshot!(shown(ranges, "SELECT count(*) AS n FROM s").await, @"
    +----+
    | n  |
    +----+
    | 12 |
    +----+
    ");
    assert_eq!(counts.rows.load(Relaxed), 12);
}

/// Known sizes would have the rows of the stream collected.
#[tokio::test]
async fn nothing_is_said_of_how_many_rows_there_are() {
    let bench = Bench::of_two_topics().await;
    let ranges = bench.ranges(&[&[("orders", 1, 0..9)]], &[]).await;
    let plan = plan(ranges, "SELECT value FROM s").await;
    let known = plan
        .statistics_from_inputs(&[], &StatisticsArgs::new())
        .unwrap();
    assert_eq!(
        (known.num_rows, known.total_byte_size),
        (Precision::Absent, Precision::Absent)
    );
}

#[tokio::test]
async fn headers_are_null_where_there_are_none() {
    let bench = Bench::new(1, "").await;
    let headers = "[named_struct('key', 'h', 'value', CAST('x' AS BYTEA))]";
    for insert in [
        format!("INSERT INTO k (value, headers) SELECT 'a', {headers}"),
        "INSERT INTO k (value) VALUES ('b')".to_owned(),
    ] {
        bench.insert(&insert).await;
    }
    let slots: Slots<'_> = &[&[("orders", 0, 0..2)]];
    let ranges = bench.ranges(slots, &[]).await;
    let sql = "SELECT value, \"timestampType\", headers, headers IS NULL AS none FROM s";
    assert_snapshot!(shown(ranges, sql).await, @"
    +-------+---------------+-----------------------+-------+
    | value | timestampType | headers               | none  |
    +-------+---------------+-----------------------+-------+
    | 61    | 0             | [{key: h, value: 78}] | false |
    | 62    | 0             |                       | true  |
    +-------+---------------+-----------------------+-------+
    ");
}

#[tokio::test]
async fn columns_have_sparks_names_and_no_others() {
    let names = |headers| {
        let schema = stream_schema(headers);
        let fields = schema.fields().iter();
        let names: Vec<_> = fields.map(|field| field.name().clone()).collect();
        names.join(" ")
    };
    assert_eq!(
        names(false),
        "key value topic partition offset timestamp timestampType"
    );
    assert_eq!(names(true), format!("{} headers", names(false)));
    let bench = Bench::new(1, "").await;
    let ranges = bench.ranges(&[], &[]).await;
    let other = datafusion::arrow::datatypes::Field::new(
        "id",
        datafusion::arrow::datatypes::DataType::Int64,
        true,
    );
    let schema = datafusion::arrow::datatypes::Schema::new(vec![other]);
    assert_snapshot!(ranges.into_table(Arc::new(schema)).unwrap_err(), @"column id is none of a Kafka table: columns are key, value, topic, partition, offset, timestamp, timestampType and headers");
}

/// Compaction took the start, the middle and the end; the rest was aborted.
#[tokio::test]
async fn offsets_without_records_are_passed_over_to_the_end() {
    let bench = Bench::with_log().await;
    let rows = bench.batch("aa", 2).await;
    let marker = bench.batch("00000000", 1).await;
    let in_transaction = |batch: &[u8], at: i64, attributes: u8| {
        let patches = [
            (0, &offset(at)[..]),
            (ATTRIBUTES, &[attributes]),
            (PRODUCER_ID, &7_i64.to_be_bytes()),
        ];
        patched(batch, &patches)
    };
    let long = (LAST_OFFSET_DELTA, &5_i32.to_be_bytes()[..]);
    bench.append(patched(&rows, &[(0, &offset(4)), long]));
    bench.append(patched(&rows, &[(0, &offset(20))]));
    bench.append(in_transaction(&rows, 22, TRANSACTIONAL));
    bench.append(in_transaction(&marker, 24, TRANSACTIONAL | CONTROL));
    let slots: Slots<'_> = &[
        &[("log", 0, 0..25)],
        &[("log", 0, 6..20)],
        &[("log", 0, 22..25)],
    ];
    let committed = bench
        .ranges(slots, &[("isolation.level", "read_committed")])
        .await;
    let rows: Slots<'_> = &[&[("log", 0, 4..6), ("log", 0, 20..22)], &[], &[]];
    assert_eq!(places(committed).await.unwrap(), expected(rows));
}

#[tokio::test]
async fn an_unreadable_record_is_named() {
    let bench = Bench::with_log().await;
    let rows = bench.batch("aa", 3).await;
    // The last record claims to be longer than it is.
    let last = rows.len() - (rows.len() - 61) / 3;
    bench.append(patched(&rows, &[(last, &[0x7e])]));
    let ranges = bench.ranges(&[&[("log", 0, 0..3)]], &[]).await;
    let error = places(ranges).await.unwrap_err();
    assert_snapshot!(error.strip_backtrace(), @"External error: topic log partition 0 offset 2: malformed record batch: a field reaches past the end of its record");
}

async fn after_a_loss() -> Bench {
    let config = DevBrokerConfig {
        retention_bytes: 200,
        ..DevBrokerConfig::default()
    };
    let bench = Bench::of(config, 2, "").await;
    for _ in 0..3 {
        bench
            .insert("INSERT INTO k (value, partition) VALUES ('a', 0)")
            .await;
    }
    assert_eq!(bench.broker.records("orders", 0)[0].offset, 1);
    bench
}

#[tokio::test]
async fn lost_offsets_fail_the_query() {
    let bench = after_a_loss().await;
    let ranges = bench.ranges(&[&[("orders", 0, 0..3)]], &[]).await;
    let counts = Arc::clone(&ranges.counts);
    let error = places(ranges).await.unwrap_err();
    let found = KafkaReadError::find_in(&error).unwrap();
    assert!(!found.is_retriable());
    assert_snapshot!(found, @"topic orders partition 0 has no offset 0: it holds 1 to 3 (end exclusive). With 'failOnDataLoss' 'false' what is still there is read");
    assert_eq!(
        [
            counts.offset_out_of_range.load(Relaxed),
            counts.data_loss.load(Relaxed)
        ],
        [1, 0]
    );
}

#[tokio::test]
async fn lost_offsets_are_passed_over_and_counted_if_that_is_allowed() {
    let bench = after_a_loss().await;
    let slots: Slots<'_> = &[
        &[("orders", 0, 0..3)],
        &[
            ("orders", 0, 0..1),
            ("orders", 0, 7..9),
            ("orders", 0, 2..3),
        ],
        &[("gone", 0, 5..9), ("orders", 9, 0..1)],
    ];
    let mut ranges = bench.ranges(slots, &[("max.block.ms", "500")]).await;
    ranges.fail_on_data_loss = false;
    let counts = Arc::clone(&ranges.counts);
    let left: Slots<'_> = &[&[("orders", 0, 1..3)], &[("orders", 0, 2..3)], &[]];
    assert_eq!(places(ranges).await.unwrap(), expected(left));
    assert_eq!(
        [
            counts.offset_out_of_range.load(Relaxed),
            counts.data_loss.load(Relaxed)
        ],
        [3, 5]
    );
}

/// As when the leader is lost, and another one did not have the records.
#[tokio::test]
async fn a_log_that_became_shorter_is_a_loss_and_not_waited_for() {
    let bench = Bench::new(1, "").await;
    for _ in 0..3 {
        bench.insert("INSERT INTO k (value) VALUES ('a')").await;
    }
    bench.broker.truncate("orders", 0, 2);
    let slots: Slots<'_> = &[&[("orders", 0, 0..3)]];
    let impatient = &[("max.block.ms", "300"), ("fetch.max.wait.ms", "50")];
    let mut ranges = bench.ranges(slots, impatient).await;
    let error = places(ranges.clone()).await.unwrap_err();
    assert_snapshot!(KafkaReadError::find_in(&error).unwrap(), @"topic orders partition 0 has no offset 2: it holds 0 to 2 (end exclusive). With 'failOnDataLoss' 'false' what is still there is read");
    ranges.fail_on_data_loss = false;
    let left: Slots<'_> = &[&[("orders", 0, 0..2)]];
    assert_eq!(places(ranges).await.unwrap(), expected(left));
}

#[tokio::test]
async fn a_topic_that_is_gone_fails_the_query() {
    let bench = Bench::new(1, "").await;
    let ranges = bench
        .ranges(&[&[("gone", 0, 5..9)]], &[("max.block.ms", "500")])
        .await;
    let plan = plan(ranges, "SELECT value FROM s").await;
    let error = collect(plan, SessionContext::new().task_ctx()).await;
    assert_snapshot!(error.unwrap_err().strip_backtrace(), @"External error: topic gone does not exist. With 'failOnDataLoss' 'false' what is still there is read");
}
