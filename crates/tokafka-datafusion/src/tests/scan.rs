//! Kafka tables read by SELECT: rows, ranges, and what is fetched for them.

mod counts;
mod losses;
mod on_kafka;
mod pushdown;
mod ranges;
mod refusals;
mod rows;
mod slots;

use datafusion::{
    arrow::{
        array::{AsArray, RecordBatch},
        datatypes::{Int64Type, UInt64Type},
        util::pretty::pretty_format_batches,
    },
    error::Result,
    physical_plan::displayable,
    prelude::SessionContext,
};
use kafka_protocol::messages::ApiKey;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use super::frames;

/// A broker with a topic `orders`, and a session with the table `t` of 80 rows to write from and the table
/// `k` of that topic.
struct Bench {
    broker: DevBroker,
    context: SessionContext,
}

impl Bench {
    async fn new(partitions: i32, options: &str) -> Self {
        Self::of(DevBrokerConfig::default(), partitions, options).await
    }

    async fn of(config: DevBrokerConfig, partitions: i32, options: &str) -> Self {
        let broker = DevBroker::start(config).await.unwrap();
        broker.create_topic("orders", partitions);
        let context = frames::table(2);
        crate::register(&context);
        let bench = Self { broker, context };
        bench.table("k", "orders", options).await.unwrap();
        bench
    }

    /// With row number `id` of `t` in partition `id % partitions`, in order.
    async fn filled(partitions: i32, options: &str) -> Self {
        let bench = Self::new(partitions, options).await;
        let part = format!("CAST(id % {partitions} AS INT)");
        let insert = format!(
            "INSERT INTO k (key, value, partition) SELECT key, value, {part} FROM t ORDER BY id"
        );
        assert_eq!(bench.insert(&insert).await, 80);
        bench
    }

    /// Makes a table; `options` are as within OPTIONS.
    async fn table(&self, name: &str, topic: &str, options: &str) -> Result<()> {
        self.declared(name, topic, "", options).await
    }

    async fn declared(&self, name: &str, topic: &str, columns: &str, options: &str) -> Result<()> {
        let location = format!("{}/{topic}", self.broker.bootstrap());
        let options = match options.is_empty() {
            true => String::new(),
            false => format!("OPTIONS ({options})"),
        };
        let create = format!(
            "CREATE EXTERNAL TABLE {name} {columns} STORED AS KAFKA LOCATION '{location}' {options}"
        );
        self.run(&create).await.map(drop)
    }

    async fn run(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        crate::sql(&self.context, sql).await?.collect().await
    }

    async fn insert(&self, sql: &str) -> u64 {
        let batches = self.run(sql).await.unwrap();
        batches[0]["count"].as_primitive::<UInt64Type>().value(0)
    }

    /// The only number of a result.
    async fn number(&self, sql: &str) -> i64 {
        let batches = self.run(sql).await.unwrap();
        let batches: Vec<_> = batches
            .iter()
            .filter(|batch| batch.num_rows() > 0)
            .collect();
        assert_eq!((batches.len(), batches[0].num_rows()), (1, 1));
        batches[0].column(0).as_primitive::<Int64Type>().value(0)
    }

    async fn shown(&self, sql: &str) -> String {
        let batches = self.run(sql).await.unwrap();
        pretty_format_batches(&batches).unwrap().to_string()
    }

    async fn refused(&self, sql: &str) -> String {
        self.run(sql).await.unwrap_err().strip_backtrace()
    }

    async fn plan(&self, sql: &str) -> String {
        let frame = crate::sql(&self.context, sql).await.unwrap();
        let plan = frame.create_physical_plan().await.unwrap();
        displayable(plan.as_ref()).indent(false).to_string()
    }

    fn fetches(&self) -> u64 {
        self.broker.request_count(ApiKey::Fetch)
    }
}
