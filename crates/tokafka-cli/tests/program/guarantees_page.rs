use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::harness::repository;

/// All Rust sources of the crates, in one string.
fn sources(directory: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_test_that_the_guarantees_name_is_there() {
    let page = fs::read_to_string(repository("docs/guarantees.md")).unwrap();
    let is_test = |name: &&str| name.matches('_').count() > 3 && !name.contains(' ');
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() > 20, "{named:?}");
    let mut text = String::new();
    sources(&repository("crates"), &mut text);
    let missing: Vec<_> = named
        .into_iter()
        .filter(|name| !text.contains(&format!("fn {name}(")))
        .collect();
    assert_eq!(missing, [""; 0], "named in docs/guarantees.md");
}

/// Whatever waits or times out must not: a wall clock can be set.
#[test]
fn only_these_files_of_the_client_and_the_writer_read_the_wall_clock() {
    let mut readers = Vec::new();
    for root in ["crates/tokafka-client/src", "crates/tokafka-arrow/src"] {
        wall_clock_readers(&repository(root), &mut readers);
    }
    readers.sort();
    let expected = [
        // Where to look in the log for a batch that a broker may have forgotten.
        "crates/tokafka-client/src/producer/inquiry.rs",
        // Whether records are so old that a broker may forget who wrote them.
        "crates/tokafka-client/src/producer/routes.rs",
        // The time of rows that have none.
        "crates/tokafka-arrow/src/rows.rs",
    ];
    let mut expected = expected.map(repository);
    expected.sort();
    assert_eq!(readers, expected);
}

fn wall_clock_readers(directory: &Path, readers: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            wall_clock_readers(&path, readers);
        } else if path.file_name().is_some_and(|name| name != "tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            if ["SystemTime::now", "Utc::now", "Local::now"]
                .iter()
                .any(|clock| text.contains(clock))
            {
                readers.push(path);
            }
        }
    }
}
