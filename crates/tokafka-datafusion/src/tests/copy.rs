//! COPY to Kafka: what it leaves in the log, how it is planned, what it refuses before anything is
//! opened.

use std::sync::{Arc, Mutex};

use datafusion::{
    arrow::{array::AsArray, datatypes::UInt64Type, util::pretty::pretty_format_batches},
    error::Result,
    prelude::SessionContext,
};
use insta::assert_snapshot;
use kafka_protocol::messages::ApiKey;
use tokafka_devbroker::{DevBroker, DevBrokerConfig, StoredRecord};

use super::frames::table;
use crate::{SqlOptions, WriteOptions, register, register_with, sql};

const NOWHERE: &str = "'kafka://nowhere.invalid:9092/orders'";

async fn broker(partitions: i32) -> (DevBroker, SessionContext) {
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    broker.create_topic("orders", partitions);
    (broker, session())
}

fn session() -> SessionContext {
    let context = table(2);
    register(&context);
    context
}

/// Runs a COPY through a plain session, and returns the one row that it yields.
async fn run(context: &SessionContext, copy: &str) -> Result<u64> {
    let batches = context.sql(copy).await?.collect().await?;
    let [batch] = &batches[..] else {
        panic!("one batch")
    };
    assert_eq!((batch.num_columns(), batch.num_rows()), (1, 1));
    Ok(batch["count"].as_primitive::<UInt64Type>().value(0))
}

/// Why a COPY is refused by a plain session, when it is planned, and by `sql`, before that.
async fn refused(copy: &str) -> String {
    let context = session();
    let plain = context.sql(copy).await.unwrap();
    let plain = plain.create_physical_plan().await.unwrap_err();
    let ours = sql(&context, copy).await.unwrap_err();
    assert_eq!(ours.strip_backtrace(), plain.strip_backtrace());
    ours.strip_backtrace()
}

fn values(records: &[StoredRecord]) -> Vec<&str> {
    let values = records.iter().map(|record| record.value.as_deref());
    values
        .map(|value| std::str::from_utf8(value.unwrap()).unwrap())
        .collect()
}

#[tokio::test]
async fn the_rows_of_a_query_are_written_in_its_order() {
    let (broker, context) = broker(1).await;
    let target = format!("'kafka://{}/orders'", broker.bootstrap());
    let copy =
        format!("COPY (SELECT key, value FROM t ORDER BY id DESC) TO {target} STORED AS KAFKA");
    assert_eq!(run(&context, &copy).await.unwrap(), 80);
    let records = broker.records("orders", 0);
    let expected: Vec<_> = (0..80).rev().map(|id| format!("{id:06}")).collect();
    assert_eq!(values(&records), expected);
    assert_eq!(records[0].key.as_deref(), Some(&b"1"[..]));
}

#[tokio::test]
async fn a_table_is_copied_and_columns_of_no_use_are_ignored() {
    let (broker, context) = broker(3).await;
    let target = format!("'{}/orders'", broker.bootstrap());
    let copy = format!("COPY t TO {target} STORED AS KAFKA OPTIONS (kafka.acks 'all')");
    assert_eq!(run(&context, &copy).await.unwrap(), 80);
    let written = (0..3).map(|partition| broker.records("orders", partition).len());
    assert_eq!(written.sum::<usize>(), 80);
}

#[tokio::test]
async fn a_column_says_the_topic_and_options_say_where_the_brokers_are() {
    let (broker, context) = broker(2).await;
    broker.create_topic("refunds", 1);
    let brokers = format!("{0},{0}", broker.bootstrap());
    let rows = "(VALUES ('orders', 'a', 1), ('refunds', 'b', 0)) AS r (topic, value, partition)";
    let copy = format!(
        "COPY (SELECT topic, value, CAST(partition AS INT) AS partition FROM {rows}) TO 'kafka:///' STORED AS KAFKA \
         OPTIONS ('kafka.bootstrap.servers' '{brokers}')"
    );
    assert_eq!(run(&context, &copy).await.unwrap(), 2);
    assert_eq!(values(&broker.records("orders", 1)), ["a"]);
    assert_eq!(values(&broker.records("refunds", 0)), ["b"]);
}

