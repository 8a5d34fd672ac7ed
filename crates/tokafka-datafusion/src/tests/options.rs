//! What Kafka's settings do on the wire and in the log, under Spark's names.

use std::time::Duration;

use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_client::batch::BatchHeader;
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction};

use super::{
    broker::until,
    stepping::{self, Stepping},
};
use crate::{DataFrameWriter, KafkaDataFrame, KafkaWriteError, WriteReport};

const CODECS: [&str; 5] = ["none", "gzip", "snappy", "lz4", "zstd"];

type Options<'a> = &'a [(&'a str, &'a str)];

async fn broker() -> DevBroker {
    let config = DevBrokerConfig {
        message_max_bytes: 10_000_000,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    broker.create_topic("t", 1);
    broker
}

/// So many rows of a hundred bytes each, no two alike, in one partition.
async fn rows(count: usize) -> DataFrame {
    let config = SessionConfig::new().with_target_partitions(1);
    let context = SessionContext::new_with_config(config);
    let value = "lpad(CAST(value * 7919 AS VARCHAR), 100, 'order of tea, ') AS value";
    let query = format!("SELECT {value} FROM range({count})");
    context.sql(&query).await.unwrap()
}

fn to(broker: &DevBroker, frame: DataFrame, options: Options<'_>) -> DataFrameWriter {
    let writer = frame.write().format("kafka").option("topic", "t");
    let writer = writer.option("kafka.bootstrap.servers", broker.bootstrap());
    writer.options(options.iter().copied())
}

async fn write(
    broker: &DevBroker,
    count: usize,
    options: Options<'_>,
) -> Result<WriteReport, KafkaWriteError> {
    to(broker, rows(count).await, options).save().await
}

fn on_produce(broker: &DevBroker, after: u32, times: u32, action: FaultAction) {
    broker.inject(Fault {
        api: ApiKey::Produce,
        topic: None,
        partition: None,
        after,
        times,
        action,
    });
}

fn headers(broker: &DevBroker, topic: &str) -> Vec<BatchHeader> {
    let batches = broker.batches(topic, 0);
    let headers = batches.iter().map(|batch| BatchHeader::parse(batch));
    headers.collect::<Result<_, _>>().unwrap()
}

fn rows_by_batch(broker: &DevBroker, topic: &str) -> Vec<i32> {
    let headers = headers(broker, topic);
    headers.iter().map(|header| header.record_count).collect()
}

#[tokio::test]
async fn batch_size_is_how_large_batches_in_the_log_are() {
    let broker = broker().await;
    write(&broker, 1000, &[("kafka.batch.size", "2000")])
        .await
        .unwrap();
    let sizes = broker.batches("t", 0);
    let sizes: Vec<_> = sizes.iter().map(|batch| batch.len()).collect();
    let (last, full) = sizes.split_last().unwrap();
    assert!(
        full.iter().all(|size| (1800..=2000).contains(size)),
        "{sizes:?}"
    );
    assert!(*last <= 2000, "{sizes:?}");
    let before = sizes.len();
    write(&broker, 1000, &[]).await.unwrap();
    assert_eq!(broker.batches("t", 0).len(), before + 1, "large if not set");
}

#[tokio::test]
async fn linger_ms_is_how_long_a_row_waits_for_more_while_the_input_pauses() {
    let broker = broker().await;
    broker.create_topic("long", 1);
    let (long, short) = (Stepping::default(), Stepping::default());
    let save = |input: &Stepping, options: Options<'_>| {
        tokio::spawn(to(&broker, stepping::frame(input), options).save())
    };
    let waiting = save(&long, &[("topic", "long"), ("kafka.linger.ms", "60000")]);
    until(|| long.is_paused()).await;
    let hasty = save(&short, &[("kafka.linger.ms", "1")]);
    until(|| !headers(&broker, "t").is_empty()).await;
    assert_eq!(headers(&broker, "long"), []);
    for (input, write) in [(long, waiting), (short, hasty)] {
        input.go_on();
        write.await.unwrap().unwrap();
    }
    assert_eq!(rows_by_batch(&broker, "t"), [1, 1]);
    assert_eq!(rows_by_batch(&broker, "long"), [2]);
}

#[tokio::test]
async fn compression_type_is_how_batches_in_the_log_are_compressed() {
    let broker = broker().await;
    let mut lengths = Vec::new();
    for (number, codec) in CODECS.into_iter().enumerate() {
        write(&broker, 1000, &[("kafka.compression.type", codec)])
            .await
            .unwrap();
        let header = headers(&broker, "t").pop().unwrap();
        assert_eq!(
            usize::try_from(header.attributes & 7),
            Ok(number),
            "{codec}"
        );
        lengths.push(header.batch_length);
    }
    let (plain, compressed) = lengths.split_first().unwrap();
    assert!(
        compressed.iter().all(|length| length * 2 < *plain),
        "{lengths:?}"
    );
}

#[tokio::test]
async fn the_level_of_compression_decides_how_small_batches_are() {
    for (codec, level, [fast, small]) in [
        ("gzip", "kafka.compression.gzip.level", ["1", "9"]),
        ("zstd", "kafka.compression.zstd.level", ["1", "19"]),
    ] {
        let broker = broker().await;
        let mut bytes = Vec::new();
        for value in [fast, small] {
            let options = [("kafka.compression.type", codec), (level, value)];
            bytes.push(write(&broker, 5000, &options).await.unwrap().bytes);
        }
        assert!(bytes[1] < bytes[0], "{codec}: {bytes:?}");
    }
}

