//! Reading and administration when the broker or the network fails, on the embedded broker.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{ops::Range, time::Duration};

use kafka_protocol::messages::ApiKey;
use tokafka_client::{
    admin::{Admin, NewTopic, OffsetSpec},
    batch::{Compressor, Headers, OpenBatch, Record},
    cluster::Cluster,
    error::{ReadError, RequestError, ResponseError, TopicError},
    producer::Producer,
    ranges::RangeReader,
    settings::{ClientSettings, FetchSettings, ProducerSettings, Properties},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction};

const TOPIC: &str = "t";

/// A broker with one topic of one partition.
struct Bench {
    broker: DevBroker,
}

impl Bench {
    async fn start() -> Self {
        let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
        broker.create_topic(TOPIC, 1);
        Self { broker }
    }

    fn properties(&self) -> Properties {
        let servers = self.broker.bootstrap();
        let pairs = [
            ("bootstrap.servers", servers.as_str()),
            ("max.block.ms", "3000"),
            ("request.timeout.ms", "1000"),
            ("retry.backoff.ms", "10"),
            ("reconnect.backoff.ms", "10"),
            ("fetch.max.wait.ms", "100"),
        ];
        pairs.into_iter().collect()
    }

    async fn cluster(&self) -> Cluster {
        let settings = ClientSettings::from_properties(&self.properties()).unwrap();
        Cluster::connect(settings).await.unwrap()
    }

    async fn admin(&self) -> Admin {
        Admin::new(&self.cluster().await)
    }

    /// Writes one batch.
    async fn write(&self, values: &[&str]) {
        let settings = ProducerSettings::from_properties(&self.properties()).unwrap();
        let producer = Producer::connect(settings).await.unwrap();
        let topic = producer.topic(TOPIC).await.unwrap();
        let mut batch = OpenBatch::new(producer.buffers(), 1024);
        for value in values {
            let value = Some(value.as_bytes());
            batch.push(Record {
                timestamp: 0,
                key: None,
                value,
                headers: Headers::NONE,
            });
        }
        let batch = batch
            .finish(&mut Compressor::new(producer.settings().compression))
            .unwrap();
        let deliveries = producer.deliveries();
        producer.send(&topic, 0, batch, &deliveries).await.unwrap();
        deliveries.settled().await.unwrap();
        producer.close(Duration::from_secs(1)).await;
    }

    async fn reader(&self, range: Range<i64>) -> RangeReader {
        let settings = FetchSettings::from_properties(&self.properties()).unwrap();
        RangeReader::open(&self.cluster().await, &settings, TOPIC, 0, range)
            .await
            .unwrap()
    }

    /// The next requests of this kind meet a fault.
    fn inject(&self, api: ApiKey, times: u32, action: FaultAction) {
        let fault = Fault {
            api,
            topic: None,
            partition: None,
            after: 0,
            times,
            action,
        };
        self.broker.inject(fault);
    }
}

/// Offsets and values of the next batch.
async fn next(reader: &mut RangeReader) -> Option<Vec<(i64, String)>> {
    let batch = reader.next().await.unwrap()?;
    let records = batch.iter().map(|record| {
        let record = record.unwrap();
        (
            record.offset,
            String::from_utf8(record.value.unwrap().to_vec()).unwrap(),
        )
    });
    Some(records.collect())
}

fn records(expected: &[(i64, &str)]) -> Option<Vec<(i64, String)>> {
    Some(
        expected
            .iter()
            .map(|(offset, value)| (*offset, (*value).to_owned()))
            .collect(),
    )
}

fn new_topic(name: &str) -> NewTopic {
    NewTopic {
        name: name.to_owned(),
        partitions: Some(1),
        replication: None,
        configs: [].into(),
    }
}

