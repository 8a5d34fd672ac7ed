//! `KafkaWrite` and `KafkaSink`.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use datafusion::{
    arrow::datatypes::Schema,
    prelude::{DataFrame, SessionConfig, SessionContext},
};
use insta::assert_snapshot;
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_devbroker::{DevBroker, Fault, FaultAction};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::fmt::MakeWriter;

use super::{broker, params, values};
use crate::{
    KafkaSink, KafkaWrite, KafkaWriteError, PlanError, WriteFailure, WriteProgress,
    tests::frames::{query, session, table},
};

fn write_of(broker: &DevBroker, frame: &DataFrame) -> KafkaWrite {
    KafkaWrite {
        topic: Some("orders".to_owned()),
        producer_params: params(broker).into(),
        schema: Arc::clone(frame.schema().inner()),
    }
}

async fn numbers(from: i64, to: i64) -> DataFrame {
    query(
        2,
        &format!("SELECT value FROM t WHERE id >= {from} AND id < {to} ORDER BY id"),
    )
    .await
}

fn texts(ids: impl Iterator<Item = i64>) -> Vec<String> {
    ids.map(|id| format!("{id:06}")).collect()
}

fn refuse_once(broker: &DevBroker) {
    broker.inject(Fault {
        api: ApiKey::Produce,
        topic: Some("orders".to_owned()),
        partition: None,
        after: 0,
        times: 1,
        action: FaultAction::Refuse(ResponseError::InvalidRecord),
    });
}

#[tokio::test]
async fn a_batch_write_writes_frames_and_streams_of_its_schema() {
    let broker = broker(1).await;
    let frame = numbers(0, 7).await;
    let write = write_of(&broker, &frame);
    assert_eq!(write.description(), "KafkaWrite");
    let batch = write.to_batch().unwrap();
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
    let report = batch.write(frame).await.unwrap();
    assert_eq!((report.rows, report.complete), (7, true));
    let stream = numbers(7, 40).await.execute_stream().await.unwrap();
    let report = batch.write_stream(stream).await.unwrap();
    assert_eq!((report.rows, report.writers, report.ordered), (33, 1, true));
    assert_eq!(values(&broker.records("orders", 0)), texts(0..40));
}

#[tokio::test]
async fn a_stream_that_fails_is_the_fault_of_the_query() {
    let broker = broker(1).await;
    let failing = query(1, "SELECT CAST(1 / (id - 5) AS VARCHAR) AS value FROM t").await;
    let batch = write_of(&broker, &failing).to_batch().unwrap();
    let stream = failing.execute_stream().await.unwrap();
    let error = batch.write_stream(stream).await.unwrap_err();
    assert!(matches!(error.source, WriteFailure::Query(_)), "{error}");
    assert!(error.to_string().contains("Divide by zero"), "{error}");
}