#[tokio::test]
async fn acks_decides_what_a_write_waits_for_and_whether_batches_carry_a_producer() {
    for acks in ["0", "1", "all"] {
        let broker = broker().await;
        let report = write(&broker, 10, &[("kafka.acks", acks)]).await.unwrap();
        assert_eq!(report.acknowledged, acks != "0");
        until(|| broker.records("t", 0).len() == 10).await;
        assert_eq!(
            headers(&broker, "t")[0].producer_id >= 0,
            acks == "all",
            "{acks}"
        );

        on_produce(&broker, 0, u32::MAX, FaultAction::Silence);
        let times = [
            ("kafka.acks", acks),
            ("kafka.request.timeout.ms", "200"),
            ("kafka.delivery.timeout.ms", "300"),
        ];
        let unanswered = write(&broker, 10, &times).await;
        assert_eq!(unanswered.is_ok(), acks == "0", "{acks}");
    }
}

#[tokio::test]
async fn retries_is_how_often_a_batch_comes_again() {
    for retries in ["0", "1", "4"] {
        let broker = broker().await;
        let refusal = FaultAction::Refuse(ResponseError::NotEnoughReplicas);
        on_produce(&broker, 0, u32::MAX, refusal);
        let options = [("kafka.retries", retries), ("kafka.retry.backoff.ms", "1")];
        let error = write(&broker, 10, &options).await.unwrap_err();
        assert!(error.to_string().contains("NotEnoughReplicas"), "{error}");
        let sent = broker.request_count(ApiKey::Produce) - 1;
        assert_eq!(sent.to_string(), retries);
        assert_eq!(error.report.unwrap().retries, sent);
    }
}

#[tokio::test]
async fn retry_backoff_ms_is_the_wait_between_attempts() {
    let broker = broker().await;
    let mut times = Vec::new();
    for wait in ["1", "400"] {
        let refusal = FaultAction::Refuse(ResponseError::NotEnoughReplicas);
        on_produce(&broker, 0, 3, refusal);
        let options = [
            ("kafka.retry.backoff.ms", wait),
            ("kafka.retry.backoff.max.ms", wait),
        ];
        let report = write(&broker, 10, &options).await.unwrap();
        assert_eq!(report.retries, 3);
        times.push(report.elapsed_ms);
    }
    // A fifth may be taken off or added, so that clients do not come back together.
    assert!(times[1] >= 3 * 320, "{times:?}");
    assert!(times[0] < times[1], "{times:?}");
}

/// What a broker never answers is sent again whole, over a new connection: so many were out.
#[tokio::test]
async fn max_in_flight_is_how_many_requests_are_out_on_a_connection() {
    for in_flight in ["1", "2", "5"] {
        let broker = broker().await;
        // With each answer one more may be out.
        on_produce(&broker, 10, 1, FaultAction::Drop);
        let options = [
            ("kafka.max.in.flight.requests.per.connection", in_flight),
            ("kafka.batch.size", "200"),
            ("kafka.request.timeout.ms", "500"),
        ];
        let report = write(&broker, 40, &options).await.unwrap();
        assert_eq!(report.retries.to_string(), in_flight);
        assert_eq!(broker.records("t", 0).len(), 40);
    }
}

#[tokio::test]
async fn max_request_size_limits_rows_and_requests() {
    let broker = broker().await;
    let large = SessionContext::new()
        .sql("SELECT repeat('x', 2000000) AS value")
        .await
        .unwrap();
    let error = to(&broker, large.clone(), &[]).save().await.unwrap_err();
    assert!(error.to_string().contains("max.request.size"), "{error}");
    assert_eq!(broker.request_count(ApiKey::Produce), 0);
    let raised = [("kafka.max.request.size", "4000000")];
    to(&broker, large, &raised).save().await.unwrap();
    assert_eq!(broker.records("t", 0).len(), 1);

    let before = broker.request_count(ApiKey::Produce);
    let lowered = [("kafka.max.request.size", "10000")];
    let report = write(&broker, 1000, &lowered).await.unwrap();
    let requests = broker.request_count(ApiKey::Produce) - before;
    assert!(requests >= report.bytes.div_ceil(10_000), "{requests}");
    let batches = broker.batches("t", 0);
    assert!(batches[1..].iter().all(|batch| batch.len() <= 10_000));
}

#[tokio::test]
async fn buffer_memory_is_what_may_wait_for_a_slow_broker() {
    for (memory, fits) in [("50000", false), ("33554432", true)] {
        let broker = broker().await;
        let slow = FaultAction::DelayAnswer(Duration::from_millis(700));
        on_produce(&broker, 0, 1, slow);
        let options = [
            ("kafka.buffer.memory", memory),
            ("kafka.max.block.ms", "200"),
            ("kafka.batch.size", "10000"),
        ];
        let written = write(&broker, 2000, &options).await;
        match written {
            Ok(report) => assert_eq!((report.rows, fits), (2000, true)),
            Err(error) => {
                assert!(error.to_string().contains("buffer.memory"), "{error}");
                assert!(!fits);
            }
        }
    }
}
