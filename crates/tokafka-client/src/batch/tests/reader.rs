use super::super::{BatchHeader, TimestampType};
use super::*;

fn rows() -> Vec<Row> {
    let row = |n: u8| Row {
        timestamp: n.into(),
        value: Some(vec![n; 50]),
        ..Row::default()
    };
    (0..3).map(row).collect()
}

/// The batch with its header changed, and its checksum made right again.
fn with_header(bytes: &Bytes, change: impl FnOnce(&mut BatchHeader)) -> Bytes {
    with_body(bytes, change, |_| ())
}

fn with_body(
    bytes: &Bytes,
    change: impl FnOnce(&mut BatchHeader),
    change_body: impl FnOnce(&mut Vec<u8>),
) -> Bytes {
    let mut header = BatchHeader::parse(bytes).unwrap();
    let mut body = bytes[BatchHeader::LEN..].to_vec();
    change_body(&mut body);
    header.batch_length = 49 + body.len() as i32;
    change(&mut header);
    header.crc = crc_fast::crc32_iscsi(&[&header.encode()[21..], &body].concat());
    [&header.encode()[..], &body].concat().into()
}

#[test]
fn batches_are_found_one_after_the_other_and_a_part_at_the_end_is_left_alone() {
    let one = written(&rows(), Codec::None);
    for cut in [0, 5, 16, 17, 60, 61, one.len() - 1] {
        let bytes: Bytes = [&one[..], &one[..], &one[..cut]].concat().into();
        let batches: Vec<_> = Batches::new(bytes).map(Result::unwrap).collect();
        assert_eq!(batches.len(), 2, "cut after {cut}");
        assert!(batches.iter().all(|batch| batch.bytes == one));
    }
}

#[test]
fn a_corrupt_byte_anywhere_under_the_checksum_is_found_and_the_offset_named() {
    let bytes = with_header(&written(&rows(), Codec::Lz4), |header| {
        header.base_offset = 4711
    });
    for at in BatchHeader::LEN - 40..bytes.len() {
        let mut corrupt = bytes.to_vec();
        corrupt[at] ^= 0x10;
        let batch = StoredBatch {
            header: BatchHeader::parse(&bytes).unwrap(),
            bytes: corrupt.into(),
        };
        let error = batch.verify().unwrap_err();
        assert!(
            matches!(error, BatchError::Checksum { offset: 4711, .. }),
            "byte {at}: {error}"
        );
    }
}

#[test]
fn old_and_unknown_formats_are_told_apart() {
    let bytes = written(&rows(), Codec::None);
    let error = |magic| {
        let mut bytes = bytes.to_vec();
        bytes[16] = magic;
        Batches::new(bytes.into())
            .map(Result::unwrap_err)
            .collect::<Vec<_>>()
    };
    assert_eq!(error(0), [BatchError::OldFormat(0)]);
    assert_eq!(error(1), [BatchError::OldFormat(1)]);
    assert!(matches!(error(3)[..], [BatchError::Malformed(_)]));
    assert!(matches!(error(0xff)[..], [BatchError::Malformed(_)]));
}

#[test]
fn impossible_headers_are_malformed() {
    let bytes = written(&rows(), Codec::None);
    let changes: [fn(&mut BatchHeader); 4] = [
        |header| header.batch_length = 48,
        |header| header.batch_length = -1,
        |header| header.record_count = -1,
        |header| header.last_offset_delta = -1,
    ];
    for change in changes {
        let error = BatchHeader::parse(&with_header(&bytes, change)).unwrap_err();
        assert!(matches!(error, BatchError::Malformed(_)), "{error}");
    }
    let error = BatchHeader::parse(&bytes[..60]).unwrap_err();
    assert_eq!(
        error,
        BatchError::Truncated {
            needed: 61,
            available: 60
        }
    );
}

#[test]
fn a_record_count_that_does_not_fit_is_malformed_after_the_good_records() {
    for codec in CODECS {
        for (count, good) in [(2, 2), (4, 3)] {
            let bytes = with_header(&written(&rows(), codec), |header| {
                header.record_count = count
            });
            let records = stored(&bytes).records(LIMIT).unwrap();
            let items: Vec<_> = records.iter().collect();
            assert_eq!(items.len(), good + 1);
            assert!(items[..good].iter().all(Result::is_ok));
            assert!(matches!(items[good], Err(BatchError::Malformed(_))));
        }
    }
}

#[test]
fn malformed_records_are_refused() {
    let cases: [(&str, &[u8]); 11] = [
        (
            "a field reaches past the end of its record",
            &[100, 0, 0, 0, 1, 1, 0],
        ),
        ("a length is negative", &[1]),
        (
            "a record is longer than its fields",
            &[14, 0, 0, 0, 1, 1, 0, 0],
        ),
        (
            "a field reaches past the end of its record",
            &[12, 0, 0, 0, 80, 1, 0],
        ),
        ("a length is negative", &[12, 0, 0, 0, 3, 1, 0]),
        ("a length is negative", &[12, 0, 0, 0, 1, 3, 0]),
        ("a header count is negative", &[12, 0, 0, 0, 1, 1, 1]),
        (
            "a field reaches past the end of its record",
            &[12, 0, 0, 0, 1, 1, 2],
        ),
        ("a length is negative", &[16, 0, 0, 0, 1, 1, 2, 1, 1]),
        (
            "a header key is not UTF-8",
            &[18, 0, 0, 0, 1, 1, 2, 2, 0xff, 1],
        ),
        (
            "a varint is longer than its type allows",
            &[0x80, 0x80, 0x80, 0x80, 0x80, 0],
        ),
    ];
    let one = written(&rows()[..1], Codec::None);
    for (reason, record) in cases {
        let bytes = with_body(&one, |_| (), |body| *body = record.to_vec());
        assert_eq!(
            read(&bytes),
            Err(BatchError::Malformed(reason)),
            "{record:?}"
        );
    }
}