#[tokio::test]
async fn reading_goes_on_after_what_is_temporary() {
    let bench = Bench::start().await;
    bench.write(&["a", "b"]).await;
    for action in [
        FaultAction::Refuse(ResponseError::NotLeaderOrFollower),
        FaultAction::Refuse(ResponseError::UnknownTopicId),
        FaultAction::Refuse(ResponseError::FencedLeaderEpoch),
        FaultAction::Cut,
        FaultAction::LoseAnswer,
        FaultAction::Silence,
    ] {
        bench.inject(ApiKey::Fetch, 1, action);
        let before = bench.broker.request_count(ApiKey::Fetch);
        let mut reader = bench.reader(0..2).await;
        assert_eq!(
            next(&mut reader).await,
            records(&[(0, "a"), (1, "b")]),
            "{action:?}"
        );
        assert_eq!(next(&mut reader).await, None);
        assert_eq!(
            bench.broker.request_count(ApiKey::Fetch),
            before + 2,
            "{action:?}"
        );
    }
}

#[tokio::test]
async fn what_does_not_go_away_ends_reading_after_max_block_ms_with_its_reason() {
    let bench = Bench::start().await;
    bench.write(&["a"]).await;
    let mut reader = bench.reader(0..1).await;
    let refused = ResponseError::NotLeaderOrFollower;
    bench.inject(ApiKey::Fetch, u32::MAX, FaultAction::Refuse(refused));
    let error = reader.next().await.unwrap_err();
    let message = Some("topic t partition 0".to_owned());
    let refusal = RequestError::Refused {
        api: "Fetch",
        code: refused,
        message,
    };
    assert_eq!(error, ReadError::Topic(TopicError::Request(refusal)));
    assert_eq!(reader.position(), 0);
}

#[tokio::test]
async fn a_reader_without_end_gets_what_is_written_later() {
    let bench = Bench::start().await;
    let mut reader = bench.reader(0..i64::MAX).await;
    let (first, ()) = tokio::join!(next(&mut reader), bench.write(&["a"]));
    assert_eq!(first, records(&[(0, "a")]));
    bench.write(&["b"]).await;
    assert_eq!(next(&mut reader).await, records(&[(1, "b")]));
    assert_eq!(reader.position(), 2);
}

#[tokio::test]
async fn dropping_a_call_loses_no_records() {
    let bench = Bench::start().await;
    let mut reader = bench.reader(0..2).await;
    let impatient = tokio::time::timeout(Duration::from_millis(5), reader.next()).await;
    assert!(impatient.is_err(), "there is nothing to read yet");
    bench.write(&["a", "b"]).await;
    assert_eq!(next(&mut reader).await, records(&[(0, "a"), (1, "b")]));
    assert_eq!(next(&mut reader).await, None);
}

#[tokio::test]
async fn an_empty_range_ends_without_a_fetch() {
    let bench = Bench::start().await;
    bench.write(&["a"]).await;
    for range in [Range { start: 0, end: 0 }, Range { start: 5, end: 3 }] {
        let mut reader = bench.reader(range).await;
        assert_eq!(next(&mut reader).await, None);
    }
    assert_eq!(bench.broker.request_count(ApiKey::Fetch), 0);
}

#[tokio::test]
async fn a_topic_made_anew_under_the_same_name_is_not_read_as_the_old_one() {
    let bench = Bench::start().await;
    bench.write(&["a"]).await;
    let mut reader = bench.reader(0..2).await;
    assert_eq!(next(&mut reader).await, records(&[(0, "a")]));
    let admin = bench.admin().await;
    admin.delete_topic(TOPIC).await.unwrap();
    admin.create_topic(&new_topic(TOPIC)).await.unwrap();
    bench.write(&["other", "rows"]).await;
    let error = reader.next().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "topic t does not exist: it was deleted and made anew while it was read"
    );
}

#[tokio::test]
async fn offsets_are_asked_for_again_after_what_is_temporary() {
    let bench = Bench::start().await;
    bench.write(&["a", "b"]).await;
    let admin = bench.admin().await;
    for action in [
        FaultAction::Refuse(ResponseError::NotLeaderOrFollower),
        FaultAction::Cut,
        FaultAction::LoseAnswer,
    ] {
        bench.inject(ApiKey::ListOffsets, 1, action);
        assert_eq!(
            admin.offsets(TOPIC, OffsetSpec::Latest).await,
            Ok(vec![2]),
            "{action:?}"
        );
    }
}

