//! Every rule, found and not found, as a table.

use tokafka_client::{
    admin::{Configs, TopicOutlook, TopicState},
    settings::{ProducerSettings, Properties},
};

use super::super::{finding::Facts, options, topics};

/// Options that are set.
type Set = &'static [(&'static str, &'static str)];

/// A topic that nothing is wrong with, and whatever is set.
fn topic(configs: &[(&str, &str)], replicas: u32) -> TopicOutlook {
    let good = [
        ("cleanup.policy", "delete"),
        ("compression.type", "producer"),
        ("max.message.bytes", "1048588"),
        ("message.timestamp.type", "CreateTime"),
        ("min.insync.replicas", "2"),
    ];
    let configs: Configs = good.iter().chain(configs).copied().collect();
    TopicOutlook {
        name: "t".to_owned(),
        state: TopicState::Exists,
        partitions: Some(3),
        replicas: Some(replicas),
        leaderless: vec![],
        may_write: Some(true),
        configs: Some(configs),
    }
}

fn good() -> TopicOutlook {
    topic(&[], 3)
}

/// What is found with these options, as `level finding`.
fn found(set: &[(&str, &str)], null_key: bool, topic: Option<&TopicOutlook>) -> Vec<String> {
    let bootstrap = [("bootstrap.servers", "localhost:9092")];
    let timed = set.contains(&("includeTimestamp", "true"));
    let set = set.iter().filter(|(name, _)| *name != "includeTimestamp");
    let properties: Properties = bootstrap.iter().chain(set).copied().collect();
    let facts = Facts {
        settings: &ProducerSettings::from_properties(&properties).unwrap(),
        properties: &properties,
        typed_secrets: &[],
        null_key,
        timed,
    };
    let mut all = options::findings(&facts);
    all.extend(
        topic
            .into_iter()
            .flat_map(|topic| topics::findings(&facts, topic)),
    );
    let line = |each: &super::Finding| {
        assert!(
            !each.reason.is_empty() && !each.remedy.is_empty(),
            "{each:?}"
        );
        format!("{} {}", each.level.name(), each.finding)
    };
    all.iter().map(line).collect()
}

#[test]
fn secrets_that_were_typed() {
    let properties: Properties = [("bootstrap.servers", "localhost:9092")]
        .into_iter()
        .collect();
    let facts = Facts {
        settings: &ProducerSettings::from_properties(&properties).unwrap(),
        properties: &properties,
        typed_secrets: &["sasl.jaas.config"],
        null_key: false,
        timed: false,
    };
    let found = options::findings(&facts);
    assert_eq!(found[0].finding, "sasl.jaas.config on the command line");
    assert!(
        found[0].remedy.contains("${env:NAME}"),
        "{}",
        found[0].remedy
    );
}

const ACKS_1: [&str; 2] = [
    "risk acks=1",
    "risk no idempotence, because of acks or retries",
];

#[test]
fn defaults_and_a_good_topic_have_nothing_risky() {
    assert_eq!(found(&[], false, Some(&good())), [""; 0]);
}

#[test]
fn options_alone() {
    let cases: [(Set, &[&str]); 8] = [
        (&[("acks", "0")], &["risk acks=0", ACKS_1[1]]),
        (&[("acks", "1")], &ACKS_1),
        (
            &[("enable.idempotence", "false")],
            &["risk enable.idempotence=false"],
        ),
        (&[("retries", "0")], &[ACKS_1[1], "risk retries=0"]),
        (
            &[("delivery.timeout.ms", "40000")],
            &["risk delivery.timeout.ms=40000"],
        ),
        (&[("delivery.timeout.ms", "60000"), ("linger.ms", "0")], &[]),
        (
            &[("batch.size", "2000"), ("max.request.size", "1999")],
            &["note batch.size=2000 is larger than max.request.size=1999"],
        ),
        (
            &[("buffer.memory", "1000000")],
            &["risk buffer.memory=1000000 is smaller than max.request.size=1048576"],
        ),
    ];
    for (set, expected) in cases {
        assert_eq!(found(set, false, None), expected, "{set:?}");
    }
}

