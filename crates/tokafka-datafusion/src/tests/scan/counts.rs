//! `count(*)`, which reads no more of a batch than its header.

use super::Bench;

pub(super) const TRANSACTIONAL: u8 = 0x10;
pub(super) const CONTROL: u8 = 0x20;
const ZSTD: u8 = 4;

/// Where fields of a batch begin.
pub(super) const ATTRIBUTES: usize = 22;
pub(super) const LAST_OFFSET_DELTA: usize = 23;
pub(super) const PRODUCER_ID: usize = 43;

/// CRC-32C, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0x82f6_3b78 * (crc & 1));
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), step);
    !bytes.iter().fold(!0, byte)
}

/// A batch like this one, with some of its bytes replaced.
pub(super) fn patched(batch: &[u8], patches: &[(usize, &[u8])]) -> Vec<u8> {
    let mut batch = batch.to_vec();
    for (at, bytes) in patches {
        batch[*at..at + bytes.len()].copy_from_slice(bytes);
    }
    let crc = checksum(&batch[21..]);
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
    batch
}

impl Bench {
    /// The batch of one INSERT.
    pub(super) async fn batch(&self, key: &str, rows: usize) -> Vec<u8> {
        let rows = vec![format!("(decode('{key}', 'hex'), 'v')"); rows].join(", ");
        self.insert(&format!("INSERT INTO k (key, value) VALUES {rows}"))
            .await;
        self.broker.batches("orders", 0).pop().unwrap().to_vec()
    }

    pub(super) fn append(&self, batch: Vec<u8>) {
        self.broker.append_raw("log", 0, &batch.into());
    }

    /// An empty topic `log` with the table `l`, and one that sees what is committed, `c`.
    pub(super) async fn with_log() -> Self {
        let bench = Self::new(1, "'kafka.enable.idempotence' 'false'").await;
        bench.broker.create_topic("log", 1);
        bench.table("l", "log", "").await.unwrap();
        let committed = "'kafka.isolation.level' 'read_committed'";
        bench.table("c", "log", committed).await.unwrap();
        bench
    }
}

pub(super) fn offset(offset: i64) -> [u8; 8] {
    offset.to_be_bytes()
}

#[tokio::test]
async fn records_are_counted_without_being_decoded() {
    let bench = Bench::with_log().await;
    let batch = bench.batch("aa", 3).await;
    bench.append(patched(&batch, &[]));
    // No reader could decompress it.
    bench.append(patched(&batch, &[(0, &offset(3)), (ATTRIBUTES, &[ZSTD])]));
    assert_eq!(bench.number("SELECT count(*) FROM l").await, 6);
    assert_eq!(
        bench
            .number("SELECT count(*) FROM l WHERE partition = 0 AND offset >= 3")
            .await,
        3
    );
    let error = bench.refused("SELECT count(value) FROM l").await;
    assert!(error.contains("topic log partition 0 offset 3"), "{error}");
    // Half of a batch has to be looked into.
    let error = bench
        .refused("SELECT count(*) FROM l WHERE offset >= 4")
        .await;
    assert!(error.contains("topic log partition 0 offset 4"), "{error}");
}

#[tokio::test]
async fn offsets_without_records_are_not_counted() {
    let bench = Bench::with_log().await;
    let batch = bench.batch("aa", 3).await;
    // Compaction took records from its end, and all before it.
    let compacted = [
        (0, &offset(10)[..]),
        (LAST_OFFSET_DELTA, &9_i32.to_be_bytes()),
    ];
    bench.append(patched(&batch, &compacted));
    bench.append(patched(&batch, &[(0, &offset(30))]));
    let plan = bench.plan("SELECT count(*) FROM l").await;
    assert!(plan.contains("33"), "{plan}");
    for (filter, count) in [
        ("offset >= 0", 6),
        ("offset < 32", 5),
        ("offset > 11", 4),
        ("offset = 15", 0),
    ] {
        let sql = format!("FROM l WHERE {filter}");
        assert_eq!(
            bench.number(&format!("SELECT count(*) {sql}")).await,
            count,
            "{filter}"
        );
        assert_eq!(
            bench.number(&format!("SELECT count(value) {sql}")).await,
            count,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn markers_are_not_counted_nor_what_was_aborted() {
    let bench = Bench::with_log().await;
    let rows = bench.batch("aa", 2).await;
    let abort = bench.batch("00000000", 1).await;
    let commit = bench.batch("00000001", 1).await;
    let of = |batch: &[u8], at: i64, producer: i64, attributes: u8| {
        let patches = [
            (0, &offset(at)[..]),
            (ATTRIBUTES, &[attributes]),
            (PRODUCER_ID, &producer.to_be_bytes()),
        ];
        patched(batch, &patches)
    };
    bench.append(of(&rows, 0, 7, TRANSACTIONAL));
    bench.append(of(&rows, 2, 8, TRANSACTIONAL));
    bench.append(of(&abort, 4, 7, TRANSACTIONAL | CONTROL));
    bench.append(of(&commit, 5, 8, TRANSACTIONAL | CONTROL));
    bench.append(of(&rows, 6, 9, TRANSACTIONAL));
    for column in ["*", "value"] {
        assert_eq!(
            bench
                .number(&format!("SELECT count({column}) FROM l"))
                .await,
            6
        );
        assert_eq!(
            bench
                .number(&format!("SELECT count({column}) FROM c"))
                .await,
            2
        );
    }
    let plan = bench.plan("SELECT offset FROM c").await;
    assert!(plan.contains("offsets=[0: 0..6]"), "{plan}");
}
