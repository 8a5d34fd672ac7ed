//! Batches put into a log as they are: transactions and old formats, for tests of readers.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::fetch_response::PartitionData;
use tokafka_devbroker::DevBroker;

use crate::client::{Batch, Client, broker_with_topic, fetch_request, patched};

const ATTRIBUTES: usize = 21;
const TRANSACTIONAL: u8 = 0x10;
const CONTROL: u8 = 0x20;

/// A batch of one record that says its offset.
fn batch(offset: i64, attributes: u8, key: &'static str) -> Bytes {
    let batch = Batch {
        key: Some(key),
        producer: (7, 0, 0),
        ..Batch::default()
    };
    let batch = patched(&batch.encode(), ATTRIBUTES, &[0, attributes]);
    patched(&batch, 0, &offset.to_be_bytes())
}

/// A control batch; its key is a version and a type.
fn marker(offset: i64, key: &'static str) -> Bytes {
    batch(offset, TRANSACTIONAL | CONTROL, key)
}

const ABORT: &str = "\0\0\0\0";
const COMMIT: &str = "\0\0\0\u{1}";

async fn read_committed(client: &mut Client, offset: i64) -> PartitionData {
    let request = fetch_request(offset).with_isolation_level(1);
    client.fetch(&request).await.responses[0].partitions[0].clone()
}

fn read(data: &PartitionData) -> usize {
    data.records.as_ref().unwrap().len()
}

fn append(broker: &DevBroker, batches: &[Bytes]) -> usize {
    for batch in batches {
        broker.append_raw("t", 0, batch);
    }
    batches.iter().map(Bytes::len).sum()
}

#[tokio::test]
async fn readers_of_what_is_committed_stop_at_open_transactions_and_are_told_which_were_aborted() {
    let (broker, mut client) = broker_with_topic().await;
    let plain = append(&broker, &[batch(0, 0, "k")]);
    let aborted = append(&broker, &[batch(1, TRANSACTIONAL, "k")]);
    let open = read_committed(&mut client, 0).await;
    assert_eq!((open.last_stable_offset, open.high_watermark), (1, 2));
    assert_eq!(read(&open), plain);
    assert_eq!(client.list_offset(-1).await.offset, 2);

    let ended = append(&broker, &[marker(2, ABORT), batch(3, TRANSACTIONAL, "k")]);
    let committed = append(&broker, &[marker(4, COMMIT)]);
    let all = read_committed(&mut client, 0).await;
    assert_eq!(all.last_stable_offset, 5);
    assert_eq!(read(&all), plain + aborted + ended + committed);
    let told = all.aborted_transactions.unwrap();
    assert_eq!((*told[0].producer_id, told[0].first_offset), (7, 1));
    assert_eq!(told.len(), 1);
    let later = read_committed(&mut client, 3).await;
    assert_eq!(later.aborted_transactions, Some(vec![]));
    assert_eq!(broker.records("t", 0).len(), 3, "markers are no records");
}

#[tokio::test]
async fn a_gap_in_the_offsets_stays() {
    let (broker, mut client) = broker_with_topic().await;
    append(&broker, &[batch(5, 0, "k")]);
    assert_eq!(
        client.produce(Batch::default().encode()).await.base_offset,
        6
    );
    assert_eq!(broker.records("t", 0)[0].offset, 5);
}

#[tokio::test]
async fn message_sets_of_old_formats_are_handed_out_as_they_are() {
    let (broker, mut client) = broker_with_topic().await;
    for (offset, magic) in [(0, 0), (1, 1)] {
        let mut set = BytesMut::new();
        set.put_i64(offset);
        set.put_i32(14);
        set.put_slice(&[0, 0, 0, 0, magic, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
        let set = set.freeze();
        append(&broker, std::slice::from_ref(&set));
        let answer = client.fetch(&fetch_request(offset)).await;
        let data = &answer.responses[0].partitions[0];
        assert_eq!(data.records, Some(set));
    }
    assert!(broker.records("t", 0).is_empty());
}

#[tokio::test]
#[should_panic(expected = "t-0, which ends at Some(1), cannot take the batch")]
async fn a_batch_whose_offsets_are_taken_is_not_appended() {
    let (broker, _client) = broker_with_topic().await;
    append(&broker, &[batch(0, 0, "k"), batch(0, 0, "k")]);
}
