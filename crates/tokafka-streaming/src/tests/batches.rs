//! What the batches of a query read and write, without what drives them.

use std::sync::Arc;

use insta::assert_snapshot;
use tokafka_client::{
    cluster::Cluster,
    settings::{FetchSettings, Properties},
};
use tokafka_datafusion::{KafkaDataFrame, KafkaRanges, TopicSpan};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use super::frames::{tables, to_copies};
use crate::{
    StreamingFrame,
    start::{self, Definition},
};

const PARTITIONS: i32 = 3;
const ROWS: i64 = 50;

/// A broker with the topic `s`: the keys and values of each partition count up from 0.
async fn broker() -> DevBroker {
    let config = DevBrokerConfig {
        default_partitions: PARTITIONS,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    let rows = format!(
        "SELECT CAST(value % {PARTITIONS} AS INT) AS partition, CAST(value / {PARTITIONS} AS VARCHAR) AS key, \
         lpad(CAST(value / {PARTITIONS} AS VARCHAR), 3, '0') AS value \
         FROM generate_series(0, {}) ORDER BY value",
        i64::from(PARTITIONS) * ROWS - 1
    );
    let frame = tables().sql(&rows).await.unwrap();
    let writer = frame.write().option("topic", "s");
    writer
        .option("kafka.bootstrap.servers", broker.bootstrap())
        .save()
        .await
        .unwrap();
    broker
}

/// A slot for each partition of `s`, over these offsets.
async fn ranges(broker: &DevBroker, offsets: std::ops::Range<i64>) -> KafkaRanges {
    let bootstrap = broker.bootstrap();
    let servers: Properties = [("bootstrap.servers", bootstrap.as_str())]
        .into_iter()
        .collect();
    let settings = FetchSettings::from_properties(&servers).unwrap();
    let cluster = Cluster::connect(settings.client.clone()).await.unwrap();
    let span = |partition| TopicSpan {
        topic: "s".into(),
        partition,
        offsets: offsets.clone(),
    };
    KafkaRanges {
        cluster,
        settings,
        slots: (0..PARTITIONS)
            .map(|partition| vec![span(partition)])
            .collect(),
        fail_on_data_loss: true,
        counts: Arc::default(),
    }
}

async fn definition(broker: &DevBroker, sql: &str) -> Definition {
    let frame = tokafka_datafusion::sql(&tables(), sql).await.unwrap();
    let writer = to_copies(StreamingFrame::from_frame(frame));
    start::check(writer.option("kafka.bootstrap.servers", broker.bootstrap()))
        .ok()
        .unwrap()
}

/// The values of a partition of `copies`, in order.
fn copies(broker: &DevBroker, partition: i32) -> Vec<String> {
    let records = broker.records("copies", partition).into_iter();
    let values = records.map(|record| record.value.unwrap().to_vec());
    values
        .map(|value| String::from_utf8(value).unwrap())
        .collect()
}

#[tokio::test]
async fn batches_are_written_by_the_sink_epoch_by_epoch_and_in_order() {
    let broker = broker().await;
    let copy = "SELECT partition, key, concat(CAST(value AS STRING), '!') AS value FROM s";
    let definition = definition(&broker, copy).await;
    for (epoch, offsets) in [(0, 0..20), (1, 20..20), (2, 20..ROWS)] {
        let rows = i64::from(PARTITIONS) * (offsets.end - offsets.start);
        let ranges = ranges(&broker, offsets).await;
        let frame = definition.plan.over(vec![ranges], 0).unwrap();
        let written = definition.sink.begin(epoch).write(frame).await.unwrap();
        let report = written.commit().await.unwrap();
        assert_eq!(report.rows, rows as u64);
    }
    for partition in 0..PARTITIONS {
        let expected: Vec<_> = (0..ROWS).map(|row| format!("{row:03}!")).collect();
        assert_eq!(copies(&broker, partition), expected);
    }
}

#[tokio::test]
async fn each_partition_has_a_writer_through_a_join() {
    let broker = broker().await;
    let joined = "SELECT s.partition, name, CAST(value AS STRING) AS value FROM s LEFT JOIN small ON small.id = CAST(s.key AS STRING)";
    let definition = definition(&broker, joined).await;
    let frame = || async {
        let ranges = ranges(&broker, 0..ROWS).await;
        definition.plan.over(vec![ranges], 0).unwrap()
    };
    let explained = frame().await.write().options([
        ("kafka.bootstrap.servers", "nowhere.invalid:9092"),
        ("topic", "copies"),
    ]);
    assert_snapshot!(explained.explain().await.unwrap(), @r"
    KafkaCountExec
      CoalescePartitionsExec
        KafkaWriteExec: topic=copies, columns=[value, partition], ignored=[name], writers=3, ordered=false
          ProjectionExec: expr=[partition@0 as partition, CAST(value@1 AS Utf8View) as value]
            HashJoinExec: mode=CollectLeft, join_type=Right, on=[(CAST(small.id AS Utf8View)@1, CAST(s.key AS Utf8View)@3)], projection=[partition@4, value@3]
              ProjectionExec: expr=[id@0 as id, CAST(id@0 AS Utf8View) as CAST(small.id AS Utf8View)]
                DataSourceExec: partitions=1, partition_sizes=[1]
              ArrivalOrderExec
                ProjectionExec: expr=[key@0 as key, value@1 as value, partition@2 as partition, CAST(key@0 AS Utf8View) as CAST(s.key AS Utf8View)]
                  KafkaScanExec: topic=s, offsets=[0: 0..50, 1: 0..50, 2: 0..50], partitions=3, columns=[key, value, partition]
    ");
    let written = definition.sink.begin(0).write(frame().await).await.unwrap();
    assert_eq!(written.report().writers, PARTITIONS as u32);
    for partition in 0..PARTITIONS {
        let expected: Vec<_> = (0..ROWS).map(|row| format!("{row:03}")).collect();
        assert_eq!(copies(&broker, partition), expected);
    }
}

#[tokio::test]
async fn now_is_the_time_of_the_batch_to_the_sink() {
    let broker = broker().await;
    let now = "SELECT partition, CAST(now() AS STRING) AS value FROM s";
    let definition = definition(&broker, now).await;
    let ranges = ranges(&broker, 0..2).await;
    let frame = definition.plan.over(vec![ranges], 1_700_000_000_123);
    let written = definition.sink.begin(0).write(frame.unwrap()).await;
    written.unwrap().commit().await.unwrap();
    assert_eq!(copies(&broker, 0), ["2023-11-14T22:13:20.123"; 2]);
}

#[tokio::test]
async fn ranges_that_are_not_one_for_each_stream_are_an_error() {
    let broker = broker().await;
    let definition = definition(&broker, "SELECT value FROM s").await;
    definition.plan.over(vec![], 0).unwrap_err();
    let ranges = ranges(&broker, 0..1).await;
    definition
        .plan
        .over(vec![ranges.clone(), ranges], 0)
        .unwrap_err();
}
