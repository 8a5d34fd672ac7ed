use super::*;

const SERVERS: (&str, &str) = ("kafka.bootstrap.servers", "localhost:9092");
const TOPIC: (&str, &str) = ("subscribe", "t");

fn refused(options: &[(&str, &str)]) -> String {
    checked(options).unwrap_err().to_string()
}

/// As what is refused beside servers and a topic.
fn refused_beside(name: &str, value: &str) -> String {
    refused(&[SERVERS, TOPIC, (name, value)])
}

/// `bad source options`: topics.
#[test]
fn one_option_says_what_is_read() {
    let none = "One of the following options must be specified for Kafka source: subscribe, subscribepattern, assign. See the docs for more details.";
    assert_eq!(refused(&[SERVERS]), none);
    let many = "Only one of the following options can be specified for Kafka source: subscribe, subscribepattern, assign. See the docs for more details.";
    assert_eq!(
        refused(&[SERVERS, TOPIC, ("subscribePattern", "t.*")]),
        many
    );
    assert_eq!(refused(&[SERVERS, TOPIC, ("assign", "{}")]), many);
    let cases = [
        (
            ("subscribe", " , "),
            "No topics to subscribe to as specified value for option 'subscribe' is ' , '",
        ),
        (
            ("subscribepattern", " "),
            "Pattern to subscribe is empty as specified value for option 'subscribePattern' is ' '",
        ),
        (
            ("assign", "t-0"),
            "No topicpartitions to assign as specified value for option 'assign' is 't-0'",
        ),
        (
            ("assign", "{\"t\":\n0}"),
            "Expected e.g. {\"topicA\":[0,1],\"topicB\":[0,1]}, got {\"t\":\n0} (option assign: invalid type: integer `0`, expected a sequence at line 2 column 1)",
        ),
        (
            ("subscribe", "a,b/c"),
            "Invalid topics: [b/c]: it contains one or more characters other than ASCII alphanumerics, '.', '_' and '-' (option subscribe)",
        ),
    ];
    for (option, expected) in cases {
        assert_eq!(refused(&[SERVERS, option]), expected);
    }
    let error = refused(&[SERVERS, ("subscribePattern", "t(")]);
    assert!(
        error.starts_with("Invalid value t( for option subscribePattern: "),
        "{error}"
    );
}

/// `bad source options`: numbers and words; `minPartitions is supported`: those that are not.
#[test]
fn values_are_checked() {
    let positive = |name: &str| format!("{name} must be positive");
    let no_number = |name: &str, value: &str| {
        format!("Invalid value {value} for option {name}: must be a whole number")
    };
    for name in [
        "minPartitions",
        "maxRecordsPerPartition",
        "maxOffsetsPerTrigger",
    ] {
        for value in ["0", "-1"] {
            assert_eq!(refused_beside(name, value), positive(name));
        }
        for value in ["a", "1.0"] {
            assert_eq!(refused_beside(name, value), no_number(name, value));
        }
    }
    let limits = [
        ("minOffsetsPerTrigger", "20"),
        ("maxOffsetsPerTrigger", "15"),
    ];
    assert_eq!(
        refused(&[&[SERVERS, TOPIC], &limits[..]].concat()),
        "The value of minOffsetPerTrigger(20) is higher than the maxOffsetsPerTrigger(15)."
    );
    assert_eq!(
        refused(&[TOPIC]),
        "Option 'kafka.bootstrap.servers' must be specified for configuring Kafka consumer"
    );
}

