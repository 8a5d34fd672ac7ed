use super::*;
use crate::{
    batch::{Codec, Compression},
    error::SettingsError,
};
use std::{collections::HashSet, time::Duration};

const SERVERS: (&str, &str) = ("bootstrap.servers", "localhost:9092");

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn properties(pairs: Pairs<'_>) -> Properties {
    std::iter::once(SERVERS)
        .chain(pairs.iter().copied())
        .collect()
}

fn producer(pairs: Pairs<'_>) -> Result<ProducerSettings, SettingsError> {
    ProducerSettings::from_properties(&properties(pairs))
}

fn fetch(pairs: Pairs<'_>) -> Result<FetchSettings, SettingsError> {
    FetchSettings::from_properties(&properties(pairs))
}

fn refusal(pairs: Pairs<'_>) -> String {
    producer(pairs)
        .expect_err(&format!("{pairs:?} is accepted"))
        .to_string()
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn the_defaults_are_those_of_kafkas_client() {
    let settings = producer(&[]).unwrap();
    assert_eq!(settings.acks, Acks::All);
    assert!(settings.idempotence);
    assert_eq!(settings.retries, 2_147_483_647);
    assert_eq!(settings.delivery_timeout, millis(120_000));
    assert_eq!(settings.linger, millis(5));
    assert_eq!(settings.batch_size, None);
    assert_eq!(settings.buffer_memory, 33_554_432);
    assert_eq!(settings.max_request_size, 1_048_576);
    assert_eq!(settings.compression, Compression::NONE);
    assert_eq!(settings.max_in_flight, 5);
    assert!(!settings.ignore_keys);
    let client = settings.client;
    assert_eq!(client.request_timeout, millis(30_000));
    assert_eq!(client.retry_backoff, millis(100));
    assert_eq!(client.reconnect_backoff_max, millis(1_000));
    assert_eq!(client.connections_max_idle, millis(540_000));
    assert_eq!(client.rebootstrap, Some(millis(300_000)));
    assert_eq!(client.max_block, millis(60_000));
    assert_eq!(client.connections_per_broker, 2);
}

#[test]
fn a_bad_value_is_refused_in_kafkas_words() {
    const CODECS: &str = "String must be one of: none, gzip, snappy, lz4, zstd";
    const PROTOCOLS: &str =
        "String must be one of (case insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT";
    const STRATEGIES: &str = "String must be one of (case insensitive): REBOOTSTRAP, NONE";
    let cases = [
        ("acks", "7", "String must be one of: all, -1, 0, 1"),
        ("acks", "ALL", "String must be one of: all, -1, 0, 1"),
        ("linger.ms", "5ms", "Not a number of type LONG"),
        ("linger.ms", "", "Not a number of type LONG"),
        ("linger.ms", "-1", "Value must be at least 0"),
        ("request.timeout.ms", "0", "Value must be at least 1"),
        ("batch.size", "-5", "Value must be at least 0"),
        ("batch.size", "99999999999", "Not a number of type INT"),
        ("batch.size", "1.5", "Not a number of type INT"),
        ("compression.type", "rar", CODECS),
        (
            "compression.gzip.level",
            "0",
            "Value must be between 1 and 9 or equal to -1",
        ),
        (
            "compression.lz4.level",
            "18",
            "Value must be no more than 17",
        ),
        (
            "compression.zstd.level",
            "23",
            "Value must be no more than 22",
        ),
        (
            "enable.idempotence",
            "yes",
            "Expected value to be either true or false",
        ),
        ("metadata.recovery.strategy", "x", STRATEGIES),
        ("security.protocol", "FOO", PROTOCOLS),
        (
            "max.in.flight.requests.per.connection",
            "0",
            "Value must be at least 1",
        ),
    ];
    for (name, value, reason) in cases {
        let expected = format!("Invalid value {value} for configuration {name}: {reason}");
        assert_eq!(refusal(&[(name, value)]), expected);
    }
}

#[test]
fn white_space_around_a_value_and_the_case_of_booleans_do_not_matter() {
    let settings = producer(&[
        ("acks", " all "),
        ("linger.ms", " +7\t"),
        ("enable.idempotence", "TRUE"),
        ("metadata.recovery.strategy", "None"),
        ("security.protocol", "plaintext"),
    ])
    .unwrap();
    assert_eq!(settings.linger, millis(7));
    assert!(settings.idempotence);
    assert_eq!(settings.client.rebootstrap, None);
}

#[test]
fn acks_or_retries_alone_turn_idempotence_off() {
    for (name, value) in [
        ("acks", "1"),
        ("acks", "0"),
        ("retries", "0"),
        ("enable.idempotence", "false"),
    ] {
        assert!(
            !producer(&[(name, value)]).unwrap().idempotence,
            "{name}={value}"
        );
    }
    assert!(
        producer(&[("acks", "-1"), ("retries", "5")])
            .unwrap()
            .idempotence
    );
}

#[test]
fn values_that_were_both_set_and_exclude_each_other_fail_in_kafkas_words() {
    const ACKS: &str = "Must set acks to all in order to use the idempotent producer. \
                        Otherwise we cannot guarantee idempotence.";
    const RETRIES: &str = "Must set retries to non-zero when using the idempotent producer.";
    const IN_FLIGHT: &str = "To use the idempotent producer, max.in.flight.requests.per.connection \
                             must be set to at most 5. Current value is 6.";
    const DELIVERY: &str =
        "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms";
    let idempotent = ("enable.idempotence", "true");
    let six = ("max.in.flight.requests.per.connection", "6");
    let cases: [(Pairs, &str); 9] = [
        (&[("acks", "1"), idempotent], ACKS),
        (&[("retries", "0"), idempotent], RETRIES),
        (&[("retries", "0"), ("acks", "1"), six, idempotent], RETRIES),
        (&[six], IN_FLIGHT),
        (&[six, idempotent], IN_FLIGHT),
        (&[six, ("acks", "1")], IN_FLIGHT),
        (&[six, ("retries", "0")], IN_FLIGHT),
        (&[("delivery.timeout.ms", "30004")], DELIVERY),
        (
            &[("delivery.timeout.ms", "100000"), ("linger.ms", "100000")],
            DELIVERY,
        ),
    ];
    for (pairs, text) in cases {
        assert_eq!(refusal(pairs), text, "{pairs:?}");
    }
    let settings = producer(&[six, ("enable.idempotence", "false")]).unwrap();
    assert_eq!(settings.max_in_flight, 6);
}

#[test]
fn a_default_delivery_timeout_stretches_to_linger_and_request_timeout() {
    let stretched = producer(&[("request.timeout.ms", "200000")]).unwrap();
    assert_eq!(stretched.delivery_timeout, millis(200_005));
    let exact = producer(&[("delivery.timeout.ms", "30005")]).unwrap();
    assert_eq!(exact.delivery_timeout, millis(30_005));
    let largest = [
        ("linger.ms", "3000000000"),
        ("delivery.timeout.ms", "2147483647"),
    ];
    assert_eq!(
        producer(&largest).unwrap().delivery_timeout,
        millis(2_147_483_647)
    );
}

#[test]
fn a_compression_level_belongs_to_its_codec() {
    let cases: [(Pairs, Codec, Option<i32>); 7] = [
        (&[("compression.type", "gzip")], Codec::Gzip, None),
        (
            &[
                ("compression.type", "gzip"),
                ("compression.gzip.level", "-1"),
            ],
            Codec::Gzip,
            None,
        ),
        (
            &[
                ("compression.type", "gzip"),
                ("compression.gzip.level", "9"),
            ],
            Codec::Gzip,
            Some(9),
        ),
        (
            &[
                ("compression.type", "gzip"),
                ("compression.zstd.level", "9"),
            ],
            Codec::Gzip,
            None,
        ),
        (
            &[
                ("compression.type", "zstd"),
                ("compression.zstd.level", "-1"),
            ],
            Codec::Zstd,
            Some(-1),
        ),
        (
            &[("compression.type", "lz4"), ("compression.lz4.level", "9")],
            Codec::Lz4,
            None,
        ),
        (&[("compression.type", "snappy")], Codec::Snappy, None),
    ];
    for (pairs, codec, level) in cases {
        assert_eq!(
            producer(pairs).unwrap().compression,
            Compression { codec, level },
            "{pairs:?}"
        );
    }
}

#[test]
fn bootstrap_servers_are_read_as_kafka_reads_them() {
    let servers = "a.example:9092, 10.0.0.1:1 ,[::1]:9093,fe80::1:9094,PLAINTEXT://b:9095";
    let client =
        ClientSettings::from_properties(&properties(&[("bootstrap.servers", servers)])).unwrap();
    let shown: Vec<_> = client
        .bootstrap_servers
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        shown,
        [
            "a.example:9092",
            "10.0.0.1:1",
            "[::1]:9093",
            "[fe80::1]:9094",
            "b:9095"
        ]
    );
}

