//! The real cluster that the tests run on, and Kafka's own classes.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use tokafka_client::{
    admin::{Admin, NewTopic},
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};

/// The value of a variable that `dev/kafka run` sets. A run without it fails: it was asked for.
fn variable(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "how dev/kafka hands the cluster over"
    )]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| {
        panic!("{name} is not set: run this as `dev/kafka run -- cargo test -p tokafka-readback`")
    })
}

pub(crate) fn bootstrap_servers() -> String {
    variable("TOKAFKA_TEST_KAFKA")
}

/// The folders in which the brokers keep their logs.
pub(crate) fn data_folders() -> Vec<PathBuf> {
    variable("TOKAFKA_KAFKA_LOGS")
        .split(':')
        .map(PathBuf::from)
        .collect()
}

/// Creates a topic of this run's own.
pub(crate) async fn new_topic(stem: &str, partitions: i32) -> String {
    topic_with(stem, partitions, &[]).await
}

pub(crate) async fn topic_with(stem: &str, partitions: i32, configs: &[(&str, &str)]) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{stem}-{}-{number}", std::process::id());
    let topic = NewTopic {
        name: name.clone(),
        partitions: Some(partitions),
        replication: None,
        configs: configs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
    };
    Admin::new(&connect().await)
        .create_topic(&topic)
        .await
        .unwrap();
    name
}

pub(crate) async fn connect() -> Cluster {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &bootstrap_servers());
    Cluster::connect(ClientSettings::from_properties(&properties).unwrap())
        .await
        .unwrap()
}

/// Runs a class, or a source file, on the class path of Kafka's jars.
pub(crate) fn java(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("java")
        .args([
            "-Xmx256m",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp",
        ])
        .arg(format!("{}/*", variable("TOKAFKA_KAFKA_LIBS")))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "java {arguments:?} failed:\n{errors}"
    );
    output
}