#[tokio::test]
async fn rows_of_another_schema_are_refused_and_another_form_of_strings_is_none() {
    let broker = broker(1).await;
    let frame = query(1, "SELECT key, value FROM t").await;
    let write = write_of(&broker, &frame);
    let other = query(1, "SELECT value, key, id FROM t").await;
    let batch = write.to_batch().unwrap();
    let refused = batch.write(other.clone()).await.unwrap_err();
    assert_snapshot!(refused, @"the rows have the columns [value Utf8, key Utf8, id Int64], but the write was made for [key Utf8, value Utf8]: write rows of these columns, or make another write");
    let epoch = write.to_streaming().unwrap().begin(0);
    let error = epoch.write(other).await.unwrap_err();
    assert_eq!(error.to_string(), refused.to_string());
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
    let views = "SELECT arrow_cast(key, 'Utf8View') AS key, value FROM t WHERE id < 1";
    let report = batch.write(query(1, views).await).await;
    assert_eq!(report.unwrap().rows, 1);
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_when_batch_or_stream_is_made() {
    let write = KafkaWrite {
        topic: None,
        producer_params: [
            ("bootstrap.servers", "nowhere.invalid:9092"),
            ("sasl.password", "hunter2"),
        ]
        .into(),
        schema: Arc::new(Schema::empty()),
    };
    let (batch, streaming) = (
        write.to_batch().unwrap_err(),
        write.to_streaming().unwrap_err(),
    );
    assert_eq!(batch.to_string(), streaming.to_string());
    assert!(
        batch.to_string().contains("topic option required"),
        "{batch}"
    );
    assert!(!format!("{write:?}").contains("hunter2"));
}

#[tokio::test]
async fn an_epoch_is_written_and_then_committed() {
    let broker = broker(1).await;
    let sink = write_of(&broker, &numbers(0, 1).await)
        .to_streaming()
        .unwrap();
    let progress = Arc::new(WriteProgress::default());
    let begun = sink.begin(0).progress(Arc::clone(&progress));
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
    let written = begun.write(numbers(0, 10).await).await.unwrap();
    assert_eq!(
        (written.epoch(), written.report().rows, progress.rows()),
        (0, 10, 10)
    );
    assert_eq!(written.commit().await.unwrap().rows, 10);
    let empty = sink.begin(1).write(numbers(0, 0).await).await.unwrap();
    assert_eq!(empty.commit().await.unwrap().rows, 0);
    let next = sink.begin(2).write(numbers(10, 15).await).await.unwrap();
    assert!(next.commit().await.unwrap().complete);
    assert_eq!(values(&broker.records("orders", 0)), texts(0..15));
}

#[tokio::test]
async fn an_epoch_that_failed_or_was_not_committed_is_begun_anew_and_nothing_is_lost() {
    let broker = broker(1).await;
    let sink = write_of(&broker, &numbers(0, 1).await)
        .to_streaming()
        .unwrap();
    refuse_once(&broker);
    let error = sink.begin(0).write(numbers(0, 10).await).await.unwrap_err();
    assert!(matches!(error.source, WriteFailure::Write(_)), "{error}");
    drop(sink.begin(0).write(numbers(0, 10).await).await.unwrap());
    let written = sink.begin(0).write(numbers(0, 10).await).await.unwrap();
    written.commit().await.unwrap();
    assert_eq!(
        values(&broker.records("orders", 0)),
        [texts(0..10), texts(0..10)].concat()
    );
}

#[tokio::test]
async fn an_epoch_can_be_cancelled() {
    let broker = broker(1).await;
    let sink = write_of(&broker, &numbers(0, 1).await)
        .to_streaming()
        .unwrap();
    let token = CancellationToken::new();
    token.cancel();
    let epoch = sink.begin(0).cancel_with(token, Duration::ZERO);
    let error = epoch.write(numbers(0, 10).await).await.unwrap_err();
    assert!(matches!(error.source, WriteFailure::Cancelled), "{error}");
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

async fn add(
    sink: &mut KafkaSink,
    id: u64,
    rows: (i64, i64),
) -> Result<Option<u64>, KafkaWriteError> {
    let added = sink.add_batch(id, numbers(rows.0, rows.1).await).await;
    added.map(|report| report.map(|report| report.rows))
}

#[tokio::test]
async fn a_batch_that_was_written_is_skipped_and_the_log_says_so() {
    let broker = broker(1).await;
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let mut sink = KafkaSink::new(&session(), params(&broker), Some("orders"));
    assert_eq!(add(&mut sink, 0, (0, 5)).await.unwrap(), Some(5));
    assert_eq!(add(&mut sink, 2, (5, 7)).await.unwrap(), Some(2));
    let logged = || String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!logged().contains("Skipping"), "{}", logged());
    for id in 0..=2 {
        assert_eq!(add(&mut sink, id, (0, 5)).await.unwrap(), None);
        let line = format!("Skipping already committed batch {id}\n");
        assert!(logged().contains(&line), "{}", logged());
    }
    assert_eq!(add(&mut sink, 3, (7, 9)).await.unwrap(), Some(2));
    assert_eq!(values(&broker.records("orders", 0)), texts(0..9));
}

#[tokio::test]
async fn a_batch_that_failed_was_not_written() {
    let broker = broker(1).await;
    let mut sink = KafkaSink::new(&session(), params(&broker), Some("orders"));
    refuse_once(&broker);
    let error = add(&mut sink, 0, (0, 5)).await.unwrap_err();
    assert!(matches!(error.source, WriteFailure::Write(_)), "{error}");
    assert_eq!(add(&mut sink, 0, (0, 5)).await.unwrap(), Some(5));
    assert_eq!(values(&broker.records("orders", 0)), texts(0..5));
}

#[tokio::test]
async fn a_sink_runs_batches_in_its_session() {
    let broker = broker(1).await;
    let three = SessionConfig::new().with_target_partitions(3);
    let three = SessionContext::new_with_config(three);
    let mut sink = KafkaSink::new(&three, params(&broker), Some("orders"));
    let grouped = "SELECT max(value) AS value FROM t GROUP BY id";
    let report = sink.add_batch(0, query(2, grouped).await).await;
    assert_eq!(report.unwrap().unwrap().writers, 3);
    assert_eq!(broker.records("orders", 0).len(), 80);
}

#[tokio::test]
async fn a_sink_takes_the_topic_from_the_column_and_checks_each_batch() {
    let broker = broker(1).await;
    broker.create_topic("refunds", 1);
    let context = table(2);
    let mut sink = KafkaSink::new(&context, params(&broker), None);
    let rows =
        "SELECT CASE WHEN id % 2 = 0 THEN 'orders' ELSE 'refunds' END AS topic, value FROM t";
    let report = sink.add_batch(7, context.sql(rows).await.unwrap()).await;
    assert_eq!(report.unwrap().unwrap().rows, 80);
    assert_eq!(broker.records("orders", 0).len(), 40);
    assert_eq!(broker.records("refunds", 0).len(), 40);
    let no_value = context.sql("SELECT key FROM t").await.unwrap();
    let error = sink.add_batch(8, no_value).await.unwrap_err();
    assert!(
        matches!(error.source, WriteFailure::Plan(PlanError::Write(_))),
        "{error}"
    );
    let shown = format!("{sink:?}");
    assert!(shown.contains("latest: Some(7)"), "{shown}");
}
