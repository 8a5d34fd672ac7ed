//! The documentation of options is the program's own.

use std::fs;

use crate::harness::{Scratch, repository};

#[test]
fn the_page_of_options_is_what_the_program_prints() {
    let page = fs::read_to_string(repository("docs/options.md")).unwrap();
    let ran = Scratch::new().run("options --output markdown").succeeded();
    assert!(
        page == ran.stdout,
        "docs/options.md is out of date: cargo run -- options --output markdown > docs/options.md"
    );
}

#[test]
fn the_table_lists_what_a_write_and_a_producer_take() {
    let ran = Scratch::new().run("options").succeeded();
    for name in [
        "includeTimestamp",
        "linger.ms (default: ",
        "bootstrap.servers",
        "key.serializer",
    ] {
        assert!(ran.stdout.contains(name), "{name}: {}", ran.stdout);
    }
}
