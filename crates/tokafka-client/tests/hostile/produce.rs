//! What a write comes to.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::{
    ApiKey, BrokerId, InitProducerIdResponse, ProduceResponse, ProducerId,
    produce_response::{
        BatchIndexAndErrorMessage, LeaderIdAndEpoch, NodeEndpoint, PartitionProduceResponse,
        TopicProduceResponse,
    },
};
use tokafka_client::{
    batch::{Compressor, Headers, OpenBatch, Record},
    producer::{DeliveryReport, Producer},
};

use crate::{
    broker::{Broker, Reply, Request, name},
    client::{MANY, NONSENSE, each, ends, producer_settings},
};

/// Batches of two rows.
const BATCHES: u64 = 6;

/// Writes to both partitions; every row is accounted for, whatever the outcome.
async fn write(what: &str, broker: &Broker) -> (Result<(), String>, DeliveryReport) {
    let producer = ends(Producer::connect(producer_settings(broker)))
        .await
        .expect(what);
    let topic = ends(producer.topic("t")).await.expect(what);
    let deliveries = producer.deliveries();
    let (mut sent, mut outcome) = (0, Ok(()));
    for batch in 0..BATCHES {
        let partition = u32::try_from(batch % 2).unwrap();
        let mut open = OpenBatch::new(producer.buffers(), 64);
        for _ in 0..2 {
            open.push(Record {
                timestamp: 1,
                key: None,
                value: Some(b"value"),
                headers: Headers::NONE,
            });
        }
        let finished = open
            .finish(&mut Compressor::new(producer.settings().compression))
            .unwrap();
        match ends(producer.send(&topic, partition, finished, &deliveries)).await {
            Ok(()) => sent += 2,
            Err(error) => outcome = Err(error.to_string()),
        }
    }
    let settled = ends(deliveries.settled()).await;
    let outcome = outcome.and(settled.map_err(|error| error.to_string()));
    let report = deliveries.take();
    let counted = report.partitions.iter().map(|partition| {
        partition.rows + partition.may_be_written_rows + partition.not_written_rows
    });
    assert_eq!(counted.sum::<u64>(), sent, "{what}: {report:?}");
    if outcome.is_ok() {
        let rows = report.partitions.iter().map(|partition| partition.rows);
        assert_eq!(rows.sum::<u64>(), 2 * BATCHES, "{what}");
    }
    ends(producer.close(Duration::from_millis(100))).await;
    let asked = broker.count(ApiKey::Produce) + broker.count(ApiKey::Metadata);
    assert!(asked < MANY, "{what}: {asked} requests");
    (outcome, report)
}

fn refused(code: i16) -> impl Fn(PartitionProduceResponse) -> PartitionProduceResponse {
    move |partition| partition.with_error_code(code).with_base_offset(-1)
}

#[tokio::test]
async fn nonsense_for_an_answer_is_an_error_and_the_rows_may_be_written() {
    each(NONSENSE, |(what, reply)| async move {
        let broker = Broker::usual_but_for(ApiKey::Produce, reply).await;
        let (outcome, report) = write(what, &broker).await;
        assert!(outcome.is_err(), "{what}");
        let doubtful = report.partitions.iter().map(|it| it.may_be_written_rows);
        assert!(doubtful.sum::<u64>() > 0, "{what}: {report:?}");
    })
    .await;
}