#[test]
fn the_append_time_of_the_broker_is_every_records_timestamp() {
    let bytes = with_header(&written(&rows(), Codec::None), |header| {
        header.attributes |= 1 << 3;
        header.max_timestamp = 77;
        header.base_offset = 100;
    });
    let records = stored(&bytes).records(LIMIT).unwrap();
    let seen = records
        .iter()
        .map(Result::unwrap)
        .map(|r| (r.offset, r.timestamp, r.timestamp_type));
    let expected = [100, 101, 102].map(|offset| (offset, 77, TimestampType::LogAppendTime));
    assert!(seen.eq(expected));
}

#[test]
fn a_transaction_marker_is_a_control_batch_whose_record_is_readable() {
    let commit = Row {
        key: Some(vec![0, 0, 0, 1]),
        value: Some(vec![0; 6]),
        ..Row::default()
    };
    let bytes = with_header(
        &written(std::slice::from_ref(&commit), Codec::None),
        |header| {
            header.attributes |= 1 << 4 | 1 << 5;
        },
    );
    let header = stored(&bytes).header;
    assert!(header.is_control() && header.is_transactional());
    assert_eq!(read(&bytes).unwrap(), [commit]);
    let header = stored(&written(&rows(), Codec::None)).header;
    assert!(!header.is_control() && !header.is_transactional());
}

#[test]
fn a_batch_that_compaction_emptied_has_no_records_and_keeps_its_last_offset() {
    for codec in CODECS {
        let emptied = |header: &mut BatchHeader| header.record_count = 0;
        let bytes = with_body(&written(&rows(), codec), emptied, Vec::clear);
        assert_eq!(read(&bytes).unwrap(), []);
        assert_eq!(stored(&bytes).header.last_offset(), 2);
    }
}

#[test]
fn gaps_that_compaction_left_are_kept() {
    let gap =
        |body: &mut Vec<u8>| *body = [[12, 0, 0, 0, 1, 1, 0], [12, 0, 0, 14, 1, 1, 0]].concat();
    let bytes = with_body(
        &written(&rows(), Codec::None),
        |header| {
            (header.record_count, header.base_offset) = (2, 50);
            header.last_offset_delta = 7;
        },
        gap,
    );
    let records = stored(&bytes).records(LIMIT).unwrap();
    let offsets: Vec<_> = records
        .iter()
        .map(|record| record.unwrap().offset)
        .collect();
    assert_eq!(offsets, [50, 57]);
}

#[test]
fn offsets_that_do_not_ascend_up_to_the_last_one_are_malformed() {
    for (deltas, last) in [([0, 0], 7), ([14, 0], 7), ([0, 14], 6), ([1, 2], 7)] {
        let bytes = with_body(
            &written(&rows(), Codec::None),
            |header| (header.record_count, header.last_offset_delta) = (2, last),
            |body| *body = deltas.map(|delta| [12, 0, 0, delta, 1, 1, 0]).concat(),
        );
        let records = stored(&bytes).records(LIMIT).unwrap();
        let errors = records.iter().filter_map(Result::err).collect::<Vec<_>>();
        assert!(
            matches!(&errors[..], [BatchError::Malformed(_)]),
            "{deltas:?}: {errors:?}"
        );
    }
}

#[test]
fn an_unknown_codec_is_named() {
    let bytes = with_header(&written(&rows(), Codec::None), |header| {
        header.attributes |= 5
    });
    assert_eq!(
        stored(&bytes).records(LIMIT).unwrap_err(),
        BatchError::UnknownCompression(5)
    );
}

#[test]
fn raw_snappy_without_javas_framing_is_read() {
    let plain = written(&rows(), Codec::None);
    let bytes = with_body(
        &plain,
        |header| header.attributes = 2,
        |body| *body = snap::raw::Encoder::new().compress_vec(body).unwrap(),
    );
    assert_eq!(read(&bytes).unwrap(), rows());
}

#[test]
fn linked_lz4_blocks_are_read_though_never_written() {
    use lz4_flex::frame::{BlockMode, FrameEncoder, FrameInfo};
    let row = Row {
        value: Some(b"again and again".repeat(20_000)),
        ..Row::default()
    };
    let bytes = with_body(
        &written(std::slice::from_ref(&row), Codec::None),
        |header| header.attributes = 3,
        |body| {
            let frame = FrameInfo::new().block_mode(BlockMode::Linked);
            let mut encoder = FrameEncoder::with_frame_info(frame, Vec::new());
            std::io::Write::write_all(&mut encoder, body).unwrap();
            *body = encoder.finish().unwrap();
        },
    );
    assert_eq!(read(&bytes).unwrap(), [row]);
}
