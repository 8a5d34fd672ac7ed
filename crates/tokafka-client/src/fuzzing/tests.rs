//! Every file of the corpora, which hold what was once found, is no finding (any more).

use std::{fs, path::PathBuf};

fn feed(target: &str, function: fn(&[u8])) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("../../fuzz/corpus").join(target);
    let mut files = 0;
    for file in fs::read_dir(&folder).unwrap() {
        function(&fs::read(file.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files > 0, "{} is empty", folder.display());
}

#[test]
fn no_settings_of_the_corpus_are_a_finding() {
    feed("settings", super::settings);
}

#[test]
fn no_batches_of_the_corpus_are_a_finding() {
    feed("batches", super::read_batches);
}

#[test]
fn no_rows_of_the_corpus_are_a_finding() {
    feed("round_trip", super::round_trip);
}

#[test]
fn no_responses_of_the_corpus_are_a_finding() {
    feed("responses", super::responses);
}

#[test]
fn no_frames_of_the_corpus_are_a_finding() {
    feed("frames", super::frames);
}