type Answer = (&'static str, fn(&Request) -> ProduceResponse);

#[tokio::test]
async fn an_answer_that_says_nothing_of_a_batch_is_an_error() {
    let answers: [Answer; 3] = [
        ("no topics", |_| ProduceResponse::default()),
        ("another topic", |request| {
            let partition = PartitionProduceResponse::default();
            let topic = TopicProduceResponse::default().with_partition_responses(vec![partition]);
            let topic = match request.version {
                13.. => topic,
                _ => topic.with_name(name()),
            };
            ProduceResponse::default().with_responses(vec![topic])
        }),
        ("another partition", |request| {
            request.produced(|partition| partition.with_index(77))
        }),
    ];
    each(answers, |(what, answer)| async move {
        let broker = Broker::usual_but_for(ApiKey::Produce, move |request| {
            request.answer(&answer(request))
        });
        let (outcome, _) = write(what, &broker.await).await;
        assert!(outcome.is_err(), "{what}");
    })
    .await;
}

#[tokio::test]
async fn answers_of_any_content_end_a_write_and_leave_no_row_out_of_account() {
    let answers: [Answer; 11] = [
        ("negative offsets", |request| {
            request.produced(|partition| partition.with_base_offset(i64::MIN))
        }),
        ("the same offset", |request| {
            request.produced(|partition| partition.with_base_offset(0))
        }),
        ("the last offset", |request| {
            request.produced(|partition| partition.with_base_offset(i64::MAX))
        }),
        ("an unknown code", |request| request.produced(refused(999))),
        ("a negative code", |request| request.produced(refused(-1))),
        ("always a duplicate", |request| {
            request.produced(refused(46))
        }),
        ("always out of order", |request| {
            request.produced(refused(45))
        }),
        ("always fenced", |request| request.produced(refused(47))),
        ("always too large", |request| request.produced(refused(10))),
        ("errors of records that are not there", |request| {
            let record = BatchIndexAndErrorMessage::default().with_batch_index(i32::MAX);
            request.produced(|partition| {
                refused(87)(partition).with_record_errors(vec![record.clone(); 100])
            })
        }),
        ("a leader that is nowhere", |request| {
            let leader = LeaderIdAndEpoch::default()
                .with_leader_id(BrokerId(5))
                .with_leader_epoch(i32::MAX);
            let endpoint = NodeEndpoint::default()
                .with_node_id(BrokerId(5))
                .with_host("no such host".into())
                .with_port(70_000);
            let moved = |partition| refused(6)(partition).with_current_leader(leader.clone());
            let moved = request.produced(moved);
            match request.version {
                10.. => moved.with_node_endpoints(vec![endpoint]),
                _ => moved,
            }
        }),
    ];
    each(answers, |(what, answer)| async move {
        let broker = Broker::usual_but_for(ApiKey::Produce, move |request| {
            request.answer(&answer(request))
        });
        drop(write(what, &broker.await).await);
    })
    .await;
}

#[tokio::test]
async fn a_partition_too_many_in_an_answer_is_passed_over() {
    let broker = Broker::usual_but_for(ApiKey::Produce, |request| {
        let base_offset = i64::try_from(request.before).unwrap() * 2;
        let mut response = request.produced(|partition| partition.with_base_offset(base_offset));
        let extra = PartitionProduceResponse::default()
            .with_index(99)
            .with_error_code(1);
        response.responses[0].partition_responses.push(extra);
        request.answer(&response)
    });
    write("a partition too many", &broker.await)
        .await
        .0
        .unwrap();
}

#[tokio::test]
async fn a_throttle_of_weeks_or_of_less_than_nothing_ends_in_time() {
    for throttle in [i32::MAX, i32::MIN] {
        let broker = Broker::usual_but_for(ApiKey::Produce, move |request| {
            let base_offset = i64::try_from(request.before).unwrap() * 2;
            let answer = request.produced(|partition| partition.with_base_offset(base_offset));
            request.answer(&answer.with_throttle_time_ms(throttle))
        });
        let (_, report) = write("a throttle", &broker.await).await;
        assert!(report.throttled < Duration::from_secs(60), "{report:?}");
    }
}

#[tokio::test]
async fn a_producer_id_that_is_none_is_an_error() {
    for reply in NONSENSE.map(|(_, reply)| reply) {
        let broker = Broker::usual_but_for(ApiKey::InitProducerId, reply).await;
        ends(Producer::connect(producer_settings(&broker)))
            .await
            .expect_err("a producer without id");
        assert!(broker.count(ApiKey::InitProducerId) < MANY);
    }
    let broker = Broker::usual_but_for(ApiKey::InitProducerId, |request| {
        request.answer(&InitProducerIdResponse::default().with_producer_id(ProducerId(-1)))
    });
    ends(Producer::connect(producer_settings(&broker.await)))
        .await
        .expect_err("a producer with an id that is none");
}

#[tokio::test]
async fn without_a_body_nothing_is_read_past_its_end() {
    let broker = Broker::usual_but_for(ApiKey::Produce, |request| {
        let Reply::Bytes(bytes) = request.usual() else {
            unreachable!()
        };
        // The right length, and every byte of the body cut off in turn.
        let body = Bytes::from(bytes).slice(9..);
        request.body(&body[..request.before % body.len()])
    });
    let (outcome, _) = write("cut short", &broker.await).await;
    assert!(outcome.is_err());
}
