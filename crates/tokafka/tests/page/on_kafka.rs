//! Streaming Writes, on the cluster that `dev/kafka run` started, or else on the embedded broker: each is stopped
//! and started again, and every record of its input is in its output, in order.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokafka::{
    KafkaDataFrame, StreamingFrame, StreamingQuery, Trigger,
    arrow::{array::AsArray, compute::cast, datatypes::DataType},
    datafusion::prelude::*,
    read_stream, sql,
};
use tokafka_client::{
    admin::{Admin, NewTopic},
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};
use tokafka_devbroker::TestCluster;

use crate::{
    PARTITIONS, broker_config,
    twins::{Started, streaming},
};

const ROWS: usize = 500;

/// A cluster, and a topic of it that is the input of a stream.
struct Bench {
    bootstrap: String,
    input: String,
    /// The number of the first record, another one for each run of the tests, whose output topics are the same.
    first: usize,
    _cluster: TestCluster,
}

impl Bench {
    async fn new(stem: &str) -> Self {
        let cluster = TestCluster::start(broker_config()).await.unwrap();
        let bootstrap = cluster.bootstrap().to_owned();
        let topic = NewTopic {
            name: format!("{stem}-{}", std::process::id()),
            partitions: Some(PARTITIONS),
            replication: None,
            configs: [].into(),
        };
        let servers: Properties = [("bootstrap.servers", &bootstrap)].into_iter().collect();
        let settings = ClientSettings::from_properties(&servers).unwrap();
        let connected = Cluster::connect(settings).await.unwrap();
        Admin::new(&connected).create_topic(&topic).await.unwrap();
        connected.shutdown().await;
        Self {
            bootstrap,
            input: topic.name,
            first: std::process::id() as usize % 100_000 * 10_000,
            _cluster: cluster,
        }
    }

    /// Adds [`ROWS`] records to the input. A partition of it has one key, which is its number, and its records are in
    /// the order of their numbers.
    async fn add(&self, first: usize) {
        let last = first + ROWS - 1;
        let rows = format!(
            r#"SELECT CAST(n % {PARTITIONS} AS INT) AS partition, CAST(n % {PARTITIONS} AS VARCHAR) AS key,
                '{{"user_id":' || n || ',"event_type":"' || CASE WHEN n % 3 = 0 THEN 'purchase' ELSE 'view' END || '"}}' AS value,
                array(struct('n' AS key, CAST(CAST(n AS VARCHAR) AS BINARY) AS value)) AS headers
            FROM generate_series({first}, {last}) AS numbers (n) ORDER BY n"#
        );
        let context = SessionContext::new();
        tokafka::register(&context);
        let frame = sql(&context, &rows).await.unwrap();
        let writer = frame.write().option("topic", &self.input);
        let writer = writer.option("kafka.bootstrap.servers", &self.bootstrap);
        assert_eq!(writer.save().await.unwrap().rows, ROWS as u64);
    }

    /// Runs a stream twice, with more input before the second time, until all is written and noted in the checkpoint.
    async fn run(&self, start: impl AsyncFn(StreamingFrame, String, String) -> Started) {
        let checkpoint = TempDir::new().unwrap();
        for first in [self.first, self.first + ROWS] {
            self.add(first).await;
            let input = streaming::kafka_input_stream(&self.input, &self.bootstrap).unwrap();
            let location = checkpoint.path().display().to_string();
            let query = start(input, self.bootstrap.clone(), location).await;
            let query = query.unwrap();
            written(&query).await;
            query.stop().await;
            assert!(query.exception().is_none());
        }
    }

    /// The records of a topic that came of this run's input, in their order within a partition.
    async fn records(&self, topic: &str) -> Vec<Record> {
        let context = SessionContext::new();
        tokafka::register(&context);
        let location = format!("kafka://{}/{topic}", self.bootstrap);
        let create = format!("CREATE EXTERNAL TABLE t STORED AS KAFKA LOCATION '{location}'");
        sql(&context, &create).await.unwrap();
        let select = "SELECT partition, CAST(key AS STRING), CAST(value AS STRING),
                headers[1]['key'], CAST(headers[1]['value'] AS STRING), headers[2]['key'], CAST(headers[2]['value'] AS STRING)
            FROM t ORDER BY partition, offset";
        let batches = sql(&context, select)
            .await
            .unwrap()
            .collect()
            .await
            .unwrap();
        let cells = batches.iter().flat_map(|batch| {
            let columns = batch.columns().iter();
            let columns: Vec<_> = columns
                .map(|column| cast(column, &DataType::Utf8).unwrap())
                .collect();
            let row = move |row| {
                let cells = columns
                    .iter()
                    .map(|column| column.as_string::<i32>().iter().nth(row).flatten());
                cells
                    .map(|cell| cell.map(str::to_owned))
                    .collect::<Vec<_>>()
            };
            (0..batch.num_rows()).map(row).collect::<Vec<_>>()
        });
        let records = cells.map(Record::of);
        let own = self.first..self.first + 2 * ROWS;
        records
            .filter(|record| own.contains(&record.number))
            .collect()
    }

