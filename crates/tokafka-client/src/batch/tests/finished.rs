use super::super::record_len_bound;
use super::*;

fn row(timestamp: i64, value: &[u8]) -> Row {
    Row {
        timestamp,
        value: Some(value.to_vec()),
        ..Row::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_whatever_the_timestamps(rows in rows(any::<i64>()), codec in codec()) {
        prop_assert_eq!(read(&written(&rows, codec)).unwrap(), rows);
    }

    #[test]
    fn a_value_that_is_written_in_place_makes_the_same_batch(rows in rows(any::<i64>())) {
        let mut batch = OpenBatch::new(&pool(), 0);
        for row in &rows {
            let mut headers = Vec::new();
            let pairs = row.headers.iter().map(|(k, v)| (k.as_bytes(), v.as_deref()));
            Headers::encode_into(&mut headers, pairs);
            let value = row.value.clone().unwrap_or_default();
            let record = Record {
                timestamp: row.timestamp,
                key: row.key.as_deref(),
                value: None,
                headers: Headers::from_encoded(&headers),
            };
            batch.push_with(record, value.len(), |out| out.extend_from_slice(&value));
        }
        let valued = |row: &Row| Row { value: row.value.clone().or(Some(Vec::new())), ..row.clone() };
        let expected: Vec<_> = rows.iter().map(valued).collect();
        let batch = batch.finish(&mut compressor(Codec::None)).unwrap();
        prop_assert_eq!(wire(&batch, ProducerStamp::NONE), written(&expected, Codec::None));
    }

    #[test]
    fn sealing_again_gives_the_same_bytes_and_another_stamp_changes_only_the_header(
        rows in rows(any::<i64>()), codec in codec(), first in stamp(), second in stamp(),
    ) {
        let batch = finished(&rows, codec);
        prop_assert_eq!(batch.seal(first), batch.seal(first));
        let header = stored(&wire(&batch, second)).header;
        prop_assert_eq!(header.encode(), batch.seal(second));
        prop_assert_eq!(header.producer_id, second.producer_id);
        prop_assert_eq!(header.producer_epoch, second.epoch);
        prop_assert_eq!(header.base_sequence, second.base_sequence);
        prop_assert_eq!(read(&wire(&batch, second)).unwrap(), rows);
    }

    #[test]
    fn two_halves_hold_the_same_records_in_the_same_order(
        rows in rows(any::<i64>()), from in codec(), to in codec(),
    ) {
        let halves = finished(&rows, from).split(&mut compressor(to), &pool()).unwrap();
        let Some((first, second)) = halves else {
            prop_assert_eq!(rows.len(), 1);
            return Ok(());
        };
        prop_assert_eq!(first.record_count() as usize, rows.len() / 2);
        let mut both = read(&wire(&first, ProducerStamp::NONE)).unwrap();
        both.extend(read(&wire(&second, ProducerStamp::NONE)).unwrap());
        prop_assert_eq!(both, rows);
    }

    #[test]
    fn a_record_takes_no_more_than_its_bound_and_little_less(rows in rows(any::<i64>())) {
        for pair in rows.windows(2) {
            let (before, after) = (open(&pair[..1]), open(pair));
            let mut headers = Vec::new();
            let pairs = pair[1].headers.iter().map(|(k, v)| (k.as_bytes(), v.as_deref()));
            Headers::encode_into(&mut headers, pairs);
            let len = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(Vec::len);
            let bound = record_len_bound(len(&pair[1].key), len(&pair[1].value), headers.len());
            let taken = after.encoded_len() - before.encoded_len();
            prop_assert!(taken <= bound && bound - taken < 20, "{} of {}", taken, bound);
        }
    }

    #[test]
    fn records_are_recognized_whatever_they_were_compressed_with(
        rows in rows(any::<i64>()), before in codec(), after in codec(),
    ) {
        let checksum = finished(&rows, before).checksum();
        let read = |codec| {
            let stored = stored(&written(&rows, codec));
            stored.records(1 << 20).unwrap().checksum()
        };
        prop_assert_eq!(read(before), checksum);
        prop_assert_eq!(read(after), checksum);
    }
}

#[test]
fn lengths_and_counts_are_those_of_the_bytes() {
    let rows = [row(5, b"five"), row(-3, b"minus three"), row(9, b"nine")];
    let open = open(&rows);
    assert_eq!(OpenBatch::new(&pool(), 100).encoded_len(), 61);
    assert_eq!((open.record_count(), open.is_empty()), (3, false));
    let uncompressed = open.encoded_len();
    for codec in CODECS {
        let batch = finished(&rows, codec);
        let bytes = wire(&batch, ProducerStamp::NONE);
        let header = stored(&bytes).header;
        assert_eq!(batch.wire_len(), bytes.len());
        assert_eq!(batch.uncompressed_len(), uncompressed);
        assert_eq!((batch.record_count(), batch.max_timestamp()), (3, 9));
        assert_eq!(header.codec(), Ok(codec));
        assert_eq!((header.base_timestamp, header.max_timestamp), (5, 9));
        assert_eq!(
            (
                header.record_count,
                header.last_offset(),
                header.leader_epoch
            ),
            (3, 2, -1)
        );
    }
}

#[test]
fn a_batch_of_known_records_has_known_bytes() {
    let headers = vec![("h".to_owned(), None)];
    let rows = [
        Row {
            timestamp: 1_000,
            key: Some(b"k".to_vec()),
            value: None,
            headers,
        },
        row(999, b"v"),
    ];
    let batch = finished(&rows, Codec::None);
    let first = [20, 0, 0, 0, 2, b'k', 1, 2, 2, b'h', 1];
    let second = [14, 0, 1, 2, 1, 2, b'v', 0];
    assert_eq!(batch.body()[..], [&first[..], &second[..]].concat());
}

#[test]
fn compressed_blocks_are_framed_as_brokers_and_the_java_client_expect() {
    let rows = [row(0, &[7; 100_000])];
    let snappy = finished(&rows, Codec::Snappy);
    assert_eq!(snappy.body()[..16], *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01");
    let lz4 = finished(&rows, Codec::Lz4);
    // Version 1, independent blocks, no checksums, no size; blocks of 64 KiB.
    assert_eq!(lz4.body()[..6], [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40]);
}

#[test]
fn a_compressor_is_used_for_many_batches() {
    for codec in CODECS {
        let mut compressor = compressor(codec);
        for len in [10, 200_000, 0, 70_000] {
            let rows = [row(1, &vec![9; len])];
            let batch = open(&rows).finish(&mut compressor).unwrap();
            assert_eq!(
                wire(&batch, ProducerStamp::NONE),
                written(&rows, codec),
                "{codec:?} {len}"
            );
        }
    }
}

#[test]
fn every_level_is_taken_and_the_best_is_not_longer_than_the_fastest() {
    let line = |n: u32| format!("{{\"id\":{n},\"name\":\"user {}\"}}", n % 977);
    let text: Vec<u8> = (0..5_000).flat_map(|n| line(n).into_bytes()).collect();
    let rows = [row(0, &text)];
    for (codec, levels) in [
        (Codec::Gzip, [-1, 1, 9, 99]),
        (Codec::Lz4, [9, 1, 17, 99]),
        (Codec::Zstd, [3, -131_072, 22, 99]),
    ] {
        let lens = levels.map(|level| {
            let compression = Compression {
                codec,
                level: Some(level),
            };
            let batch = open(&rows)
                .finish(&mut Compressor::new(compression))
                .unwrap();
            assert_eq!(read(&wire(&batch, ProducerStamp::NONE)).unwrap(), rows);
            batch.wire_len()
        });
        assert!(lens[2] <= lens[1], "{codec:?}: {lens:?}");
        assert_eq!(
            lens[3], lens[2],
            "{codec:?}: a level beyond the best is the best"
        );
    }
}

#[test]
fn an_empty_batch_cannot_be_finished() {
    let error = OpenBatch::new(&pool(), 0)
        .finish(&mut compressor(Codec::None))
        .unwrap_err();
    assert!(matches!(error, BatchError::Malformed(_)), "{error}");
}

#[test]
fn a_batch_of_one_record_cannot_be_split() {
    let batch = finished(&[row(0, b"one")], Codec::Zstd);
    assert!(
        batch
            .split(&mut compressor(Codec::Zstd), &pool())
            .unwrap()
            .is_none()
    );
}
