#![no_main]

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
