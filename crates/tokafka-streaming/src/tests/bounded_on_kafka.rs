//! Reads that end: the cases of Spark's `KafkaRelationSuite`, on the cluster that `dev/kafka run` started, or
//! else on the embedded broker.

use datafusion::{
    arrow::{array::AsArray, datatypes::Int64Type},
    error::DataFusionError,
    physical_plan::{ExecutionPlanProperties, displayable},
    prelude::*,
};
use tokafka_client::{
    admin::{Admin, NewTopic},
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};
use tokafka_datafusion::KafkaDataFrame;
use tokafka_devbroker::{DevBrokerConfig, TestCluster};

use crate::{Trigger, read, read_stream};

/// Topics that are nobody else's, `a` with two partitions and `b` with one.
struct Bench {
    servers: String,
    stem: String,
    context: SessionContext,
    _cluster: TestCluster,
}

impl Bench {
    async fn new(stem: &str) -> Self {
        let cluster = TestCluster::start(DevBrokerConfig::default())
            .await
            .unwrap();
        let bench = Self {
            servers: cluster.bootstrap().to_owned(),
            stem: format!("bounded-{stem}-{}", std::process::id()),
            context: SessionContext::new_with_config(
                SessionConfig::new().with_target_partitions(2),
            ),
            _cluster: cluster,
        };
        bench.create("a", 2).await;
        bench.create("b", 1).await;
        bench
    }

    async fn create(&self, topic: &str, partitions: i32) {
        let servers: Properties = [("bootstrap.servers", &self.servers)].into_iter().collect();
        let settings = ClientSettings::from_properties(&servers).unwrap();
        let cluster = Cluster::connect(settings).await.unwrap();
        let topic = NewTopic {
            name: self.name(topic),
            partitions: Some(partitions),
            replication: None,
            configs: [].into(),
        };
        Admin::new(&cluster).create_topic(&topic).await.unwrap();
        cluster.shutdown().await;
    }

    fn name(&self, topic: &str) -> String {
        format!("{}-{topic}", self.stem)
    }

    /// `$a` and `$b` are the topics' names.
    fn named(&self, text: &str) -> String {
        text.replace("$a", &self.name("a"))
            .replace("$b", &self.name("b"))
    }

    /// Behind a partition's last record so many, with this time.
    async fn append(&self, topic: &str, partition: i32, count: usize, millis: i64) {
        let rows = format!(
            "SELECT 'v' AS value, CAST({partition} AS INT) AS partition, to_timestamp_millis({millis}) AS timestamp \
             FROM generate_series(1, {count})"
        );
        let rows = self.context.sql(&rows).await.unwrap();
        let write = rows.write().option("topic", self.name(topic));
        let write = write.option("kafka.bootstrap.servers", &self.servers);
        write
            .option("includeTimestamp", "true")
            .save()
            .await
            .unwrap();
    }

    /// Two partitions of `a` with the times 100, 100, 200 and 300, 300, and one of `b` with 400.
    async fn filled(stem: &str) -> Self {
        let bench = Self::new(stem).await;
        bench.append("a", 0, 2, 100).await;
        bench.append("a", 0, 1, 200).await;
        bench.append("a", 1, 2, 300).await;
        bench.append("b", 0, 1, 400).await;
        bench
    }

    fn frame(&self, options: &[(&str, &str)]) -> Result<DataFrame, String> {
        let options = options
            .iter()
            .map(|(name, value)| (*name, self.named(value)));
        let reader = read(&self.context).format("kafka").options(options);
        let reader = reader.option("kafka.bootstrap.servers", &self.servers);
        reader.load().map_err(|error| error.to_string())
    }

    /// `a0: 0 1 2, a1: 0 1`.
    async fn read(&self, options: &[(&str, &str)]) -> Result<String, String> {
        self.offsets_of(self.frame(options)?).await
    }

    async fn offsets_of(&self, frame: DataFrame) -> Result<String, String> {
        let place = ["topic", "partition"].map(col);
        let order = ["topic", "partition", "offset"].map(|name| col(name).sort(true, false));
        let rows = frame
            .sort(order.to_vec())
            .unwrap()
            .select(vec![concat(place.to_vec()), col("offset")]);
        let batches = rows.unwrap().collect().await;
        let batches = batches.map_err(|error| match error.find_root() {
            DataFusionError::External(error) => error.to_string(),
            error => error.to_string(),
        })?;
        let mut shown: Vec<(String, Vec<String>)> = Vec::new();
        for batch in &batches {
            let places = batch.column(0).as_string_view();
            let offsets = batch.column(1).as_primitive::<Int64Type>();
            for (place, offset) in places.iter().zip(offsets.values()) {
                let place = place.unwrap().rsplit('-').next().unwrap();
                match shown.last_mut().filter(|(last, _)| last == place) {
                    Some((_, offsets)) => offsets.push(offset.to_string()),
                    None => shown.push((place.to_owned(), vec![offset.to_string()])),
                }
            }
        }
        let shown = shown.iter();
        let shown = shown.map(|(place, offsets)| format!("{place}: {}", offsets.join(" ")));
        Ok(shown.collect::<Vec<_>>().join(", "))
    }
}

