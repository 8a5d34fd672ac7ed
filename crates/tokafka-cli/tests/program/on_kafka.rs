//! The program against the cluster that `dev/kafka run` started, or else against the embedded broker.

use std::{
    io::Write,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use tokafka_client::{
    admin::{Admin, NewTopic},
    cluster::Cluster,
    settings::{ClientSettings, Properties},
};
use tokafka_devbroker::{DevBrokerConfig, TestCluster};

use crate::{
    harness::{Scratch, finish, repository},
    round_trip::copy_on,
};

async fn cluster() -> TestCluster {
    TestCluster::start(DevBrokerConfig::default())
        .await
        .unwrap()
}

fn topic_name(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!(
        "{stem}-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_arrives_and_is_read_back_as_it_was() {
    let cluster = cluster().await;
    let bootstrap = cluster.bootstrap();
    let scratch = Scratch::new();
    let topic = topic_name("orders");
    let sample = repository("examples/data/orders.csv");
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let compression = format!("compression.type={codec}");
        let args = [
            "write",
            sample.to_str().unwrap(),
            "-t",
            &topic,
            "-b",
            bootstrap,
            "-X",
            &compression,
        ];
        scratch.run_args(&args).succeeded();
    }
    let counted = scratch
        .run(&format!("read {topic} --count-only -b {bootstrap}"))
        .succeeded();
    assert_eq!(counted.stdout, "1000\n");
    let first = scratch
        .run(&format!("read {topic} -n 1 --output json -b {bootstrap}"))
        .succeeded();
    let record = &first.json_lines()[0];
    assert!(
        record["key"].as_str().unwrap().starts_with("0000"),
        "{record}"
    );
    assert!(
        record["timestamp"]
            .as_str()
            .unwrap()
            .starts_with("2026-03-0"),
        "{record}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_does_not_exist_is_not_created_by_reading() {
    let cluster = cluster().await;
    let bootstrap = cluster.bootstrap();
    let topic = topic_name("nowhere");
    for _ in 0..2 {
        Scratch::new()
            .run(&format!("read {topic} -b {bootstrap}"))
            .failed(&["does not exist", &topic]);
    }
}

/// What Kafka's own console producer makes of `headers TAB key TAB value`, and of NULL.
const CONSOLE_RECORDS: &str = "source:shop,source:NULL,:\tk0\tfirst\n\
                               NULL\tNULL\tsecond\n\
                               a:1\tk2\tNULL\n\
                               NULL\t\t\n";

/// The same, for `tokafka write`.
const SAME_RECORDS: &str = r#"
{"headers":[{"key":"source","value":"shop"},{"key":"source","value":null},{"key":"","value":""}],"key":"k0","value":"first"}
{"headers":[],"key":null,"value":"second"}
{"headers":[{"key":"a","value":"1"}],"key":"k2","value":null}
{"headers":null,"key":"","value":""}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_another_program_wrote_is_copied_record_by_record() {
    let cluster = cluster().await;
    let bootstrap = cluster.bootstrap();
    let scratch = Scratch::new();
    let (from, to) = (topic_name("from"), topic_name("to"));
    create(bootstrap, &from, 2).await;
    create(bootstrap, &to, 3).await;
    if cluster.is_embedded() {
        let line = format!("write - --format ndjson -t {from} -b {bootstrap}");
        scratch
            .run_with_input(&line, SAME_RECORDS.trim_start().as_bytes())
            .succeeded();
    } else {
        produce_on_console(bootstrap, &from);
    }
    copy_on(bootstrap, &from, &to, "").succeeded();
    let read = |topic: &str| {
        let line = format!("read {topic} --output json -b {bootstrap}");
        scratch.run(&line).succeeded().stdout
    };
    let records = read(&from);
    assert_eq!(read(&to), records);
    for part in [
        r#""key":"k0","value":"first","headers":[{"key":"source","value":"shop"},{"key":"source","value":null},{"key":"","value":""}]"#,
        r#""key":null,"value":"second","headers":[]"#,
        r#""key":"k2","value":null,"headers":[{"key":"a","value":"1"}]"#,
        r#""key":"","value":"","headers":[]"#,
    ] {
        assert!(records.contains(part), "{part} in\n{records}");
    }
}

async fn create(bootstrap: &str, topic: &str, partitions: i32) {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", bootstrap);
    let settings = ClientSettings::from_properties(&properties).unwrap();
    let topic = NewTopic {
        name: topic.to_owned(),
        partitions: Some(partitions),
        replication: None,
        configs: [].into(),
    };
    Admin::new(&Cluster::connect(settings).await.unwrap())
        .create_topic(&topic)
        .await
        .unwrap();
}

fn produce_on_console(bootstrap: &str, topic: &str) {
    let mut child = Command::new(repository("dev/kafka"))
        .args(["tool", "org.apache.kafka.tools.ConsoleProducer"])
        .args(["--bootstrap-server", bootstrap, "--topic", topic])
        .args(["--reader-property", "parse.key=true"])
        .args(["--reader-property", "parse.headers=true"])
        .args(["--reader-property", "null.marker=NULL"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(CONSOLE_RECORDS.as_bytes()).unwrap();
    drop(stdin);
    finish(child).succeeded();
}