#[tokio::test]
async fn it_is_planned_as_a_data_frame_is_written() {
    let query = "SELECT key, to_json(named_struct('id', id)) AS value, id FROM t";
    let copy = format!("EXPLAIN COPY ({query}) TO {NOWHERE} STORED AS KAFKA");
    let rows = sql(&session(), &copy)
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    let plan = rows.iter().flat_map(|batch| {
        let kinds = batch["plan_type"].as_string::<i32>().iter();
        kinds
            .zip(batch["plan"].as_string::<i32>().iter())
            .filter(|(kind, _)| *kind == Some("physical_plan"))
            .map(|(_, plan)| plan.unwrap().to_owned())
            .collect::<Vec<_>>()
    });
    assert_snapshot!(plan.collect::<String>(), @r#"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=orders, value=JSON(fused), columns=[key, value], ignored=[id], writers=2, ordered=false
          ProjectionExec: expr=[key@1 as key, named_struct(id, id@0) as value, id@0 as id]
            DataSourceExec: partitions=2, partition_sizes=[4, 4]
    "#);
}

#[tokio::test]
async fn a_statement_takes_from_the_session_what_it_does_not_say() {
    let (broker, context) = broker(1).await;
    let defaults = WriteOptions::new().producer("bootstrap.servers", broker.bootstrap());
    let defaults = defaults.producer("acks", "some");
    register_with(&context, SqlOptions::new().defaults(defaults));
    let copy = |target: &str, options: &str| {
        format!("COPY (SELECT value FROM t) TO '{target}' STORED AS KAFKA OPTIONS ({options})")
    };
    let wrong = run(&context, &copy("kafka:///orders", "'kafka.linger.ms' '0'")).await;
    let wrong = wrong.unwrap_err().strip_backtrace();
    assert!(
        wrong.contains("Invalid value some for configuration acks"),
        "{wrong}"
    );
    assert_eq!(
        run(&context, &copy("kafka:///orders", "'KAFKA.Acks' 'all'"))
            .await
            .unwrap(),
        80
    );
    // Another host stands in the statement: it is asked, and the session's is not.
    let elsewhere = copy(
        "127.0.0.1:1/orders",
        "'kafka.acks' 'all', 'kafka.max.block.ms' '200'",
    );
    let unreachable = run(&context, &elsewhere)
        .await
        .unwrap_err()
        .strip_backtrace();
    assert!(unreachable.contains("127.0.0.1:1"), "{unreachable}");

    let create = "CREATE EXTERNAL TABLE o STORED AS KAFKA LOCATION 'kafka:///orders' OPTIONS ('kafka.acks' '1')";
    sql(&context, create).await.unwrap();
    let insert = "INSERT INTO o (value) SELECT value FROM t";
    assert_eq!(run(&context, insert).await.unwrap(), 80);
    assert_eq!(broker.records("orders", 0).len(), 160);
}

#[tokio::test]
async fn references_are_resolved_and_shown_as_they_are() {
    let (broker, context) = broker(1).await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (brokers, log) = (broker.bootstrap(), Arc::clone(&asked));
    let secrets = move |source: &str, name: &str| {
        log.lock().unwrap().push(format!("{source}:{name}"));
        match name {
            "BROKERS" => Ok(brokers.clone()),
            "/run/password" => Ok("hunter2".to_owned()),
            _ => Err(format!("{name} is not set").into()),
        }
    };
    register_with(&context, SqlOptions::new().secrets(secrets));
    let options = "OPTIONS ('kafka.bootstrap.servers' '${env:BROKERS}')";
    let copy = format!("COPY (SELECT value FROM t) TO 'kafka:///orders' STORED AS KAFKA {options}");
    assert_eq!(run(&context, &copy).await.unwrap(), 80);
    assert_eq!(broker.records("orders", 0).len(), 80);
    assert_eq!(*asked.lock().unwrap(), ["env:BROKERS"]);

    let explained = context.sql(&format!("EXPLAIN {copy}")).await.unwrap();
    let explained = pretty_format_batches(&explained.collect().await.unwrap())
        .unwrap()
        .to_string();
    assert!(explained.contains("${env:BROKERS}"), "{explained}");
    assert!(!explained.contains(&broker.bootstrap()), "{explained}");

    let create =
        format!("CREATE EXTERNAL TABLE k STORED AS KAFKA LOCATION 'kafka:///orders' {options}");
    context.sql(&create).await.unwrap();
    let insert = "INSERT INTO k (value) VALUES ('by table')";
    assert_eq!(run(&context, insert).await.unwrap(), 1);

    let copy = "COPY t TO 'kafka:///orders' STORED AS KAFKA \
                OPTIONS ('kafka.bootstrap.servers' '${env:NOT_THERE}')";
    let error = sql(&context, copy).await.unwrap_err();
    assert_snapshot!(error.strip_backtrace(), @"Error during planning: option 'kafka.bootstrap.servers' is '${env:NOT_THERE}': NOT_THERE is not set");
    let secret = format!(
        "COPY t TO {NOWHERE} STORED AS KAFKA OPTIONS (kafka.sasl.jaas.config '${{file:/run/password}}')"
    );
    let _ = sql(&context, &secret).await;
    assert_eq!(asked.lock().unwrap().last().unwrap(), "file:/run/password");
}

#[tokio::test]
async fn a_plain_secret_is_refused_and_never_shown() {
    for option in [
        "'kafka.sasl.jaas.config'",
        "'KAFKA.SASL.jaas.config'",
        "kafka.ssl.keystore.password",
        "'format.kafka.ssl.key.password'",
    ] {
        let copy = format!("COPY t TO {NOWHERE} STORED AS KAFKA OPTIONS ({option} 'hunter2')");
        let error = refused(&copy).await;
        assert!(error.contains("is a secret"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        let explained = sql(&session(), &format!("EXPLAIN {copy}")).await;
        assert_eq!(explained.unwrap_err().strip_backtrace(), error);
    }
    let copy = format!("COPY t TO {NOWHERE} STORED AS KAFKA OPTIONS (kafka.sasl.jaas.config 'x')");
    assert_snapshot!(refused(&copy).await, @"Error during planning: option 'kafka.sasl.jaas.config' is a secret, and DataFusion shows the options of COPY in its plans: give a reference, '${env:NAME}' or '${file:PATH}', or use CREATE EXTERNAL TABLE and INSERT");
    let reference = "OPTIONS (kafka.sasl.jaas.config '${env:JAAS}')";
    let copy = format!("COPY t TO {NOWHERE} STORED AS KAFKA {reference}");
    assert_snapshot!(refused(&copy).await, @"Error during planning: option 'kafka.sasl.jaas.config' is '${env:JAAS}', and this session resolves no references: register with tokafka::register_with and SqlOptions::secrets, which resolve them");
}

#[tokio::test]
async fn options_columns_and_clauses_are_checked_before_anything_is_opened() {
    let kafka = format!("COPY t TO {NOWHERE} STORED AS KAFKA");
    assert_snapshot!(refused(&format!("{kafka} OPTIONS ('kafka.akcs' '1')")).await, @"External error: Unknown configuration akcs; did you mean acks?");
    assert_snapshot!(refused(&format!("{kafka} OPTIONS ('kafka.acks' '7')")).await, @"External error: Invalid value 7 for configuration acks: String must be one of: all, -1, 0, 1");
    assert_snapshot!(refused(&format!("{kafka} OPTIONS (acks 'all')")).await, @"External error: Unknown option acks, did you mean kafka.acks?: options are topic, includeTimestamp, and Kafka's own settings as kafka.<name>");
    assert_snapshot!(refused(&format!("{kafka} OPTIONS (single_file_output 'true')")).await, @"External error: Unknown option single_file_output: options are topic, includeTimestamp, and Kafka's own settings as kafka.<name>");
    assert_snapshot!(refused(&format!("{kafka} OPTIONS (topic 'other')")).await, @"Error during planning: the topic is given twice: TO says 'orders', OPTIONS say 'other'. Leave one of them out");
    assert_snapshot!(refused(&format!("{kafka} PARTITIONED BY (part)")).await, @"Error during planning: PARTITIONED BY is not allowed in a COPY to Kafka: the topic has its partitions already. A column partition says where a row goes");
    assert_snapshot!(refused("COPY t TO 's3://bucket/t' STORED AS KAFKA").await, @"Error during planning: TO 's3://bucket/t' is of s3, not of Kafka: write 'kafka://host:9092/topic'");
    assert_snapshot!(refused("COPY t TO 'a:9092,b:9092/t' STORED AS KAFKA").await, @"Error during planning: TO names one broker, 'a:9092,b:9092/t' does not. Give several brokers of one cluster in OPTIONS ('kafka.bootstrap.servers' 'a:9092,b:9092'), and leave them out in TO 'kafka:///topic'");
    assert_snapshot!(refused("COPY t TO 'kafka:///orders' STORED AS KAFKA").await, @"External error: Kafka option bootstrap.servers is not set. Please make sure it is set and retry. It names the brokers to ask first, as host:port");
    assert_snapshot!(refused("COPY t TO 'nowhere.invalid:9092' STORED AS KAFKA").await, @"External error: Topic option or topic column must be specified for Kafka writes: topic option required when no 'topic' attribute is present. Use the topic option for setting a topic.");
    assert_snapshot!(refused(&format!("COPY (SELECT id FROM t) TO {NOWHERE} STORED AS KAFKA")).await, @"External error: Required attribute 'value' not found");
    assert_snapshot!(refused(&format!("COPY (SELECT id AS value FROM t) TO {NOWHERE} STORED AS KAFKA")).await, @"External error: value attribute unsupported type bigint. value must be a(n) string or binary: CAST(value AS STRING) makes it one");

    // Some of these DataFusion refuses itself.
    for target in [
        "",
        "/",
        "orders",
        "kafka:",
        "kafka://",
        "a:1/t?x=1",
        "a@c:1/t",
    ] {
        let copy = format!("COPY t TO '{target}' STORED AS KAFKA");
        assert!(sql(&session(), &copy).await.is_err(), "{target}");
        assert!(run(&session(), &copy).await.is_err(), "{target}");
    }

    let (broker, context) = broker(1).await;
    let target = format!("'kafka://{}/orders'", broker.bootstrap());
    let copy = format!("COPY (SELECT id AS value FROM t) TO {target} STORED AS KAFKA");
    assert!(run(&context, &copy).await.is_err());
    assert_eq!(broker.request_count(ApiKey::ApiVersions), 0);
}

#[tokio::test]
async fn an_option_given_twice_in_any_spelling_is_found() {
    for options in [
        "'kafka.acks' '1', 'kafka.acks' 'all'",
        "'kafka.acks' '1', 'KAFKA.ACKS' 'all'",
        "'kafka.acks' '1', kafka.acks 'all'",
        "'kafka.acks' '1', acks 'all'",
        "Topic 'a', \"topic\" 'b'",
        "includeTimestamp 'true', 'format.INCLUDETIMESTAMP' 'false'",
    ] {
        for statement in [
            format!("COPY t TO {NOWHERE} STORED AS kafka OPTIONS ({options})"),
            format!("EXPLAIN COPY t TO {NOWHERE} STORED AS KAFKA OPTIONS ({options})"),
            format!(
                "CREATE EXTERNAL TABLE k STORED AS KAFKA LOCATION {NOWHERE} OPTIONS ({options})"
            ),
        ] {
            let error = sql(&session(), &statement)
                .await
                .unwrap_err()
                .strip_backtrace();
            assert!(
                error.contains("an option is given twice"),
                "{statement}: {error}"
            );
        }
    }
    let copy = format!(
        "COPY t TO {NOWHERE} STORED AS KAFKA OPTIONS ('kafka.acks' '1', 'KAFKA.ACKS' 'all')"
    );
    let error = sql(&session(), &copy).await.unwrap_err();
    assert_snapshot!(error.strip_backtrace(), @"Error during planning: an option is given twice, as 'kafka.acks' and as 'KAFKA.ACKS': leave one of them out");
}

#[tokio::test]
async fn a_plain_session_finds_what_datafusion_has_not_merged() {
    let options = "OPTIONS (acks '1', 'kafka.acks' 'all')";
    let copy = format!("COPY t TO {NOWHERE} STORED AS KAFKA {options}");
    let error = run(&session(), &copy).await.unwrap_err();
    assert_snapshot!(error.strip_backtrace(), @"Error during planning: an option is given twice, as 'acks' and as 'kafka.acks': leave one of them out");
    let create = format!("CREATE EXTERNAL TABLE k STORED AS KAFKA LOCATION {NOWHERE} {options}");
    let error = session().sql(&create).await.unwrap_err();
    assert_snapshot!(error.strip_backtrace(), @"Error during planning: an option is given twice, as 'acks' and as 'kafka.acks': leave one of them out");
}

#[tokio::test]
async fn the_options_of_other_formats_are_left_alone() {
    let file = std::env::temp_dir().join(format!("tokafka-copy-{}.csv", std::process::id()));
    let options = "OPTIONS (format.has_header 'false', 'FORMAT.has_header' 'true')";
    let copy = format!("COPY t TO '{}' STORED AS CSV {options}", file.display());
    let rows = sql(&session(), &copy).await.unwrap().collect().await;
    std::fs::remove_file(&file).unwrap();
    assert_eq!(rows.unwrap()[0].num_rows(), 1);
}
