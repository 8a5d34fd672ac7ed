//! Both directions against another implementation of the format.

use super::*;
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{
    Compression as PeerCodec, Record as PeerRecord, RecordBatchDecoder, RecordBatchEncoder,
    RecordEncodeOptions, TimestampType as PeerTimestampType,
};

// The peer adds and subtracts timestamps without care for overflow.
const TIMES: std::ops::Range<i64> = -10_000_000_000..4_000_000_000_000;

fn peer_codec(codec: Codec) -> PeerCodec {
    match codec {
        Codec::None => PeerCodec::None,
        Codec::Gzip => PeerCodec::Gzip,
        Codec::Snappy => PeerCodec::Snappy,
        Codec::Lz4 => PeerCodec::Lz4,
        Codec::Zstd => PeerCodec::Zstd,
    }
}

fn peer_record(index: usize, row: &Row, stamp: ProducerStamp) -> PeerRecord {
    let bytes = |bytes: &Option<Vec<u8>>| bytes.clone().map(Bytes::from);
    let headers = row.headers.iter();
    PeerRecord {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: -1,
        producer_id: stamp.producer_id,
        producer_epoch: stamp.epoch,
        timestamp_type: PeerTimestampType::Creation,
        offset: index as i64,
        sequence: stamp.base_sequence.wrapping_add(index as i32),
        timestamp: row.timestamp,
        key: bytes(&row.key),
        value: bytes(&row.value),
        headers: headers
            .map(|(k, v)| (StrBytes::from_string(k.clone()), bytes(v)))
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn another_implementation_reads_what_is_written(
        rows in rows(TIMES), codec in codec(), stamp in stamp(),
    ) {
        let mut bytes = wire(&finished(&rows, codec), stamp);
        let set = RecordBatchDecoder::decode(&mut bytes).unwrap();
        prop_assert!(bytes.is_empty());
        prop_assert_eq!(set.compression, peer_codec(codec));
        // It keeps headers in a map: `peer_record` loses repeated ones in the same way.
        let expected = rows.iter().enumerate().map(|(n, row)| peer_record(n, row, stamp));
        prop_assert_eq!(set.records, expected.collect::<Vec<_>>());
    }

    #[test]
    fn what_another_implementation_writes_is_read(
        mut rows in rows(TIMES), codec in codec(), stamp in stamp(),
    ) {
        for row in &mut rows {
            let mut seen = std::collections::HashSet::new();
            row.headers.retain(|(key, _)| seen.insert(key.clone()));
        }
        let records = rows.iter().enumerate().map(|(n, row)| peer_record(n, row, stamp));
        let records: Vec<_> = records.collect();
        let options = RecordEncodeOptions { version: 2, compression: peer_codec(codec) };
        let mut bytes = bytes::BytesMut::new();
        RecordBatchEncoder::encode(&mut bytes, &records, &options).unwrap();
        let bytes = bytes.freeze();
        prop_assert_eq!(read(&bytes).unwrap(), rows);
        let header = stored(&bytes).header;
        prop_assert_eq!(header.producer_id, stamp.producer_id);
        prop_assert_eq!(header.producer_epoch, stamp.epoch);
        prop_assert_eq!(header.base_sequence, stamp.base_sequence);
    }
}
