#![no_main]
#![expect(dead_code, unused_imports, reason = "the files are of a crate that uses all of it")]

#[path = "../src/checkpoint.rs"]
mod checkpoint;
#[path = "../../crates/tokafka-streaming/src/checkpoint/entry.rs"]
mod entry;
#[path = "../../crates/tokafka-streaming/src/offsets/mod.rs"]
mod offsets;
#[path = "../../crates/tokafka-streaming/src/checkpoint/problem.rs"]
mod problem;

use offsets::SourceOffsets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checkpoint::checkpoint(data));
