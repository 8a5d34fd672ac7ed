#![no_main]

#[path = "../../crates/tokafka-cli/src/verify/parse.rs"]
mod parse;
#[path = "../src/receipts.rs"]
mod receipts;

libfuzzer_sys::fuzz_target!(|data: &[u8]| receipts::receipts(data, parse::parse));
