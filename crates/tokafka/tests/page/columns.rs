//! DataFrame Schema Requirements, and Batch Writes.

use crate::{
    broker, pair, pairs, records,
    twins::{
        batch_writes, columns,
        rows::{categories, events, users},
    },
    values,
};

#[tokio::test]
async fn required_columns() {
    let broker = broker().await;
    columns::required_columns(&broker.bootstrap())
        .await
        .unwrap();
    let [(_, key, value, headers)] = &records(&broker, "messages")[..] else {
        panic!("one record")
    };
    assert_eq!((key, value.as_deref()), (&None, Some("Hello World")));
    assert_eq!(headers, &[]);
}

#[tokio::test]
async fn optional_columns() {
    let broker = broker().await;
    columns::optional_columns(&broker.bootstrap())
        .await
        .unwrap();
    let expected = |partition, key: &str, value: &str, correlation, source| {
        let headers = vec![pair("correlation-id", correlation), pair("source", source)];
        (
            partition,
            Some(key.to_owned()),
            Some(value.to_owned()),
            headers,
        )
    };
    let login = r#"{"event":"login","timestamp":1234567890}"#;
    let logout = r#"{"event":"logout","timestamp":1234567891}"#;
    assert_eq!(
        records(&broker, "user-events"),
        [
            expected(0, "user123", login, "abc123", "web"),
            expected(1, "user456", logout, "def456", "mobile"),
        ]
    );
}

#[tokio::test]
async fn column_types_and_conversion() {
    let broker = broker().await;
    let written =
        columns::column_types_and_conversion(events().unwrap(), &broker.bootstrap()).await;
    written.unwrap();
    let headers = [
        pair("content-type", "application/json"),
        pair("source", "spark-streaming"),
    ];
    let expected = |partition, user: i32, event: &str, value: &str| {
        let value = format!(
            r#"{{"topic":"user-events","user_id":{user},"event_type":"{event}","value":"{value}"}}"#
        );
        (
            partition,
            Some(user.to_string()),
            Some(value),
            headers.to_vec(),
        )
    };
    assert_eq!(
        records(&broker, "user-events"),
        [
            expected(3, 23, "login", "hello"),
            expected(7, 7, "error", "disk full"),
            expected(8, 18, "warning", "disk nearly full"),
        ]
    );
}

#[tokio::test]
async fn simple_batch_write() {
    let broker = broker().await;
    batch_writes::simple_batch_write(users().unwrap(), &broker.bootstrap())
        .await
        .unwrap();
    assert_eq!(
        pairs(&broker, "batch-data"),
        [
            pair("1", r#"{"id":1,"user_id":7,"name":"Ann"}"#),
            pair("2", r#"{"id":2,"user_id":18}"#),
            pair("3", r#"{"id":3,"user_id":23,"name":"Bo"}"#),
        ]
    );
}

#[tokio::test]
async fn partitioned_batch_write() {
    let broker = broker().await;
    batch_writes::partitioned_batch_write(users().unwrap(), &broker.bootstrap())
        .await
        .unwrap();
    let places: Vec<_> = records(&broker, "partitioned-data")
        .into_iter()
        .map(|(partition, key, ..)| (partition, key.unwrap()))
        .collect();
    assert_eq!(
        places,
        [
            (3, "23".to_owned()),
            (7, "7".to_owned()),
            (8, "18".to_owned())
        ]
    );
    assert_eq!(
        values(&broker, "partitioned-data")[0],
        r#"{"id":2,"user_id":18}"#
    );
}

#[tokio::test]
async fn multi_topic_batch_write() {
    let broker = broker().await;
    let written =
        batch_writes::multi_topic_batch_write(categories().unwrap(), &broker.bootstrap()).await;
    written.unwrap();
    assert_eq!(pairs(&broker, "order-events"), [pair("1", "seven apples")]);
    assert_eq!(pairs(&broker, "payment-events"), [pair("2", "seven euros")]);
    assert_eq!(pairs(&broker, "inventory-events"), [pair("3", "no apples")]);
    assert_eq!(pairs(&broker, "misc-events"), [pair("4", "rain")]);
}
