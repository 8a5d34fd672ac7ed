//! Every file of `examples/sql`, and what it leaves in the topics.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use tokafka_devbroker::{DevBroker, StoredRecord};

use crate::harness::{Ran, Scratch, broker, finish, repository};

/// Partitions of each topic: as many as the examples name.
const PARTITIONS: i32 = 10;

/// The comment of a file that says a record which it leaves, as `topic: key value [header=text …]`, or with
/// the partition as `topic/partition: …`.
const LEAVES: &str = "-- leaves ";

/// The comment of a stream's file that says a value which it reads, as `topic: value`.
const READS: &str = "-- reads ";

/// Begins the names of files that are run by `tokafka stream`.
const STREAM: &str = "stream-";

/// Files that leave many records: their topic, how many, and the codec of the batches.
const COUNTED: [(&str, &str, usize, u8); 5] = [
    ("producer-throughput", "high-throughput-topic", 1000, 2),
    ("batch-json", "batch-data", 200, 0),
    ("batch-size", "high-volume-topic", 1000, 3),
    ("memory", "large-data-topic", 1, 0),
    ("concurrent", "concurrent-topic", 1000, 0),
];

/// Runs a file from the root of the repository, as its page says.
fn run(file: &Path, broker: &DevBroker) -> Ran {
    let file = file.to_str().unwrap();
    let scratch = Scratch::new();
    let bootstrap = broker.bootstrap();
    let mut command = if is_stream(file) {
        put(file, &scratch, &bootstrap);
        let checkpoint = scratch.path("cp");
        let checkpoint = checkpoint.to_str().unwrap();
        let args = ["stream", file, "--checkpoint", checkpoint, "-b", &bootstrap];
        scratch.command(&[&args[..], &["--trigger", "available-now"]].concat())
    } else {
        scratch.command(&["sql", "-f", file, "-b", &bootstrap])
    };
    command.current_dir(repository("."));
    finish(command.spawn().unwrap())
}

fn is_stream(file: &str) -> bool {
    let name = Path::new(file).file_name().unwrap();
    name.to_str().unwrap().starts_with(STREAM)
}

/// Writes what a stream reads.
fn put(file: &str, scratch: &Scratch, bootstrap: &str) {
    let file = fs::read_to_string(file).unwrap();
    for read in file.lines().filter_map(|line| line.strip_prefix(READS)) {
        let (topic, value) = read.split_once(": ").unwrap();
        let row = serde_json::json!({ "value": value });
        scratch.file("row.ndjson", row.to_string());
        let line = format!("write row.ndjson -t {topic} -b {bootstrap}");
        scratch.run(&line).succeeded();
    }
}

fn records(broker: &DevBroker, topic: &str) -> Vec<(i32, StoredRecord)> {
    let of = |partition| {
        let records = broker.records(topic, partition).into_iter();
        records.map(move |record| (partition, record))
    };
    (0..PARTITIONS).flat_map(of).collect()
}

fn text(bytes: Option<&[u8]>) -> String {
    bytes.map_or("null".to_owned(), |bytes| {
        String::from_utf8(bytes.to_vec()).unwrap()
    })
}

fn line(record: &StoredRecord) -> String {
    let (key, value) = (text(record.key.as_deref()), text(record.value.as_deref()));
    let mut line = format!("{key} {value}");
    for (name, value) in &record.headers {
        line.push_str(&format!(" {name}={}", text(value.as_deref())));
    }
    line
}

/// What a file says that it leaves, by topic, or topic and partition.
fn left(stem: &str) -> BTreeMap<String, Vec<String>> {
    let file = fs::read_to_string(path(stem)).unwrap();
    let mut left: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for said in file.lines().filter_map(|line| line.strip_prefix(LEAVES)) {
        let (place, line) = said.split_once(": ").unwrap();
        left.entry(place.to_owned())
            .or_default()
            .push(line.to_owned());
    }
    left
}

