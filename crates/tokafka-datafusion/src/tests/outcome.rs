//! What the error of a write says of its rows, whichever way it was asked for.

use datafusion::{error::DataFusionError, prelude::SessionContext};
use insta::assert_snapshot;
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_arrow::{PartitionReceipt, WriteReport};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction};

use super::frames::table;
use crate::{KafkaDataFrame, KafkaWriteError, WriteFailure};

const ROWS: &str = "SELECT value, CAST(id % 2 AS INT) AS partition FROM t";

/// Takes what is for partition 0 and refuses what is for partition 1.
async fn broker() -> DevBroker {
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    broker.create_topic("orders", 2);
    broker.inject(Fault {
        api: ApiKey::Produce,
        topic: Some("orders".to_owned()),
        partition: Some(1),
        after: 0,
        times: u32::MAX,
        action: FaultAction::Refuse(ResponseError::InvalidRecord),
    });
    broker
}

fn session() -> SessionContext {
    let context = table(1);
    crate::register(&context);
    context
}

async fn error_of(context: &SessionContext, statement: &str) -> KafkaWriteError {
    let rows = context.sql(statement).await.unwrap().collect().await;
    match rows.unwrap_err() {
        DataFusionError::External(error) => *error.downcast().unwrap(),
        other => panic!("{other}"),
    }
}

fn assert_says_what_was_acknowledged(error: &KafkaWriteError, broker: &DevBroker) {
    let text = error.to_string();
    assert!(text.contains("topic orders partition 1"), "{text}");
    let said = ". 20 rows were acknowledged (orders-0: 20)";
    assert!(text.ends_with(said), "{text}");
    assert!(matches!(error.source, WriteFailure::Write(_)));
    let report = error.report.as_deref().unwrap();
    assert!(!report.complete);
    assert_eq!((report.rows, report.may_be_written_rows), (20, 0));
    assert_eq!(broker.records("orders", 0).len(), 20);
}

#[tokio::test]
async fn of_a_data_frame() {
    let broker = broker().await;
    let frame = session().sql(ROWS).await.unwrap().write();
    let address = ("kafka.bootstrap.servers", broker.bootstrap());
    let options = [address, ("topic", "orders".to_owned())];
    let error = frame.options(options).save().await.unwrap_err();
    assert_says_what_was_acknowledged(&error, &broker);
}

#[tokio::test]
async fn of_an_insert() {
    let (broker, context) = (broker().await, session());
    let location = format!("LOCATION '{}/orders'", broker.bootstrap());
    let create = format!("CREATE EXTERNAL TABLE k STORED AS KAFKA {location}");
    context.sql(&create).await.unwrap();
    let insert = format!("INSERT INTO k (value, partition) {ROWS}");
    let error = error_of(&context, &insert).await;
    assert_says_what_was_acknowledged(&error, &broker);
}

#[tokio::test]
async fn of_a_copy() {
    let (broker, context) = (broker().await, session());
    let copy = format!(
        "COPY ({ROWS}) TO '{}/orders' STORED AS KAFKA",
        broker.bootstrap()
    );
    let error = error_of(&context, &copy).await;
    assert_says_what_was_acknowledged(&error, &broker);
}

#[tokio::test]
async fn a_query_that_fails_has_written_nothing() {
    let context = session();
    let rows = "SELECT CAST(1 / (id - id) AS VARCHAR) AS value FROM t";
    let copy = format!("COPY ({rows}) TO 'nowhere.invalid:9092/orders' STORED AS KAFKA");
    let error = error_of(&context, &copy).await;
    assert!(matches!(error.source, WriteFailure::Query(_)));
    let text = error.to_string();
    assert!(text.contains("Divide by zero"), "{text}");
    assert!(text.ends_with(". No row was acknowledged"), "{text}");
}

fn part(partition: i32, rows: u64, may_be_written_rows: u64) -> PartitionReceipt {
    PartitionReceipt {
        topic: "orders".to_owned(),
        partition,
        rows,
        may_be_written_rows,
        ..PartitionReceipt::default()
    }
}

fn cancelled(partitions: Vec<PartitionReceipt>, acknowledged: bool) -> String {
    let report = WriteReport {
        acknowledged,
        rows: partitions.iter().map(|part| part.rows).sum(),
        may_be_written_rows: partitions.iter().map(|part| part.may_be_written_rows).sum(),
        partitions,
        ..WriteReport::default()
    };
    let error = KafkaWriteError {
        source: WriteFailure::Cancelled,
        report: Some(Box::new(report)),
    };
    error.to_string()
}

#[test]
fn rows_in_doubt_are_counted_apart() {
    let parts = vec![part(0, 1, 0), part(1, 0, 7), part(2, 0, 1)];
    assert_snapshot!(cancelled(parts, true), @"the write was cancelled. 1 row was acknowledged (orders-0: 1), 8 may have been written (orders-1: 7, orders-2: 1)");
    assert_snapshot!(cancelled(vec![part(0, 3, 0)], false), @"the write was cancelled. 3 rows were sent without acknowledgement (orders-0: 3)");
    let many = (0..10).map(|partition| part(partition, 1, 0)).collect();
    assert_snapshot!(cancelled(many, true), @"the write was cancelled. 10 rows were acknowledged (orders-0: 1, orders-1: 1, orders-2: 1, orders-3: 1, orders-4: 1, orders-5: 1, orders-6: 1, orders-7: 1, and 2 more topic-partitions)");
}