#[test]
fn acks_and_replicas() {
    let with_acks_1 =
        |more: &str| vec![ACKS_1[0].to_owned(), ACKS_1[1].to_owned(), more.to_owned()];
    let one_in_sync = topic(&[("min.insync.replicas", "1")], 3);
    assert_eq!(
        found(&[("acks", "1")], false, Some(&good())),
        with_acks_1("risk acks=1 with min.insync.replicas=2")
    );
    assert_eq!(found(&[("acks", "1")], false, Some(&one_in_sync)), ACKS_1);
    assert_eq!(
        found(&[], false, Some(&one_in_sync)),
        ["note min.insync.replicas=1 of 3 replicas"]
    );
    assert_eq!(
        found(&[], false, Some(&topic(&[], 2))),
        ["risk min.insync.replicas=2 of 2 replicas"]
    );
    assert_eq!(
        found(&[], false, Some(&topic(&[("min.insync.replicas", "1")], 1))),
        ["risk replication factor 1"]
    );
}

#[test]
fn compression_at_both_ends() {
    let cases = [
        ("none", "producer", None),
        ("zstd", "zstd", None),
        ("none", "uncompressed", None),
        (
            "lz4",
            "zstd",
            Some("risk compression is set twice: lz4 by the producer, zstd by the topic"),
        ),
        (
            "lz4",
            "uncompressed",
            Some("risk compression is set twice: lz4 by the producer, uncompressed by the topic"),
        ),
        (
            "none",
            "zstd",
            Some("note the topic has compression.type=zstd, the producer none"),
        ),
    ];
    for (ours, theirs, expected) in cases {
        let topic = topic(&[("compression.type", theirs)], 3);
        let found = found(&[("compression.type", ours)], false, Some(&topic));
        assert_eq!(
            found,
            expected.into_iter().collect::<Vec<_>>(),
            "{ours} {theirs}"
        );
    }
}

#[test]
fn keys_of_a_compacted_topic() {
    let both = topic(&[("cleanup.policy", "compact,delete")], 3);
    assert_eq!(
        found(&[], false, Some(&both)),
        ["note cleanup.policy=compact,delete"]
    );
    assert_eq!(
        found(&[], true, Some(&both)),
        ["risk cleanup.policy=compact,delete and records without a key"]
    );
    assert_eq!(found(&[], true, Some(&good())), [""; 0]);
}

#[test]
fn sizes_and_times() {
    let small = topic(&[("max.message.bytes", "2000")], 3);
    assert_eq!(
        found(
            &[("max.request.size", "2001"), ("batch.size", "2001")],
            false,
            Some(&small)
        ),
        [
            "risk max.request.size=2001 is larger than max.message.bytes=2000",
            "note batch.size=2001 is larger than max.message.bytes=2000"
        ]
    );
    assert_eq!(
        found(&[("max.request.size", "2000")], false, Some(&small)),
        [""; 0]
    );
    let appended = topic(&[("message.timestamp.type", "LogAppendTime")], 3);
    assert_eq!(
        found(&[("includeTimestamp", "true")], false, Some(&appended)),
        ["note includeTimestamp=true with message.timestamp.type=LogAppendTime"]
    );
    assert_eq!(found(&[], false, Some(&appended)), [""; 0]);
}

#[test]
fn what_a_topic_is_like() {
    let state = |state| TopicOutlook { state, ..good() };
    let reason = || "because".to_owned();
    let cases = [
        (
            state(TopicState::Unusable { reason: reason() }),
            "risk no write can use this topic",
        ),
        (
            state(TopicState::Unknown { reason: reason() }),
            "note it does not exist, and may or may not be created",
        ),
        (
            state(TopicState::WouldBeCreated),
            "note it does not exist, and would be created (partitions: 3, replicas: 3)",
        ),
        (
            TopicOutlook {
                may_write: Some(false),
                ..good()
            },
            "risk we may not write to it",
        ),
        (
            TopicOutlook {
                leaderless: vec![1],
                ..good()
            },
            "risk partitions without a leader: [1]",
        ),
        (
            TopicOutlook {
                configs: None,
                ..good()
            },
            "note its settings cannot be seen",
        ),
    ];
    for (topic, expected) in cases {
        assert_eq!(found(&[], false, Some(&topic)), [expected]);
    }
}
