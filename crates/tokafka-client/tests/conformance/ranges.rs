use tokafka_client::{
    error::{ReadError, TopicError},
    ranges::RangeReader,
    settings::FetchSettings,
};

use crate::broker::{Broker, rows, write};

#[tokio::test]
async fn a_range_may_begin_and_end_inside_a_batch() {
    let broker = Broker::start().await;
    let topic = broker.new_topic("cut", 1).await;
    let producer = broker.producer(&[("compression.type", "zstd")]).await;
    write(producer, &topic, &[rows(0..10), rows(10..20), rows(20..30)]).await;
    for (start, end) in [(0, 30), (3, 27), (12, 13), (10, 20), (29, 30)] {
        let read = broker.read(&topic, start..end).await;
        let offsets: Vec<_> = read.iter().map(|(offset, _)| *offset).collect();
        assert_eq!(offsets, (start..end).collect::<Vec<_>>());
        let expected = rows(start as u32..end as u32);
        assert_eq!(
            read.into_iter().map(|(_, row)| row).collect::<Vec<_>>(),
            expected
        );
    }
    assert_eq!(broker.read(&topic, 7..7).await, []);
}

#[tokio::test]
async fn an_offset_beyond_the_log_is_refused_with_what_the_log_holds() {
    let broker = Broker::start().await;
    let topic = broker.new_topic("beyond", 1).await;
    write(broker.producer(&[]).await, &topic, &[rows(0..5)]).await;
    let error = open(&broker, &topic, 0, 6..9).await;
    assert_eq!(
        error,
        ReadError::OffsetOutOfRange {
            topic,
            partition: 0,
            offset: 6,
            start: 0,
            end: 5
        }
    );
}

#[tokio::test]
async fn reading_what_does_not_exist_fails_at_once_and_creates_nothing() {
    let broker = Broker::start().await;
    let topic = broker.topic_name("unread");
    let error = open(&broker, &topic, 0, 0..1).await;
    assert!(
        matches!(&error, ReadError::Topic(TopicError::Unknown { .. })),
        "{error}"
    );
    let topic = broker.new_topic("one", 1).await;
    let error = open(&broker, &topic, 1, 0..1).await;
    let missing = TopicError::NoSuchPartition {
        name: topic,
        partition: 1,
        count: 1,
    };
    assert_eq!(error, ReadError::Topic(missing));
}

/// The error of opening or of the first read.
async fn open(
    broker: &Broker,
    topic: &str,
    partition: i32,
    range: std::ops::Range<i64>,
) -> ReadError {
    let settings = FetchSettings::from_properties(&broker.properties(&[])).unwrap();
    let cluster = broker.cluster().await;
    match RangeReader::open(&cluster, &settings, topic, partition, range).await {
        Ok(mut reader) => reader.next().await.unwrap_err(),
        Err(error) => error,
    }
}