#[tokio::test]
async fn creating_a_topic_is_asked_again_only_if_it_cannot_have_happened() {
    let bench = Bench::start().await;
    let admin = bench.admin().await;
    bench.inject(
        ApiKey::CreateTopics,
        1,
        FaultAction::Refuse(ResponseError::NotController),
    );
    admin.create_topic(&new_topic("moved")).await.unwrap();
    assert_eq!(bench.broker.request_count(ApiKey::CreateTopics), 2);
    bench.inject(ApiKey::CreateTopics, 1, FaultAction::LoseAnswer);
    let error = admin.create_topic(&new_topic("lost")).await.unwrap_err();
    assert!(
        matches!(&error, TopicError::Request(RequestError::Lost { .. })),
        "{error}"
    );
    assert_eq!(bench.broker.request_count(ApiKey::CreateTopics), 3);
    admin.describe_topic("lost").await.unwrap();
}

#[tokio::test]
async fn a_topic_is_described_with_its_leaders_and_replicas() {
    let bench = Bench::start().await;
    let admin = bench.admin().await;
    let topic = admin.describe_topic(TOPIC).await.unwrap();
    assert_eq!(&*topic.name, TOPIC);
    let partition = &topic.partitions[0];
    assert_eq!((partition.partition, partition.leader), (0, Some(1)));
    assert_eq!(
        (&*partition.replicas, &*partition.in_sync),
        (&[1][..], &[1][..])
    );
    let error = admin.describe_topic("absent").await.unwrap_err();
    assert_eq!(
        error,
        TopicError::Unknown {
            name: "absent".to_owned(),
            reason: None
        }
    );
    assert!(
        admin
            .list_topics()
            .await
            .unwrap()
            .iter()
            .all(|topic| &*topic.name != "absent")
    );
}

/// With answers of one batch each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_answer_is_asked_for_while_one_is_read_and_none_behind_the_range() {
    let bench = Bench::start().await;
    for value in ["a", "b", "c", "d"] {
        bench.write(&[value]).await;
    }
    let mut properties = bench.properties();
    properties.set("max.partition.fetch.bytes", "1");
    let settings = FetchSettings::from_properties(&properties).unwrap();
    let cluster = bench.cluster().await;
    let mut reader = RangeReader::open(&cluster, &settings, TOPIC, 0, 0..3)
        .await
        .unwrap();
    let fetches = || bench.broker.request_count(ApiKey::Fetch);
    assert_eq!(next(&mut reader).await, records(&[(0, "a")]));
    let polling = async {
        while fetches() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(20), polling).await;
    asked.expect("the second answer should be asked for");
    assert_eq!(next(&mut reader).await, records(&[(1, "b")]));
    assert_eq!(next(&mut reader).await, records(&[(2, "c")]));
    assert_eq!(next(&mut reader).await, None);
    assert_eq!(fetches(), 3);
}

#[tokio::test]
async fn a_range_that_was_found_and_is_gone_ends_reading_after_max_block_ms() {
    let bench = Bench::start().await;
    bench.write(&["a"]).await;
    let mut properties = bench.properties();
    properties.set("max.block.ms", "300");
    let settings = FetchSettings::from_properties(&properties).unwrap();
    let cluster = bench.cluster().await;
    let mut reader = RangeReader::open_found(&cluster, &settings, TOPIC, 0, 0..3)
        .await
        .unwrap();
    assert_eq!(next(&mut reader).await, records(&[(0, "a")]));
    let error = reader.next().await.unwrap_err();
    let gone = ReadError::OffsetOutOfRange {
        topic: TOPIC.to_owned(),
        partition: 0,
        offset: 1,
        start: 0,
        end: 1,
    };
    assert_eq!(error, gone);
    bench.write(&["b", "c"]).await;
    assert_eq!(next(&mut reader).await, records(&[(1, "b"), (2, "c")]));
}
