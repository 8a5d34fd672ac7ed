use std::sync::Arc;

use bytes::BytesMut;
use kafka_protocol::{
    messages::{
        BrokerId, TopicName,
        produce_response::{BatchIndexAndErrorMessage, LeaderIdAndEpoch},
    },
    protocol::{Encodable, StrBytes},
};
use uuid::Uuid;

use super::*;
use crate::producer::{lane::Attempt, request::TopicKey, timers::LaneId};

fn id(topic: &str) -> Uuid {
    Uuid::from_u128(u128::from(topic.as_bytes()[0]))
}

fn part(topic: &str, partition: i32) -> Part {
    let topic = TopicKey {
        name: Arc::from(topic),
        id: id(topic),
    };
    Part {
        lane: LaneId(0),
        attempt: Attempt::first(),
        topic,
        partition,
    }
}

fn topic(
    name: &str,
    version: i16,
    partitions: Vec<PartitionProduceResponse>,
) -> TopicProduceResponse {
    let topic = TopicProduceResponse::default().with_partition_responses(partitions);
    if version > LAST_BY_NAME {
        topic.with_topic_id(id(name))
    } else {
        topic.with_name(TopicName(StrBytes::from_string(name.to_owned())))
    }
}

fn partition(index: i32, code: i16, base_offset: i64) -> PartitionProduceResponse {
    PartitionProduceResponse::default()
        .with_index(index)
        .with_error_code(code)
        .with_base_offset(base_offset)
}

fn encode(response: &ProduceResponse, version: i16) -> Bytes {
    let mut bytes = BytesMut::new();
    response.encode(&mut bytes, version).unwrap();
    bytes.freeze()
}

#[test]
fn each_part_gets_its_answer_in_whatever_order_they_come_and_in_every_version() {
    let parts = [part("a", 0), part("a", 7), part("b", 0)];
    for version in 7..=13 {
        let response = ProduceResponse::default()
            .with_throttle_time_ms(250)
            .with_responses(vec![
                topic("b", version, vec![partition(0, 0, 30)]),
                topic("a", version, vec![partition(7, 6, -1), partition(0, 0, 10)]),
            ]);
        let answer = decode(encode(&response, version), version, &parts).unwrap();
        assert_eq!(answer.throttle, Duration::from_millis(250));
        let parts = answer
            .parts
            .iter()
            .map(|part| part.as_ref().map(|it| (it.code, it.base_offset)));
        let expected = [
            Some((None, 10)),
            Some((Some(ResponseError::NotLeaderOrFollower), -1)),
            Some((None, 30)),
        ];
        assert_eq!(parts.collect::<Vec<_>>(), expected, "version {version}");
    }
}

#[test]
fn a_part_without_an_answer_and_an_answer_without_a_part_are_told_apart() {
    let response = ProduceResponse::default().with_responses(vec![topic(
        "a",
        9,
        vec![partition(1, 0, 5), partition(2, 0, 6)],
    )]);
    let answer = decode(encode(&response, 9), 9, &[part("a", 0), part("a", 1)]).unwrap();
    assert_eq!(answer.parts[0], None);
    assert_eq!(answer.parts[1].as_ref().unwrap().base_offset, 5);
}

#[test]
fn what_the_broker_says_of_all_records_and_of_single_ones_is_kept() {
    let record = BatchIndexAndErrorMessage::default()
        .with_batch_index(3)
        .with_batch_index_error_message(Some(StrBytes::from_static_str("no key")));
    let of_records = partition(0, 87, -1).with_record_errors(vec![record]);
    let summary = of_records
        .clone()
        .with_error_message(Some(StrBytes::from_static_str("sum")));
    for (refusal, expected) in [(of_records, None), (summary, Some("sum"))] {
        let response =
            ProduceResponse::default().with_responses(vec![topic("a", 8, vec![refusal])]);
        let answer = decode(encode(&response, 8), 8, &[part("a", 0)]).unwrap();
        let told = answer.parts[0].clone().unwrap();
        assert_eq!(told.message.as_deref(), expected);
        let of_the_record = RefusedRecord::new(3, Some("no key".to_owned()));
        assert_eq!(told.records, [of_the_record]);
    }
}

#[test]
fn a_leader_named_beside_a_refusal_is_a_hint_with_its_address() {
    let leader = LeaderIdAndEpoch::default()
        .with_leader_id(BrokerId(2))
        .with_leader_epoch(9);
    let refusal = partition(4, 6, -1).with_current_leader(leader);
    let node = NodeEndpoint::default()
        .with_node_id(BrokerId(2))
        .with_host(StrBytes::from_static_str("two"))
        .with_port(9092);
    for version in [10, 13] {
        let response = ProduceResponse::default()
            .with_responses(vec![topic("a", version, vec![refusal.clone()])])
            .with_node_endpoints(vec![node.clone()]);
        let answer = decode(encode(&response, version), version, &[part("a", 4)]).unwrap();
        let [hint] = &answer.hints[..] else {
            panic!("one hint")
        };
        assert_eq!(
            (&*hint.topic, hint.partition, hint.leader, hint.leader_epoch),
            ("a", 4, 2, 9)
        );
        assert_eq!(
            hint.endpoint,
            Some(Endpoint {
                host: "two".to_owned(),
                port: 9092
            })
        );
        assert!(answer.parts[0].as_ref().unwrap().names_leader);
    }
}

#[test]
fn an_answer_that_is_cut_short_is_an_error() {
    let response =
        ProduceResponse::default().with_responses(vec![topic("a", 9, vec![partition(0, 0, 1)])]);
    let whole = encode(&response, 9);
    let error = decode(whole.slice(..whole.len() - 3), 9, &[part("a", 0)]).unwrap_err();
    assert!(!error.is_empty());
}

#[test]
fn an_array_longer_than_the_answer_is_refused_before_room_is_made_for_it() {
    for (version, body) in [
        (8, &[0x7f, 0xff, 0xff, 0xff][..]),
        (9, &[0xff, 0xff, 0xff, 0xff, 0x0f]),
    ] {
        let body = Bytes::copy_from_slice(body);
        assert!(decode(body, version, &[part("a", 0)]).is_err());
    }
}