#[test]
fn words_and_json_are_checked_and_their_place_is_told() {
    let cases = [
        (
            ("failOnDataLoss", "yes"),
            "Invalid value yes for option failOnDataLoss: must be true or false",
        ),
        (
            ("maxTriggerDelay", "5 minutes"),
            "Invalid value 5 minutes for option maxTriggerDelay: must be a whole number with a unit: us, ms, s, m, min, h or d, as in 10m; without one it is in milliseconds",
        ),
        (
            ("kafka.isolation.level", "intended"),
            "Invalid value intended for configuration isolation.level: String must be one of: read_committed, read_uncommitted",
        ),
        (
            ("startingTimestamp", "soon"),
            "Expected a single long value, got soon: milliseconds since 1970, as 1700000000000 (option startingTimestamp)",
        ),
        (
            ("startingOffsetsByTimestampStrategy", "first"),
            "Invalid value first for option startingOffsetsByTimestampStrategy: must be error or latest",
        ),
        (
            ("startingOffsetsByTimestamp", r#"{"t":{"0":"noon"}}"#),
            r#"Expected e.g. {"topicA": {"0": 123456789, "1": 123456789}, "topicB": {"0": 123456789, "1": 123456789}}, got {"t":{"0":"noon"}}: "noon" is no whole number at line 1 column 16 (option startingOffsetsByTimestamp)"#,
        ),
        (
            ("startingOffsets", r#"{"t":{"0":1}"#),
            r#"Expected e.g. {"topicA":{"0":23,"1":-1},"topicB":{"0":-2}}, got {"t":{"0":1}: EOF while parsing an object at line 1 column 12 (option startingOffsets)"#,
        ),
    ];
    for ((name, value), text) in cases {
        assert_eq!(refused_beside(name, value), text);
    }
}

/// `bad source options`: those of batches.
#[test]
fn a_stream_has_no_end() {
    let texts = [
        (
            "endingOffsets",
            "ending offset not valid in streaming queries",
        ),
        (
            "EndingOffsetsByTimestamp",
            "ending timestamp not valid in streaming queries",
        ),
        (
            "endingTimestamp",
            "ending timestamp not valid in streaming queries",
        ),
    ];
    for (name, text) in texts {
        assert_eq!(refused_beside(name, "latest"), text);
    }
}

/// `unsupported kafka configs`.
#[test]
fn unsupported_kafka_configs() {
    for name in [
        "auto.offset.reset",
        "key.deserializer",
        "value.deserializer",
        "enable.auto.commit",
        "interceptor.classes",
    ] {
        let text = format!("Kafka option '{name}' is not supported");
        let option = format!("kafka.{name}");
        let error = refused_beside(&option.to_uppercase(), "any");
        assert!(error.starts_with(&text), "{error}");
    }
    assert!(checked(&[SERVERS, TOPIC, ("kafka.group.id", "mine")]).is_ok());
    assert!(checked(&[SERVERS, TOPIC, ("groupIdPrefix", "mine")]).is_ok());
}

#[test]
fn an_unknown_option_is_refused_with_the_nearest() {
    for (name, nearest) in [
        ("subscibe", "subscribe"),
        ("startingOffset", "startingOffsets"),
        ("bootstrap.servers", "kafka.bootstrap.servers"),
        ("tokafka.lag.groups", "tokafka.lag.group"),
        ("kafka.bootstrap.server", "bootstrap.servers"),
    ] {
        let error = refused_beside(name, "1");
        assert!(
            error.contains(&format!("did you mean {nearest}?")),
            "{error}"
        );
    }
}

/// `get offsets from case insensitive parameters`, `micro-batch mode - options should be handled as
/// case-insensitive`.
#[test]
fn names_are_known_in_any_case() {
    let options = checked(&[
        ("KAFKA.BOOTSTRAP.SERVERS", "localhost:9092"),
        ("SUBSCRIBE", " a, ,b,a "),
        ("STARTINGOFFSETS", " eaRLiest "),
        ("IncludeHeaders", "TRUE"),
        ("failondataloss", "False"),
        ("MAXOFFSETSPERTRIGGER", " 7 "),
        ("minoffsetspertrigger", "3"),
        ("maxtriggerdelay", "5m"),
    ]);
    let options = options.unwrap();
    assert!(options.headers());
    assert!(!options.fail_on_data_loss);
    assert_eq!(options.limits.most, Some(7));
    assert_eq!(
        options.limits.least,
        Some((3, std::time::Duration::from_secs(300)))
    );
    assert_eq!(options.description(), "KafkaV2[Subscribe[a, b]]");
}

#[test]
fn a_source_is_called_as_spark_calls_it() {
    let described = |name, value| checked(&[SERVERS, (name, value)]).unwrap().description();
    assert_eq!(
        described("subscribe", "t1,t2"),
        "KafkaV2[Subscribe[t1, t2]]"
    );
    assert_eq!(
        described("subscribePattern", " t.* "),
        "KafkaV2[SubscribePattern[t.*]]"
    );
    assert_eq!(
        described("assign", r#"{"t":[1,0]}"#),
        "KafkaV2[Assign[t-0, t-1]]"
    );
}

#[test]
fn secrets_are_not_shown() {
    for (name, value) in [
        (
            "kafka.sasl.jaas.config",
            "PlainLoginModule required password=\"hunter2\";",
        ),
        ("kafka.ssl.keystore.password", "hunter2"),
        ("kafka.ssl.keystore.passwort", "hunter2"),
        ("ssl.keystore.password", "hunter2"),
    ] {
        let error = refused_beside(name, value);
        assert!(error.contains("ssl") || error.contains("sasl"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
