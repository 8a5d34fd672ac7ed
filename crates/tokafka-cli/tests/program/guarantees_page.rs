use std::{fs, path::Path};

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
