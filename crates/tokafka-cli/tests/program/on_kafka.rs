//! The program against the cluster that `dev/kafka run` started, or else against the embedded broker.

use std::sync::atomic::{AtomicU32, Ordering};

use tokafka_devbroker::DevBroker;

use crate::harness::{Scratch, broker, repository};

struct Cluster {
    bootstrap: String,
    _embedded: Option<DevBroker>,
}

async fn cluster() -> Cluster {
    #[expect(
        clippy::disallowed_methods,
        reason = "how dev/kafka hands the cluster over"
    )]
    let real = std::env::var("TOKAFKA_TEST_KAFKA");
    match real {
        Ok(bootstrap) => Cluster {
            bootstrap,
            _embedded: None,
        },
        Err(_) => {
            let embedded = broker().await;
            Cluster {
                bootstrap: embedded.bootstrap(),
                _embedded: Some(embedded),
            }
        }
    }
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
    let Cluster {
        bootstrap,
        _embedded,
    } = cluster().await;
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
            &bootstrap,
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
    let Cluster {
        bootstrap,
        _embedded,
    } = cluster().await;
    let topic = topic_name("nowhere");
    for _ in 0..2 {
        Scratch::new()
            .run(&format!("read {topic} -b {bootstrap}"))
            .failed(&["does not exist", &topic]);
    }
}