async fn broker_with_topics<'a>(topics: impl IntoIterator<Item = &'a str>) -> DevBroker {
    let broker = broker().await;
    for topic in topics {
        broker.create_topic(topic, PARTITIONS);
    }
    broker
}

fn files() -> Vec<String> {
    let listed = fs::read_dir(repository("examples/sql")).unwrap();
    let names = listed.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut stems: Vec<_> = names
        .filter_map(|name| Some(name.strip_suffix(".sql")?.to_owned()))
        .collect();
    stems.sort();
    stems
}

fn path(stem: &str) -> std::path::PathBuf {
    repository(&format!("examples/sql/{stem}.sql"))
}

#[test]
fn every_file_is_looked_at_and_named_by_the_page() {
    let page = fs::read_to_string(repository("examples/sql/README.md")).unwrap();
    let counted = COUNTED.map(|(stem, ..)| stem);
    for stem in files() {
        let is_tested = !left(&stem).is_empty() || counted.contains(&&*stem);
        assert!(is_tested || stem.starts_with("refused-"), "{stem}");
        assert!(page.contains(&format!("({stem}.sql)")), "{stem}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_record_is_as_the_file_says() {
    for stem in files() {
        let left = left(&stem);
        let topic = |place: &String| place.split('/').next().unwrap_or_default().to_owned();
        let topics: BTreeSet<_> = left.keys().map(topic).collect();
        let broker = broker_with_topics(topics.iter().map(String::as_str)).await;
        if left.is_empty() {
            continue;
        }
        run(&path(&stem), &broker).succeeded();
        for topic in topics {
            let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (partition, record) in records(&broker, &topic) {
                let named = format!("{topic}/{partition}");
                let place = if left.contains_key(&topic) {
                    topic.clone()
                } else {
                    named
                };
                found.entry(place).or_default().push(line(&record));
            }
            found.values_mut().for_each(|lines| lines.sort());
            let of_topic = |(place, lines): (&String, &Vec<String>)| {
                let is_of_topic = place.split('/').next() == Some(&topic);
                is_of_topic.then(|| (place.clone(), lines.clone()))
            };
            let mut said: BTreeMap<_, _> = left.iter().filter_map(of_topic).collect();
            said.values_mut().for_each(|lines| lines.sort());
            assert_eq!(found, said, "{stem}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_records_are_all_there_and_compressed_as_said() {
    for (stem, topic, count, codec) in COUNTED {
        let broker = broker_with_topics([topic]).await;
        run(&path(stem), &broker).succeeded();
        assert_eq!(records(&broker, topic).len(), count, "{stem}");
        let batches = (0..PARTITIONS).flat_map(|partition| broker.batches(topic, partition));
        // The low bits of the attributes, which lie at byte 22 of a batch.
        let codecs: Vec<_> = batches.map(|batch| batch[22] & 7).collect();
        assert!(
            codecs.iter().all(|each| *each == codec),
            "{stem}: {codecs:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_a_file_keep_their_zeros() {
    let broker = broker_with_topics(["batch-data"]).await;
    run(&path("batch-json"), &broker).succeeded();
    let lines: Vec<_> = records(&broker, "batch-data")
        .iter()
        .map(|(_, record)| line(record))
        .collect();
    let first = r#"00010001 {"order_id":"00010001","shop":"00101","customer":"000010","product":"Oat milk, 1 l","quantity":1,"price":2.1,"ordered_at":"2026-03-02T08:02:50Z"}"#;
    assert!(lines.iter().any(|line| line == first), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_is_refused_with_the_text_of_its_file() {
    let broker = broker().await;
    for stem in files().iter().filter(|stem| stem.starts_with("refused-")) {
        let file = fs::read_to_string(path(stem)).unwrap();
        let expected = file
            .lines()
            .find_map(|line| line.strip_prefix("-- refused: "));
        run(&path(stem), &broker).wrong_use(&[expected.unwrap(), "statement "]);
    }
    assert_eq!(records(&broker, "test"), []);
}
