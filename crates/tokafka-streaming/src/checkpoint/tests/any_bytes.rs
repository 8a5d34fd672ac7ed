//! No bytes make the reader of a checkpoint panic, and what is read is written again as it was.

use std::{collections::BTreeMap, path::Path};

use proptest::prelude::*;

use super::{
    super::{Skip, entry, fuzzed},
    *,
};

fn any_offsets() -> impl Strategy<Value = SourceOffsets> {
    let partitions = prop::collection::btree_map(0..i32::MAX, 0..i64::MAX, 1..30);
    let topics = prop::collection::btree_map("[a-zA-Z0-9._-]{1,8}", partitions, 1..30);
    topics.prop_map(|topics: BTreeMap<String, BTreeMap<i32, i64>>| {
        let mut offsets = SourceOffsets::default();
        for (topic, partitions) in topics {
            for (partition, offset) in partitions {
                offsets.set(&topic, partition, offset);
            }
        }
        offsets
    })
}

proptest! {
    #[test]
    fn any_bytes_are_a_file_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzzed::checkpoint(&bytes);
        let _ = Skip::parse(&bytes);
    }

    #[test]
    fn any_text_is_offsets_or_an_error(text in r#"[\[\]{}":,0-9eE+.\-tn ]{0,60}"#) {
        if let Ok(offsets) = text.parse::<SourceOffsets>() {
            prop_assert_eq!(offsets.to_json().parse::<SourceOffsets>().unwrap(), offsets);
        }
    }

    #[test]
    fn offsets_are_read_as_they_were_written(offsets in any_offsets()) {
        prop_assert_eq!(&offsets.to_json().parse::<SourceOffsets>().unwrap(), &offsets);
    }

    #[test]
    fn an_entry_is_read_as_it_was_written(
        sources in prop::collection::vec(prop::option::of(any_offsets()), 1..4),
        timestamp_ms: i64,
        watermark_ms: i64,
        conf in r#"\{("[a-z. ]{1,9}":"[a-z\\" ]{0,9}")?\}"#,
    ) {
        let Ok(conf) = serde_json::value::RawValue::from_string(conf) else {
            return Ok(());
        };
        let entry = OffsetsEntry { watermark_ms, timestamp_ms, conf, sources };
        let again = entry::parse_offsets(entry::print_offsets(&entry).as_bytes()).unwrap();
        prop_assert_eq!(again.sources, entry.sources);
        prop_assert_eq!(again.conf.get(), entry.conf.get());
        prop_assert_eq!((again.watermark_ms, again.timestamp_ms), (watermark_ms, timestamp_ms));
    }
}

/// What once was a finding is none any more; nor is it when it is cut anywhere, or a byte of it is another.
#[test]
fn no_files_of_the_corpus_are_a_finding() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = root.join("../../fuzz/corpus/checkpoint");
    let files = files_below(&corpus);
    assert!(!files.is_empty());
    for file in files {
        let seed = fs::read(corpus.join(file)).unwrap();
        fuzzed::checkpoint(&seed);
        for at in 0..seed.len() {
            fuzzed::checkpoint(&seed[..at]);
            for byte in [b'0', b'9', b'-', b'"', b'\n', 0xff] {
                let mut changed = seed.clone();
                changed[at] = byte;
                fuzzed::checkpoint(&changed);
            }
        }
    }
}
