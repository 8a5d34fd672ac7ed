use super::*;

fn settings(options: &WriteOptions) -> Result<ProducerSettings, String> {
    options
        .producer_settings()
        .map_err(|error| error.to_string())
}

fn local() -> WriteOptions {
    WriteOptions::new().option("kafka.bootstrap.servers", "localhost:9092")
}

#[test]
fn kafkas_settings_reach_the_producer_without_their_prefix_whatever_the_case() {
    let options = local()
        .option("Kafka.Linger.MS", "17")
        .producer("max.request.size", "2000");
    let settings = settings(&options).unwrap();
    assert_eq!(settings.linger.as_millis(), 17);
    assert_eq!(settings.max_request_size, 2000);
}

#[test]
fn a_properties_file_of_kafkas_tools_is_taken_and_later_options_win() {
    let text = "# a comment\nbootstrap.servers = a:1,\\\n  b:2\nlinger.ms: 17\nkafka.acks=1\ntokafka.connections.per.broker=1\n";
    let options = WriteOptions::new().properties_text(text).unwrap();
    let options = options.option("kafka.linger.ms", "18");
    let mut pairs: Vec<_> = options.iter().collect();
    pairs.sort_unstable();
    let expected = [
        ("kafka.acks", "1"),
        ("kafka.bootstrap.servers", "a:1,b:2"),
        ("kafka.linger.ms", "18"),
        ("tokafka.connections.per.broker", "1"),
    ];
    assert_eq!(pairs, expected);
    let wrong = WriteOptions::new().properties_text("a=1\nb=\\u12");
    let wrong = wrong.unwrap_err().to_string();
    assert!(wrong.contains("line 2"), "{wrong}");
}

#[test]
fn a_map_names_settings_as_kafka_does_or_with_sparks_prefix() {
    let maps: [WriteOptions; 3] = [
        [("bootstrap.servers", "a:1"), ("Acks", "1"), ("TOPIC", "t")].into(),
        std::collections::HashMap::from([
            ("kafka.bootstrap.servers", "a:1"),
            ("kafka.acks", "1"),
            ("topic", "t"),
        ])
        .into(),
        WriteOptions::new()
            .producer("kafka.bootstrap.servers", "a:1")
            .producer("acks", "1")
            .topic("t"),
    ];
    let ours = ("tokafka.producer.cache.timeout", "1m");
    let timed = WriteOptions::from([("bootstrap.servers", "a:1"), ours]);
    assert_eq!(timed.pool_options().unwrap().timeout.as_secs(), 60);
    for options in maps {
        let settings = settings(&options).unwrap();
        assert_eq!(settings.acks, settings::Acks::Leader);
        assert_eq!(options.topic_option(), Some("t"));
    }
}

#[test]
fn our_own_settings_keep_their_prefix_by_either_way() {
    let name = "tokafka.connections.per.broker";
    for options in [local().option(name, "3"), local().producer(name, "3")] {
        assert_eq!(settings(&options).unwrap().client.connections_per_broker, 3);
    }
}

#[test]
fn of_one_option_set_twice_in_different_case_the_last_counts() {
    let options = local()
        .option("TOPIC", "a")
        .option("topic", "b")
        .option("Topic", " c ");
    assert_eq!(options.topic_option(), Some("c"));
}

#[test]
fn an_unknown_option_is_refused_with_the_nearest_known_name() {
    let cases = [
        ("topics", "did you mean topic?"),
        ("includeTimestamps", "did you mean includeTimestamp?"),
        ("bootstrap.servers", "did you mean kafka.bootstrap.servers?"),
    ];
    for (name, hint) in cases {
        let error = settings(&local().option(name, "x")).unwrap_err();
        assert!(
            error.starts_with(&format!("Unknown option {name}, {hint}")),
            "{error}"
        );
    }
}

#[test]
fn an_unknown_setting_of_kafka_is_refused() {
    let error = settings(&local().option("kafka.lingre.ms", "5")).unwrap_err();
    assert!(error.contains("did you mean linger.ms?"), "{error}");
}

#[test]
fn a_topic_that_kafka_does_not_allow_is_refused_in_its_words() {
    let long = "t".repeat(250);
    for name in ["", "  ", ".", "..", "a b", "ü", long.as_str()] {
        let error = WriteOptions::new()
            .topic(name)
            .checked_topic()
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with(&format!("Invalid topics: [{}]", name.trim())),
            "{error}"
        );
    }
    assert_eq!(
        WriteOptions::new().topic("a.B_c-9").checked_topic(),
        Ok(Some("a.B_c-9"))
    );
}

#[test]
fn a_flag_is_true_or_false() {
    let set = |value: &str| WriteOptions::new().option("includetimestamp", value);
    assert_eq!(set("TRUE").timestamp_included(), Ok(true));
    assert_eq!(set("false").timestamp_included(), Ok(false));
    let error = set("yes").timestamp_included().unwrap_err().to_string();
    assert_eq!(
        error,
        "Invalid value yes for option includeTimestamp: must be true or false"
    );
}

#[test]
fn debug_shows_no_secret_and_nothing_that_might_be_one() {
    let options = local()
        .topic("t")
        .producer("sasl.password", "hunter1")
        .producer("sasl.pasword", "hunter2")
        .option("passwort", "hunter3");
    let shown = format!("{options:?}");
    assert!(!shown.contains("hunter"), "{shown}");
    assert!(
        shown.contains("localhost:9092") && shown.contains("[redacted]"),
        "{shown}"
    );
}
