//! On the cluster that `dev/kafka run` started, or else on the embedded broker.

use std::time::{SystemTime, UNIX_EPOCH};

use datafusion::{
    arrow::{array::AsArray, datatypes::Int64Type, util::pretty::pretty_format_batches},
    prelude::SessionContext,
};
use tokafka_client::{
    admin::{Admin, NewTopic},
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};
use tokafka_devbroker::{DevBrokerConfig, TestCluster};

use super::frames;

const PARTITIONS: i64 = 3;
const ROWS: i64 = 80;

struct Bench {
    bootstrap: String,
    topic: String,
    context: SessionContext,
    _cluster: TestCluster,
}

impl Bench {
    /// With a topic of its own, which is empty.
    async fn new(stem: &str) -> Self {
        let cluster = TestCluster::start(DevBrokerConfig::default())
            .await
            .unwrap();
        let bootstrap = cluster.bootstrap().to_owned();
        let topic = NewTopic {
            name: format!("{stem}-{}", std::process::id()),
            partitions: Some(i32::try_from(PARTITIONS).unwrap()),
            replication: None,
            configs: [].into(),
        };
        let servers: Properties = [("bootstrap.servers", &bootstrap)].into_iter().collect();
        let settings = ClientSettings::from_properties(&servers).unwrap();
        let connected = Cluster::connect(settings).await.unwrap();
        Admin::new(&connected).create_topic(&topic).await.unwrap();
        connected.shutdown().await;
        let context = frames::table(2);
        crate::register(&context);
        Self {
            bootstrap,
            topic: topic.name,
            context,
            _cluster: cluster,
        }
    }

    async fn table(&self, name: &str, options: &str) {
        let location = format!("{}/{}", self.bootstrap, self.topic);
        let create = format!(
            "CREATE EXTERNAL TABLE {name} STORED AS KAFKA LOCATION '{location}' OPTIONS ({options})"
        );
        self.shown(&create).await;
    }

    async fn shown(&self, sql: &str) -> String {
        let frame = crate::sql(&self.context, sql).await.unwrap();
        let batches = frame.collect().await.unwrap();
        pretty_format_batches(&batches).unwrap().to_string()
    }

    async fn number(&self, sql: &str) -> i64 {
        let frame = crate::sql(&self.context, sql).await.unwrap();
        let batches = frame.collect().await.unwrap();
        batches[0].column(0).as_primitive::<Int64Type>().value(0)
    }
}

/// Times that neither ascend nor differ all.
fn time(first: i64, id: i64) -> i64 {
    first + id * 37 % 40 * 1000
}

/// Filters and ranges of time against what was written.
async fn check_times(bench: &Bench, first: i64, since: i64) {
    let is_late = |id: &i64| time(first, *id) >= since;
    let later = (0..ROWS).filter(is_late).count();
    let sql = format!("SELECT count(*) FROM k WHERE timestamp >= to_timestamp_millis({since})");
    assert_eq!(
        bench.number(&sql).await,
        i64::try_from(later).unwrap(),
        "{sql}"
    );

    let before = |partition| {
        let ids = (partition..ROWS).step_by(3);
        ids.take_while(|id| !is_late(id)).count()
    };
    let before: usize = (0..PARTITIONS).map(before).sum();
    let table = format!("until{}", since - first + 1);
    let until = format!("endingTimestamp '{since}'");
    bench.table(&table, &until).await;
    let count = bench.number(&format!("SELECT count(*) FROM {table}")).await;
    assert_eq!(count, i64::try_from(before).unwrap(), "{until}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ranges_filters_and_counts_are_true() {
    let bench = Bench::new("scanned").await;
    let options =
        "includeTimestamp 'true', 'kafka.batch.size' '200', 'kafka.compression.type' 'zstd'";
    bench.table("k", options).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let first = i64::try_from(now.as_millis()).unwrap() - 60_000;
    let insert = format!(
        "INSERT INTO k (value, partition, timestamp) SELECT value, CAST(id % {PARTITIONS} AS INT), \
         to_timestamp_millis({first} + id * 37 % 40 * 1000) FROM t ORDER BY id"
    );
    bench.shown(&insert).await;
    assert_eq!(bench.number("SELECT count(*) FROM k").await, ROWS);
    let distinct = "SELECT count(DISTINCT value) FROM k";
    assert_eq!(bench.number(distinct).await, ROWS);
    for after in [-1, 0, 1, 17_000, 39_000, 40_000] {
        check_times(&bench, first, first + after).await;
    }

    let middle = "partition = 1 AND offset >= 5 AND offset < 9";
    for column in ["*", "value"] {
        let sql = format!("SELECT count({column}) FROM k WHERE {middle}");
        assert_eq!(bench.number(&sql).await, 4);
    }
    let plan = format!("EXPLAIN SELECT value FROM k WHERE {middle} LIMIT 3");
    let plan = bench.shown(&plan).await;
    assert!(
        plan.contains("offsets=[1: 5..9]") && plan.contains("limit=3"),
        "{plan}"
    );
    bench
        .shown("INSERT INTO k (value) SELECT value FROM k")
        .await;
    assert_eq!(bench.number("SELECT count(*) FROM k").await, 2 * ROWS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_is_not_there_is_named_and_not_made() {
    let bench = Bench::new("present").await;
    let absent = Bench {
        topic: format!("absent-{}", std::process::id()),
        ..bench
    };
    absent.table("k", "'kafka.max.block.ms' '1000'").await;
    for _ in 0..2 {
        let frame = crate::sql(&absent.context, "SELECT * FROM k")
            .await
            .unwrap();
        let error = frame.collect().await.unwrap_err().strip_backtrace();
        let expected = format!("topic {} does not exist", absent.topic);
        assert!(error.contains(&expected), "{error}");
    }
}
