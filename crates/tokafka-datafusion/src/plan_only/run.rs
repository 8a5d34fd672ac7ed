//! One write: every partition of its query at once.

use std::sync::Arc;

use datafusion::common::internal_datafusion_err;
use tokafka_arrow::TopicRoute;
use tokafka_client::admin::TopicOutlook;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{
    PlanFinding, SampleRecord, TopicPlan, WritePlan,
    rows::{RowReader, SAMPLES, Tally, TopicTally},
    topics::Topics,
};
use crate::{
    WriteFailure,
    plan::{KafkaWriteExec, query_failure},
    planned::{PlannedWrite, find_write},
};

/// Reads the rows of a planned write and looks what would become of them. Cancelling the token, or
/// dropping the future, ends it.
pub(crate) async fn run(
    planned: &PlannedWrite,
    stop: &CancellationToken,
) -> Result<WritePlan, WriteFailure> {
    let Some(write) = find_write(&planned.plan) else {
        return Err(query_failure(internal_datafusion_err!(
            "the plan of a write has no node that writes"
        )));
    };
    let done = stop.run_until_cancelled(look(planned, write)).await;
    done.unwrap_or(Err(WriteFailure::Cancelled))
}

async fn look(planned: &PlannedWrite, write: &KafkaWriteExec) -> Result<WritePlan, WriteFailure> {
    let writer = &write.request().writer;
    let topics = Arc::new(Topics::connect(&writer.settings().client).await?);
    if let TopicRoute::Fixed(topic) = writer.layout().topic() {
        topics.outlook(topic).await?;
    }
    let tally = read(planned, write, &topics).await?;
    topics.close().await;
    Ok(plan(planned, write, tally, topics.seen()))
}

async fn read(
    planned: &PlannedWrite,
    write: &KafkaWriteExec,
    topics: &Arc<Topics>,
) -> Result<Tally, WriteFailure> {
    let mut reading = JoinSet::new();
    for partition in 0..write.writers() {
        let input = write.rows(partition, planned.context());
        let reader = RowReader {
            writer: write.request().writer.clone(),
            topics: Arc::clone(topics),
            projection: write.projection(),
        };
        reading.spawn(reader.read(input.map_err(query_failure)?));
    }
    let mut all = Tally::default();
    while let Some(read) = reading.join_next().await {
        let tally = read.map_err(|error| {
            query_failure(internal_datafusion_err!("a reader of rows ended: {error}"))
        });
        all.add(tally??);
    }
    Ok(all)
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.uncompressed_bytes += other.uncompressed_bytes;
        self.batches += other.batches;
        self.refused = self.refused.take().or(other.refused);
        for (topic, tally) in other.topics {
            self.topics.entry(topic).or_default().add(tally);
        }
    }
}

impl TopicTally {
    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.samples.extend(other.samples);
        self.samples.truncate(SAMPLES);
        self.too_large += other.too_large;
        self.largest = self.largest.max(other.largest);
        for (partition, rows) in other.partitions {
            *self.partitions.entry(partition).or_default() += rows;
        }
    }
}

fn plan(
    planned: &PlannedWrite,
    write: &KafkaWriteExec,
    tally: Tally,
    seen: Vec<Arc<TopicOutlook>>,
) -> WritePlan {
    let mut findings: Vec<_> = tally.refused.map(PlanFinding::Row).into_iter().collect();
    let mut of_topics = tally.topics;
    let (mut topics, mut samples) = (Vec::new(), Vec::new());
    for outlook in seen {
        let tally = of_topics.remove(&*outlook.name).unwrap_or_default();
        findings.extend(PlanFinding::of_topic(&outlook));
        findings.extend(too_large(&outlook, &tally));
        samples.extend(tally.samples.into_iter().map(|sample| SampleRecord {
            topic: outlook.name.clone(),
            ..sample
        }));
        topics.push(TopicPlan {
            outlook: TopicOutlook::clone(&outlook),
            rows: tally.partitions.values().sum(),
            bytes: tally.bytes,
            partitions: tally.partitions,
        });
    }
    findings.sort_by_key(|finding| !finding.is_failure());
    WritePlan {
        explain: planned.explain(),
        writers: write.writers(),
        ordered: write.is_ordered(),
        rows: topics.iter().map(|topic: &TopicPlan| topic.rows).sum(),
        bytes: tally.bytes,
        uncompressed_bytes: tally.uncompressed_bytes,
        batches: tally.batches,
        topics,
        samples,
        findings,
    }
}

fn too_large(outlook: &TopicOutlook, tally: &TopicTally) -> Option<PlanFinding> {
    let limit = outlook.configs.as_ref()?.number("max.message.bytes")?;
    (tally.too_large > 0).then(|| PlanFinding::TooLarge {
        topic: outlook.name.clone(),
        records: tally.too_large,
        largest: tally.largest,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    })
}
