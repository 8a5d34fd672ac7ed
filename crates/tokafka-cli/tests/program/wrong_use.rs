//! Command lines that cannot be: exit code 2, before anything is opened or contacted.

use crate::harness::{Scratch, dead_address, finish};

#[test]
fn an_address_and_an_embedded_broker_exclude_each_other() {
    let scratch = Scratch::with_records();
    let told = ["both --embedded and an address", "leave one out"];
    scratch
        .run("write t.csv -t t --embedded -b 127.0.0.1:1")
        .wrong_use(&told);
    scratch
        .run("write t.csv -t t --embedded -X bootstrap.servers=127.0.0.1:1")
        .wrong_use(&told);
}

#[test]
fn a_command_without_a_cluster_says_how_to_name_one() {
    let scratch = Scratch::with_records();
    let told = ["-b HOST:PORT", "TOKAFKA_BOOTSTRAP_SERVERS"];
    scratch
        .run("write t.csv -t t")
        .wrong_use(&told)
        .says(&["--embedded"]);
    scratch.run("read t").wrong_use(&told);
}

#[test]
fn an_unknown_option_is_answered_with_the_nearest_known_one() {
    Scratch::with_records()
        .run("write t.csv -t t --embedded -X kafka.linger.msec=5")
        .wrong_use(&["linger.msec", "did you mean linger.ms?"]);
}

#[test]
fn a_value_that_an_option_cannot_have_is_refused_before_any_broker_is_contacted() {
    Scratch::with_records()
        .run("write t.csv -t t -b 127.0.0.1:1 -X acks=some")
        .wrong_use(&["Invalid value some for configuration acks"]);
}

#[test]
fn an_option_without_a_value_does_not_have_its_text_repeated() {
    let ran = Scratch::with_records().run("write t.csv -t t --embedded -X sasl.password:hunter2");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("NAME=VALUE"), "{}", ran.stderr);
}

#[test]
fn a_secret_on_the_command_line_draws_a_warning_that_does_not_show_it() {
    let ran = Scratch::with_records()
        .run("write t.csv -t t --embedded --dry-run -X ssl.key.password=hunter2");
    assert!(
        ran.stderr.contains("warning: -X ssl.key.password"),
        "{}",
        ran.stderr
    );
    assert!(
        !ran.stderr.contains("hunter2") && !ran.stdout.contains("hunter2"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_secret_by_reference_draws_no_warning_and_one_that_is_not_there_is_named() {
    let scratch = Scratch::with_records();
    scratch.file("secret", "hunter2\n");
    let line = "write t.csv -t t --embedded --dry-run -X ssl.key.password=${file:secret}";
    let ran = scratch.run(line);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    scratch
        .run("write t.csv -t t --embedded --dry-run -X ssl.key.password=${file:nowhere}")
        .wrong_use(&["-X ssl.key.password", "nowhere"]);
}

#[test]
fn a_config_file_is_read_and_its_mistakes_are_named_with_it() {
    let scratch = Scratch::with_records();
    scratch.file("client.properties", "# ours\nacks = some\n");
    scratch
        .run("write t.csv -t t --embedded --config client.properties")
        .wrong_use(&["Invalid value some for configuration acks"]);
    scratch
        .run("write t.csv -t t --embedded --config nowhere.properties")
        .wrong_use(&["nowhere.properties"]);
}

#[test]
fn a_topic_that_is_given_twice_is_refused() {
    Scratch::with_records()
        .run("write t.csv -t t -X topic=u --embedded")
        .wrong_use(&["the topic is given twice"]);
}

#[test]
fn rows_without_a_topic_are_refused_with_the_flag_that_names_it() {
    Scratch::with_records()
        .run("write t.csv --embedded")
        .wrong_use(&[
            "-t TOPIC",
            "Topic option or topic column must be specified for Kafka writes",
        ]);
}

#[test]
fn a_place_that_is_none_is_refused() {
    Scratch::new()
        .run("read t -b 127.0.0.1:1 --from yesterday")
        .wrong_use(&["--from yesterday", "earliest"]);
}

#[test]
fn a_value_can_come_from_the_environment() {
    let scratch = Scratch::with_records();
    let args = [
        "write",
        "t.csv",
        "-t",
        "t",
        "--embedded",
        "-X",
        "acks=${env:TEST_ACKS}",
    ];
    let mut command = scratch.command(&args);
    finish(command.env("TEST_ACKS", "some").spawn().unwrap())
        .wrong_use(&["Invalid value some for configuration acks"]);
    finish(command.env_remove("TEST_ACKS").spawn().unwrap())
        .wrong_use(&["-X acks", "the environment variable TEST_ACKS is not set"]);
}

#[test]
fn the_address_of_the_environment_yields_to_every_other() {
    let (default, typed) = (dead_address(), dead_address());
    let scratch = Scratch::with_records();
    let run = |line: &str| {
        let args: Vec<_> = line.split(' ').collect();
        let mut command = scratch.command(&args);
        finish(
            command
                .env("TOKAFKA_BOOTSTRAP_SERVERS", &default)
                .spawn()
                .unwrap(),
        )
    };
    run("read t -X max.block.ms=300").failed(&[&default]);
    run(&format!("read t -X max.block.ms=300 -b {typed}")).failed(&[&typed]);
    run(&format!(
        "read t -X max.block.ms=300 -X bootstrap.servers={typed}"
    ))
    .failed(&[&typed]);
    run("write t.csv -t t --embedded").succeeded();
}
