//! One writer: hands its batches over and keeps account of them.

use std::collections::BTreeMap;

use tokafka_client::{
    batch::{Compressor, FinishedBatch, Headers, OpenBatch, Record},
    producer::{DeliveryError, DeliveryReport, Producer, Topic},
};

use crate::plan::Script;

/// A topic, by its place in the plan, and a partition.
pub(crate) type Place = (usize, u32);

/// What a writer did and was told.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) cancelled: bool,
    /// The rows that were taken, in the order in which they were handed over.
    pub(crate) taken: BTreeMap<Place, Vec<String>>,
    pub(crate) report: DeliveryReport,
    pub(crate) outcome: Result<(), DeliveryError>,
}

/// Plays a script. Stops at the first batch that is not taken.
pub(crate) async fn write(
    producer: &Producer,
    topics: &[Topic],
    name: usize,
    script: &Script,
) -> Account {
    let deliveries = producer.deliveries();
    let mut taken = BTreeMap::<Place, Vec<String>>::new();
    for (number, batch) in script.batches.iter().enumerate() {
        if script.cancels_after == Some(number) {
            deliveries.cancel();
        }
        let rows: Vec<_> = (0..batch.rows)
            .map(|row| format!("{name} {number:03} {row}"))
            .collect();
        let finished = finish(producer, &rows);
        let topic = &topics[batch.topic];
        let sent = producer.send(topic, batch.partition, finished, &deliveries);
        if sent.await.is_err() {
            break;
        }
        let place = (batch.topic, batch.partition);
        taken.entry(place).or_default().extend(rows);
    }
    let outcome = deliveries.settled().await;
    Account {
        cancelled: script.cancels_after.is_some(),
        taken,
        report: deliveries.take(),
        outcome,
    }
}

pub(crate) fn finish(producer: &Producer, rows: &[String]) -> FinishedBatch {
    let mut batch = OpenBatch::new(producer.buffers(), 1_024);
    for row in rows {
        batch.push(Record {
            timestamp: 1,
            key: None,
            value: Some(row.as_bytes()),
            headers: Headers::NONE,
        });
    }
    batch
        .finish(&mut Compressor::new(producer.settings().compression))
        .unwrap()
}
