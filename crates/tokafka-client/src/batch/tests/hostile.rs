//! Bytes that nobody should have written.

use super::super::BatchHeader;
use super::*;

/// Walks everything there is to walk.
fn read_all(bytes: &[u8]) -> usize {
    let mut headers = 0;
    for batch in Batches::new(Bytes::copy_from_slice(bytes)).flatten() {
        let _ = batch.verify();
        let Ok(records) = batch.records(1 << 20) else {
            continue;
        };
        headers += records
            .iter()
            .flatten()
            .map(|record| record.headers.count())
            .sum::<usize>();
    }
    headers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_an_error_or_records_but_never_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300), magic in 0..4_u8,
    ) {
        let mut bytes = bytes;
        if let Some(at) = bytes.get_mut(16) {
            *at = magic;
        }
        read_all(&bytes);
    }

    #[test]
    fn any_records_behind_a_right_header_are_an_error_or_records_but_never_a_panic(
        body in prop::collection::vec(any::<u8>(), 0..200),
        attributes in 0..16_i16, record_count in 0..5,
    ) {
        let mut header = BatchHeader::parse(&written(&[Row::default()], Codec::None)).unwrap();
        (header.attributes, header.record_count) = (attributes, record_count);
        header.batch_length = 49 + body.len() as i32;
        read_all(&[&header.encode()[..], &body].concat());
    }

    #[test]
    fn a_batch_with_changed_bytes_is_an_error_or_records_but_never_a_panic(
        rows in rows(any::<i64>()), codec in codec(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = written(&rows, codec).to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len().min(200));
            bytes[at] = byte;
        }
        read_all(&bytes);
    }
}

#[test]
fn a_decompression_bomb_is_stopped_at_the_limit() {
    let bomb = Row {
        value: Some(vec![0; 8 << 20]),
        ..Row::default()
    };
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let batch = stored(&written(std::slice::from_ref(&bomb), codec));
        let error = batch.records(1 << 20).unwrap_err();
        assert!(
            matches!(
                error,
                BatchError::TooLarge {
                    limit: 0x10_0000,
                    ..
                }
            ),
            "{codec:?}: {error}"
        );
        // One block more than the limit, at most, is ever made.
        let BatchError::TooLarge { size, .. } = error else {
            unreachable!()
        };
        assert!(size <= (1 << 20) + 32 * 1024, "{codec:?} made {size} bytes");
        let len =
            finished(std::slice::from_ref(&bomb), codec).uncompressed_len() - BatchHeader::LEN;
        assert!(batch.records(len).is_ok());
        assert!(batch.records(len - 1).is_err());
    }
}

#[test]
fn a_stored_batch_that_is_shorter_than_its_header_says_is_truncated() {
    let mut batch = stored(&written(&[Row::default()], Codec::None));
    batch.bytes.truncate(20);
    let truncated = BatchError::Truncated {
        needed: 68,
        available: 20,
    };
    assert_eq!(batch.verify(), Err(truncated.clone()));
    assert_eq!(batch.records(LIMIT).unwrap_err(), truncated);
}
