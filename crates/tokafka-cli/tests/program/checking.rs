//! `tokafka check`.

use tokafka_client::{
    admin::{Admin, NewTopic},
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use crate::harness::{Ran, Scratch, dead_address};

async fn create(broker: &DevBroker, name: &str, configs: &[(&str, &str)]) {
    let bootstrap = [("bootstrap.servers", broker.bootstrap())];
    let properties: Properties = bootstrap.into_iter().collect();
    let settings = ClientSettings::from_properties(&properties).unwrap();
    let cluster = Cluster::connect(settings).await.unwrap();
    let configs = configs.iter();
    let topic = NewTopic {
        name: name.to_owned(),
        partitions: Some(1),
        replication: None,
        configs: configs
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
    };
    Admin::new(&cluster).create_topic(&topic).await.unwrap();
}

/// `level about: finding` of each finding, and that there is a reason and a remedy.
fn findings(ran: &Ran) -> Vec<String> {
    let lines = ran.json_lines().into_iter().map(|line| {
        let text = |name: &str| line.get(name).unwrap().as_str().unwrap().to_owned();
        assert!(
            text("reason").len() > 10 && text("remedy").len() > 10,
            "{line}"
        );
        format!("{} {}: {}", text("level"), text("about"), text("finding"))
    });
    lines.collect()
}

#[test]
fn good_options_are_exit_code_0_and_ask_nobody() {
    let ran = Scratch::new().run("check").succeeded();
    assert_eq!(ran.stdout, "nothing risky in the options\n");
    let line = format!("check -X linger.ms=20 -b {}", dead_address());
    Scratch::new().run(&line).succeeded();
}

#[test]
fn a_risk_is_exit_code_1_with_its_reason_and_what_to_do() {
    let ran = Scratch::new().run("check -X acks=1");
    assert_eq!(ran.code, Some(1));
    for text in [
        "risk  options: acks=1\n",
        "      why: ",
        "      do:  leave acks out",
    ] {
        assert!(ran.stdout.contains(text), "{text}\n{}", ran.stdout);
    }
    assert!(
        ran.stderr.ends_with("error: 2 risks were found\n"),
        "{}",
        ran.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_are_held_against_the_topics() {
    let broker = DevBroker::start(DevBrokerConfig {
        nodes: 3,
        ..DevBrokerConfig::default()
    })
    .await
    .unwrap();
    create(&broker, "safe", &[("min.insync.replicas", "2")]).await;
    create(
        &broker,
        "state",
        &[("cleanup.policy", "compact"), ("max.message.bytes", "5000")],
    )
    .await;
    broker.forbid_writing("state");
    let bootstrap = broker.bootstrap();
    let scratch = Scratch::new();
    let ran = scratch
        .run(&format!("check -t safe -b {bootstrap}"))
        .succeeded();
    assert_eq!(ran.stdout, "nothing risky in the options or in safe\n");

    let ran = scratch.run(&format!(
        "check -t safe -X acks=1 --output json -b {bootstrap}"
    ));
    assert_eq!(ran.code, Some(1));
    assert!(
        findings(&ran).contains(&"risk safe: acks=1 with min.insync.replicas=2".to_owned()),
        "{}",
        ran.stdout
    );

    let line = format!("check -t state -t new --null-key --output json -b {bootstrap}");
    let ran = scratch.run(&line);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        findings(&ran),
        [
            "risk state: we may not write to it",
            "risk state: cleanup.policy=compact and records without a key",
            "risk state: max.request.size=1048576 is larger than max.message.bytes=5000",
            "note state: min.insync.replicas=1 of 3 replicas",
            "note new: it does not exist, and would be created (partitions: 1, replicas: 3)",
            "note new: min.insync.replicas=1 of 3 replicas",
        ]
    );
    let ran = scratch.run(&format!("read new -b {bootstrap}"));
    ran.failed(&["topic new does not exist"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_alone_is_exit_code_0() {
    let broker = DevBroker::start(DevBrokerConfig {
        nodes: 2,
        ..DevBrokerConfig::default()
    })
    .await
    .unwrap();
    broker.create_topic("t", 1);
    let line = format!("check -X topic=t --output json -b {}", broker.bootstrap());
    let ran = Scratch::new().run(&line).succeeded();
    assert_eq!(
        findings(&ran),
        ["note t: min.insync.replicas=1 of 2 replicas"]
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_typed_secret_is_warned_of_and_not_shown() {
    let ran = Scratch::new()
        .run("check -X ssl.key.password=hunter2")
        .wrong_use(&["a secret on the command line is seen by everyone"]);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
}

#[test]
fn options_that_cannot_be_are_wrong_use_and_a_topic_needs_a_cluster() {
    Scratch::new()
        .run("check -X akcs=1")
        .wrong_use(&["did you mean acks?"]);
    Scratch::new()
        .run("check -t orders")
        .wrong_use(&["no cluster: say where it is with -b"]);
    let line = format!("check -t orders -X max.block.ms=100 -b {}", dead_address());
    Scratch::new()
        .run(&line)
        .failed(&["no broker could be reached"]);
}