    /// The stream of all three examples in one: JSON that is read and routed, with the headers that came, while its
    /// input grows.
    async fn start_all_in_one(&self, topics: [&str; 2], checkpoint: &TempDir) -> StreamingQuery {
        let context = SessionContext::new();
        tokafka::register(&context);
        let input = read_stream(&context).options([
            ("kafka.bootstrap.servers", self.bootstrap.as_str()),
            ("subscribe", self.input.as_str()),
            ("startingOffsets", "earliest"),
            ("includeHeaders", "true"),
            ("maxOffsetsPerTrigger", "70"),
        ]);
        input
            .load()
            .unwrap()
            .create_view(&context, "input")
            .unwrap();
        let [purchases, others] = topics;
        let select = format!(
            "SELECT CASE WHEN data.event_type = 'purchase' THEN '{purchases}' ELSE '{others}' END AS topic,
                key, to_json(data) AS value, headers
            FROM (SELECT CAST(key AS STRING) AS key, headers,
                from_json(CAST(value AS STRING), 'user_id INT, event_type STRING') AS data FROM input) AS parsed"
        );
        let frame = StreamingFrame::from_frame(sql(&context, &select).await.unwrap());
        let writer = frame.write_stream().options([
            ("kafka.bootstrap.servers", self.bootstrap.clone()),
            (
                "checkpointLocation",
                checkpoint.path().display().to_string(),
            ),
        ]);
        let trigger = Trigger::ProcessingTime(Duration::from_millis(10));
        writer.trigger(trigger).start().await.unwrap()
    }

    /// The numbers of the input's records are all there, each once, and those of a partition of the input in order
    /// within a partition of the output.
    fn check(&self, topics: &[&[Record]]) {
        for records in topics {
            let mut latest = BTreeMap::new();
            for record in *records {
                let from = record.number % PARTITIONS as usize;
                let before = latest.insert((&record.partition, from), record.number);
                assert!(
                    before.is_none_or(|before| before < record.number),
                    "{record:?}"
                );
            }
        }
        let all = topics.iter().flat_map(|records| records.iter());
        let mut all: Vec<_> = all.map(|record| record.number).collect();
        all.sort();
        assert_eq!(all, (self.first..self.first + 2 * ROWS).collect::<Vec<_>>());
    }
}

/// Waits until a run has written what [`Bench::add`] adds.
async fn written(query: &StreamingQuery) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let progress = query.recent_progress();
        let all = progress
            .iter()
            .map(|batch| batch.sink.num_output_rows.max(0));
        match usize::try_from(all.sum::<i64>()).unwrap() {
            all if all >= ROWS => return assert_eq!(all, ROWS),
            _ if !query.is_active() => panic!("{:?}", query.exception()),
            _ if Instant::now() > deadline => panic!("{progress:?}"),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

#[derive(Debug)]
struct Record {
    partition: String,
    key: Option<String>,
    /// Of the value `{"user_id":7,"event_type":"view"}`.
    number: usize,
    headers: Vec<Option<String>>,
}

impl Record {
    fn of(mut cells: Vec<Option<String>>) -> Self {
        let headers = cells.split_off(3);
        let [partition, key, value] = <[_; 3]>::try_from(cells).unwrap();
        let value = value.unwrap();
        let rest = value.strip_prefix(r#"{"user_id":"#).unwrap();
        Self {
            partition: partition.unwrap(),
            key,
            number: rest.split(',').next().unwrap().parse().unwrap(),
            headers,
        }
    }
}

#[tokio::test]
async fn basic_streaming_write() {
    let bench = Bench::new("basic").await;
    bench
        .run(async |input, servers, checkpoint| {
            streaming::basic_streaming_write(input, &servers, &checkpoint).await
        })
        .await;
    let output = bench.records("output-stream").await;
    assert!(output.iter().all(|record| record.key.is_none()));
    bench.check(&[&output]);
}

#[tokio::test]
async fn advanced_streaming_write() {
    let bench = Bench::new("advanced").await;
    bench
        .run(async |input, servers, checkpoint| {
            streaming::advanced_streaming_write(input, &servers, &checkpoint).await
        })
        .await;
    let purchases = bench.records("purchase-events").await;
    let others = bench.records("general-events").await;
    assert!(purchases.iter().all(|record| record.number % 3 == 0));
    assert!(others.iter().all(|record| record.number % 3 > 0));
    for record in purchases.iter().chain(&others) {
        let key = (record.number % PARTITIONS as usize).to_string();
        assert_eq!(record.key.as_ref(), Some(&key));
    }
    bench.check(&[&purchases, &others]);
}

#[tokio::test]
async fn streaming_write_with_headers() {
    let bench = Bench::new("headers").await;
    bench
        .run(async |input, servers, checkpoint| {
            streaming::streaming_write_with_headers(input, &servers, &checkpoint).await
        })
        .await;
    let output = bench.records("enriched-stream").await;
    let headers = ["source", "spark-streaming", "version", "1.0"];
    let headers = headers.map(|text| Some(text.to_owned()));
    assert!(output.iter().all(|record| record.headers == headers));
    bench.check(&[&output]);
}

/// A stop abandons the batch that runs, so that it runs again; whatever it had written is there twice.
#[tokio::test]
async fn all_in_one_stopped_at_any_moment() {
    let bench = Bench::new("all").await;
    let checkpoint = TempDir::new().unwrap();
    let topics = ["purchases-in-one", "others-in-one"];
    for round in 0..4 {
        let query = bench.start_all_in_one(topics, &checkpoint).await;
        if round % 2 == 0 {
            bench.add(bench.first + round / 2 * ROWS).await;
        }
        if round == 3 {
            query.process_all_available().await.unwrap();
        }
        query.stop().await;
        assert!(query.exception().is_none());
    }
    let mut first_ones = Vec::new();
    for topic in topics {
        let mut seen = BTreeSet::new();
        let records = bench.records(topic).await.into_iter();
        let records = records.filter(|record| seen.insert(record.number));
        first_ones.push(records.collect::<Vec<_>>());
    }
    let [purchases, others] = [&first_ones[0], &first_ones[1]];
    assert!(purchases.iter().all(|record| record.number % 3 == 0));
    for record in purchases.iter().chain(others) {
        let headers = [
            Some("n".to_owned()),
            Some(record.number.to_string()),
            None,
            None,
        ];
        assert_eq!(record.headers, headers);
    }
    bench.check(&[purchases, others]);
}
