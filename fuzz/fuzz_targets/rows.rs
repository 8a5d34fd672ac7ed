#![no_main]

#[path = "../src/rows.rs"]
mod rows;

libfuzzer_sys::fuzz_target!(|data: &[u8]| rows::rows(data));