#[test]
fn a_bad_server_is_named() {
    let invalid_url = "Invalid url in bootstrap.servers: ";
    let invalid_port = "Invalid port in bootstrap.servers: ";
    let cases = [
        ("localhost", invalid_url),
        ("localhost:x", invalid_url),
        (":9092", invalid_url),
        ("http://127.0.0.1:1/x", invalid_url),
        ("127.0.0.1:-1", invalid_url),
        ("127.0.0.1 :1", invalid_url),
        ("[::1:9092", invalid_url),
        ("localhost:99999", invalid_port),
        ("localhost:0", invalid_port),
    ];
    for (server, words) in cases {
        let text = refusal(&[("bootstrap.servers", server)]);
        assert!(text.contains(&format!("{words}{server}")), "{text}");
    }
    let text = refusal(&[("bootstrap.servers", "a:1,,b:2")]);
    assert!(
        text.ends_with("Configuration 'bootstrap.servers' values must not be empty."),
        "{text}"
    );
}

#[test]
fn without_bootstrap_servers_nothing_starts() {
    let expected =
        "Kafka option bootstrap.servers is not set. Please make sure it is set and retry.";
    for properties in [Properties::new(), properties(&[("bootstrap.servers", " ")])] {
        let error = ClientSettings::from_properties(&properties).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_known_one() {
    let cases = [
        ("linger", Some("linger.ms")),
        ("batch_size", Some("batch.size")),
        ("ACKS", Some("acks")),
        ("bootstrap.server", Some("bootstrap.servers")),
        ("compression", Some("compression.type")),
        ("no.such.setting", None),
        ("queue.buffering.max.ms", None),
        ("", None),
    ];
    for (name, expected) in cases {
        let error = producer(&[(name, "private")]).unwrap_err();
        assert_eq!(
            error,
            SettingsError::Unknown {
                name: name.to_owned(),
                nearest: expected
            }
        );
    }
}

#[test]
fn a_property_of_java_or_of_what_is_not_built_is_refused_with_what_to_do_instead() {
    let cases = [
        (
            "key.serializer",
            "as keys are serialized with ByteArraySerializer.",
        ),
        (
            "value.serializer",
            "as value are serialized with ByteArraySerializer.",
        ),
        ("partitioner.class", "give rows a partition column"),
        ("interceptor.classes", "in the query"),
        ("transactional.id", "transactions are not built yet"),
        ("ssl.truststore.location", "TLS is not built yet"),
        ("sasl.mechanism", "SASL is not built yet"),
    ];
    for (name, words) in cases {
        let text = refusal(&[(name, "x")]);
        assert!(
            text.starts_with(&format!("Kafka option '{name}' is not supported as ")),
            "{text}"
        );
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(
        refusal(&[("security.protocol", "SASL_SSL")]),
        "Invalid value SASL_SSL for configuration security.protocol: \
         TLS and SASL are not built yet: connect to a PLAINTEXT listener"
    );
}

#[test]
fn a_secret_appears_in_no_error_and_no_debug_text() {
    let properties = properties(&[
        ("sasl.jaas.config", "hunter2"),
        ("sasl.password", "hunter2"),
        ("acks", "all"),
    ]);
    let error = ProducerSettings::from_properties(&properties).unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("hunter2"),
        "{error:?}"
    );
    assert_eq!(
        format!("{properties:?}"),
        r#"{"acks": "all", "bootstrap.servers": "localhost:9092", "sasl.jaas.config": "[redacted]", "sasl.password": "[redacted]"}"#
    );
    let rule = rule("ssl.key.password").unwrap();
    let error = values::invalid(rule, "hunter2", "too short".to_owned());
    assert_eq!(
        error.to_string(),
        "Invalid value [redacted] for configuration ssl.key.password: too short"
    );
}

#[test]
fn a_property_without_effect_is_accepted() {
    producer(&[
        ("metric.reporters", "x.Y"),
        ("client.rack", "r1"),
        ("group.id", "g"),
    ])
    .unwrap();
    producer(&[("client.dns.lookup", "use_all_dns_ips")]).unwrap();
    assert_eq!(
        refusal(&[(
            "client.dns.lookup",
            "resolve_canonical_bootstrap_servers_only"
        )]),
        "Invalid value resolve_canonical_bootstrap_servers_only for configuration client.dns.lookup: \
         String must be one of: use_all_dns_ips"
    );
}

#[test]
fn long_and_endless_waits_can_be_added_to_an_instant() {
    let settings = producer(&[
        ("max.block.ms", "9223372036854775807"),
        ("connections.max.idle.ms", "-1"),
    ])
    .unwrap();
    let now = std::time::Instant::now();
    assert!(now + settings.client.max_block > now + millis(1_000_000_000_000 / 2));
    assert_eq!(settings.client.connections_max_idle, values::FOREVER);
}

#[test]
fn the_longest_back_off_is_never_shorter_than_the_first() {
    let client = producer(&[
        ("retry.backoff.ms", "2000"),
        ("retry.backoff.max.ms", "500"),
    ])
    .unwrap()
    .client;
    assert_eq!(client.retry_backoff_max, millis(2_000));
}

#[test]
fn fetch_max_bytes_and_the_longest_answer_fit_each_other() {
    let large = ("fetch.max.bytes", "134217728");
    let small = ("tokafka.max.response.bytes", "1048576");
    let stretched = fetch(&[large]).unwrap();
    assert!(stretched.client.max_response_size > stretched.max_bytes);
    assert_eq!(fetch(&[small]).unwrap().max_bytes, 1_048_576);
    let error = fetch(&[large, small]).unwrap_err().to_string();
    assert_eq!(
        error,
        "fetch.max.bytes must not be larger than tokafka.max.response.bytes"
    );
}

#[test]
fn the_settings_of_a_reader_are_those_of_kafkas_consumer() {
    let settings = fetch(&[]).unwrap();
    assert_eq!(settings.isolation, IsolationLevel::ReadUncommitted);
    assert_eq!(
        (settings.max_bytes, settings.partition_max_bytes),
        (52_428_800, 1_048_576)
    );
    assert_eq!((settings.max_wait, settings.min_bytes), (millis(500), 1));
    let committed = fetch(&[("isolation.level", "read_committed")]).unwrap();
    assert_eq!(committed.isolation, IsolationLevel::ReadCommitted);
    assert_eq!(
        fetch(&[("isolation.level", "x")]).unwrap_err().to_string(),
        "Invalid value x for configuration isolation.level: \
         String must be one of: read_committed, read_uncommitted"
    );
}

#[test]
fn every_rule_is_told_once_and_its_default_is_a_value_of_its_kind() {
    let mut names = HashSet::new();
    for rule in RULES {
        assert!(names.insert(rule.name), "{} is listed twice", rule.name);
        assert!(rule.meaning.ends_with('.'), "{}", rule.name);
        if !rule.default.is_empty() {
            assert_eq!(rule.kind.check(rule.default), Ok(()), "{}", rule.name);
        }
        if rule.name.contains("password") || rule.name.contains("secret") {
            assert!(
                rule.secret || rule.name == "ssl.secure.random.implementation",
                "{}",
                rule.name
            );
        }
    }
}