const ALL: &str = "a0: 0 1 2, a1: 0 1, b0: 0";

/// `explicit earliest to latest offsets`, `default starting and ending offsets`, of each way to name topics.
#[tokio::test]
async fn topics_are_named_matched_or_assigned() {
    let bench = Bench::filled("named").await;
    let ways = [
        ("subscribe", "$a, $b", ALL),
        ("subscribePattern", "^($a|$b)$", ALL),
        ("assign", r#"{"$a":[0,1],"$b":[0]}"#, ALL),
        ("assign", r#"{"$a":[1]}"#, "a1: 0 1"),
        ("SUBSCRIBE", "$b", "b0: 0"),
        ("subscribePattern", "no such topic", ""),
    ];
    for (name, value, expected) in ways {
        assert_eq!(
            bench.read(&[(name, value)]).await.unwrap(),
            expected,
            "{value}"
        );
        let explicit = [
            (name, value),
            ("startingOffsets", "earliest"),
            ("endingOffsets", "latest"),
        ];
        assert_eq!(bench.read(&explicit).await.unwrap(), expected, "{value}");
    }
}

/// `explicit offsets`.
#[tokio::test]
async fn offsets_are_named_for_each_partition() {
    let bench = Bench::filled("offsets").await;
    let options = [
        ("subscribe", "$a,$b"),
        (
            "startingOffsets",
            r#"{"$a":{"0":1,"1":-2},"$b":"earliest"}"#,
        ),
        ("endingOffsets", r#"{"$a":{"0":"2","1":-1},"$b":{"0":1}}"#),
    ];
    assert_eq!(bench.read(&options).await.unwrap(), "a0: 1, a1: 0 1, b0: 0");
}

/// `timestamp provided for starting and ending`, and its mixtures with offsets; `global timestamp provided for
/// starting and ending`; `preferences on offset related options`.
#[tokio::test]
async fn times_are_looked_up_and_win_over_offsets() {
    let bench = Bench::filled("times").await;
    let starts = ("startingOffsetsByTimestamp", r#"{"$a":{"0":150,"1":0}}"#);
    let ends = ("endingOffsetsByTimestamp", r#"{"$a":{"0":150,"1":999}}"#);
    let cases: [(&[(&str, &str)], &str); 7] = [
        (&[starts], "a0: 2, a1: 0 1"),
        (&[ends], "a0: 0 1, a1: 0 1"),
        (
            &[starts, ("endingOffsets", r#"{"$a":{"0":3,"1":1}}"#)],
            "a0: 2, a1: 0",
        ),
        (
            &[ends, ("startingOffsets", r#"{"$a":{"0":1,"1":2}}"#)],
            "a0: 1",
        ),
        (&[starts, ("startingOffsets", "earliest")], "a0: 2, a1: 0 1"),
        (
            &[("startingTimestamp", "150"), ("endingTimestamp", " 250 ")],
            "a0: 2",
        ),
        (
            &[ends, ("endingTimestamp", "0"), ("startingTimestamp", "0")],
            "",
        ),
    ];
    for (options, expected) in cases {
        let options = [&[("subscribe", "$a")], options].concat();
        assert_eq!(bench.read(&options).await.unwrap(), expected, "{options:?}");
    }
}

/// `no matched offset for timestamp - startingOffsets` and `- endingOffsets`.
#[tokio::test]
async fn a_time_without_a_record_is_an_error_at_the_start_and_the_end_at_the_end() {
    let bench = Bench::filled("late").await;
    let late = ("startingTimestamp", "350");
    let error = bench.read(&[("subscribe", "$a"), late]).await.unwrap_err();
    let expected =
        bench.named("No offset matched from request of topic-partition $a-0 and timestamp 350.");
    assert!(error.contains(&expected), "{error}");
    let strategy = ("startingOffsetsByTimestampStrategy", "latest");
    let options = [("subscribe", "$a,$b"), late, strategy];
    assert_eq!(bench.read(&options).await.unwrap(), "b0: 0");
}

/// `test late binding start offsets`, `reuse same dataframe in query`.
#[tokio::test]
async fn each_query_looks_anew() {
    let bench = Bench::filled("anew").await;
    let frame = bench.frame(&[("subscribe", "$b")]).unwrap();
    assert_eq!(bench.offsets_of(frame.clone()).await.unwrap(), "b0: 0");
    bench.append("b", 0, 2, 500).await;
    assert_eq!(bench.offsets_of(frame.clone()).await.unwrap(), "b0: 0 1 2");
    let twice = frame.clone().union(frame).unwrap();
    assert_eq!(twice.count().await.unwrap(), 6);
}

/// `default starting and ending offsets with headers`.
#[tokio::test]
async fn columns_are_sparks() {
    let bench = Bench::filled("columns").await;
    let names = |options: &[(&str, &str)]| {
        let frame = bench.frame(options).unwrap();
        let fields = frame.schema().fields().iter();
        let names = fields.map(|field| field.name().as_str());
        names.collect::<Vec<_>>().join(" ")
    };
    let fixed = "key value topic partition offset timestamp timestampType";
    assert_eq!(names(&[("subscribe", "$b")]), fixed);
    let headers = [("subscribe", "$b"), ("includeHeaders", "true")];
    assert_eq!(names(&headers), format!("{fixed} headers"));
    let none = bench
        .frame(&headers)
        .unwrap()
        .filter(col("headers").is_null());
    assert_eq!(none.unwrap().count().await.unwrap(), 1);
}

/// `minPartitions`.
#[tokio::test]
async fn a_query_has_as_many_parts_as_asked_or_as_the_session_has() {
    let bench = Bench::new("parts").await;
    bench.append("a", 0, 30, 100).await;
    bench.append("a", 1, 10, 100).await;
    bench.append("b", 0, 10, 100).await;
    for (option, parts) in [
        (None, 2),
        (Some(("minPartitions", "5")), 5),
        (Some(("maxRecordsPerPartition", "10")), 5),
        (Some(("minPartitions", "2")), 3),
    ] {
        let options: Vec<_> = [("subscribe", "$a,$b")].into_iter().chain(option).collect();
        let frame = bench.frame(&options).unwrap();
        let plan = frame.clone().create_physical_plan().await.unwrap();
        assert_eq!(
            plan.output_partitioning().partition_count(),
            parts,
            "{options:?}"
        );
        assert_eq!(frame.count().await.unwrap(), 50);
    }
}

#[tokio::test]
async fn filters_narrow_what_is_fetched_of_every_topic() {
    let bench = Bench::filled("filters").await;
    let frame = bench.frame(&[("subscribe", "$a,$b")]).unwrap();
    let late = frame
        .clone()
        .filter(col("timestamp").gt_eq(lit("1970-01-01T00:00:00.300Z")));
    let late = late.unwrap();
    let plan = late.clone().create_physical_plan().await.unwrap();
    let plan = displayable(plan.as_ref()).indent(false).to_string();
    assert!(
        plan.contains("KafkaScanExec") && !plan.contains("a-0"),
        "{plan}"
    );
    assert_eq!(bench.offsets_of(late).await.unwrap(), "a1: 0 1, b0: 0");
    let second = frame.filter(col("partition").eq(lit(1)).and(col("offset").gt(lit(0))));
    assert_eq!(bench.offsets_of(second.unwrap()).await.unwrap(), "a1: 1");
}

/// A topic as it is when a batch starts, on the other side of a stream's join.
#[tokio::test]
async fn a_bounded_read_can_be_joined_to_a_stream() {
    let bench = Bench::filled("join").await;
    bench.create("copies", 1).await;
    let stream = read_stream(&bench.context)
        .option("kafka.bootstrap.servers", &bench.servers)
        .option("subscribe", bench.name("a"))
        .option("startingOffsets", "earliest");
    let known = bench.frame(&[("subscribe", "$b")]).unwrap();
    let known = known.select(vec![col("partition").alias("known")]).unwrap();
    let joined =
        stream
            .load()
            .unwrap()
            .join(known, JoinType::Inner, &["partition"], &["known"], None);
    let checkpoint = tempfile::tempdir().unwrap();
    let query = joined
        .unwrap()
        .select_exprs(&["value"])
        .unwrap()
        .write_stream()
        .option("kafka.bootstrap.servers", &bench.servers)
        .option("topic", bench.name("copies"))
        .option("checkpointLocation", checkpoint.path().to_str().unwrap())
        .trigger(Trigger::AvailableNow)
        .start()
        .await
        .unwrap();
    query.await_termination().await.unwrap();
    let copies = bench
        .frame(&[("subscribe", &bench.name("copies"))])
        .unwrap();
    assert_eq!(copies.count().await.unwrap(), 3);
}

/// `bad batch query options`.
#[tokio::test]
async fn what_a_bounded_read_cannot_have_is_refused() {
    let bench = Bench::new("refused").await;
    let cases = [
        (
            ("startingOffsets", "latest"),
            "starting offset can't be latest for batch queries on Kafka",
        ),
        (
            ("startingOffsets", r#"{"$a":{"0":-1,"1":-2}}"#),
            "startingOffsets for $a-0 can't be latest for batch queries on Kafka",
        ),
        (
            ("endingOffsets", "earliest"),
            "ending offset can't be earliest for batch queries on Kafka",
        ),
        (
            ("endingOffsets", r#"{"$a":{"0":5,"1":-2}}"#),
            "ending offset for $a-1 can't be earliest for batch queries on Kafka",
        ),
        (
            ("endingOffsets", r#"{"$a":{"0":"x"}}"#),
            r#"Expected e.g. {"topicA":{"0":23,"1":-1},"topicB":{"0":-2}}, got {"$a":{"0":"x"}}"#,
        ),
        (
            ("startingTimestamp", "noon"),
            "Expected a single long value, got noon",
        ),
        (
            ("startingOffsets", r#"{"$b":{"0":5}}"#),
            "topic $b is not read (option startingOffsets)",
        ),
        (("minPartitions", "0"), "minPartitions must be positive"),
        (
            ("kafka.auto.offset.reset", "latest"),
            "Kafka option 'auto.offset.reset' is not supported.",
        ),
        (
            ("endingOfsets", "latest"),
            "Unknown option endingOfsets, did you mean endingOffsets?",
        ),
    ];
    for (option, expected) in cases {
        let error = bench.frame(&[("subscribe", "$a"), option]).unwrap_err();
        assert!(
            error.starts_with(&bench.named(expected)),
            "{option:?}: {error}"
        );
    }
    let error = bench.frame(&[("startingOffsets", "earliest")]).unwrap_err();
    assert!(
        error.starts_with("One of the following options must be specified"),
        "{error}"
    );
    assert!(
        bench
            .frame(&[("subscribe", "$a"), ("maxOffsetsPerTrigger", "5")])
            .is_ok()
    );
}

/// `topic-partition for start offset and end offset must match`, `unresolved start offset greater than end
/// offset`, `resolved start offset greater than end offset (without latest)`.
#[tokio::test]
async fn a_range_that_cannot_be_is_refused_as_soon_as_it_is_known() {
    let bench = Bench::filled("backwards").await;
    let range = |start, end| {
        [
            ("subscribe", "$b"),
            ("startingOffsets", start),
            ("endingOffsets", end),
        ]
    };
    let error = bench
        .frame(&range(r#"{"$b":{"0":1}}"#, r#"{"$b":{"1":1}}"#))
        .unwrap_err();
    assert!(
        error.starts_with(
            "The specified start offset and end offset should have the same topic-partitions."
        ),
        "{error}"
    );
    let error = bench
        .frame(&range(r#"{"$b":{"0":1}}"#, r#"{"$b":{"0":0}}"#))
        .unwrap_err();
    let expected = bench.named("The specified start offset 1 is greater than the specified end offset 0 for topic $b partition 0.");
    assert_eq!(error, expected);
    let times = [
        ("subscribe", "$a"),
        ("startingTimestamp", "200"),
        ("endingOffsets", r#"{"$a":{"0":1,"1":2}}"#),
    ];
    let error = bench.read(&times).await.unwrap_err();
    let expected = bench.named("The resolved start offset 2 is greater than the resolved end offset 1 for topic $a partition 0.");
    assert_eq!(error, expected);
}

#[tokio::test]
async fn what_is_not_there_is_an_error_when_it_is_looked_up() {
    let bench = Bench::filled("missing").await;
    let error = bench
        .read(&[("subscribe", "$b,nowhere")])
        .await
        .unwrap_err();
    assert!(error.contains("nowhere"), "{error}");
    let error = bench
        .read(&[("assign", r#"{"$b":[0,7]}"#)])
        .await
        .unwrap_err();
    assert_eq!(
        error,
        bench.named("topic $b has no partition 7 (option assign)")
    );
    let few = [
        ("subscribe", "$a"),
        ("startingOffsets", r#"{"$a":{"0":0}}"#),
    ];
    let error = bench.read(&few).await.unwrap_err();
    assert!(
        error.starts_with(
            "If startingOffsets contains specific offsets, you must specify all TopicPartitions."
        ),
        "{error}"
    );
    let beyond = [("subscribe", "$b"), ("endingOffsets", r#"{"$b":{"0":9}}"#)];
    let error = bench.read(&beyond).await.unwrap_err();
    assert!(
        error.contains("has no offset 9 (option endingOffsets): it holds 0 to 1"),
        "{error}"
    );
    let lost = [beyond[0], beyond[1], ("failOnDataLoss", "false")];
    assert_eq!(bench.read(&lost).await.unwrap(), "b0: 0");
}
