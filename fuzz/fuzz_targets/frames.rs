#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tokafka_client::fuzzing::frames(data));
