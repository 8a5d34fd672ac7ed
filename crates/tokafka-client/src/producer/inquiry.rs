//! Asks the log what became of batches: lanes that cannot go on otherwise are settled by it.

use std::{
    ops::Range,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, timeout, timeout_at};

use super::{
    DeliveryCause, Unreadable,
    deliveries::Deliveries,
    driver::{Driver, Event},
    lane::{Break, Evidence, Findings, Inquiry, Lost, Purpose, Settled},
    request::TopicKey,
    routes::Parcel,
    timers::LaneId,
};
use crate::{
    backoff::Backoff,
    cluster::Cluster,
    error::{ReadError, TopicError},
    offsets::{NONE_FOUND, OffsetSpec, list_offsets},
    ranges::BatchReader,
    settings::FetchSettings,
};

/// How far the clock of a broker that stamps records itself may be behind ours.
const CLOCK_SKEW: Duration = Duration::from_secs(600);

/// What a lane asked, and what the log says.
#[derive(Debug)]
pub(super) struct Inquired {
    id: LaneId,
    inquiry: Inquiry,
    result: Result<Findings, Unreadable>,
}

impl Driver {
    /// Asks the log, if that is what a lane waits for.
    pub(super) fn inquire(&mut self, id: LaneId) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        if route.is_inquiring {
            return;
        }
        let (Some(inquiry), Some(oldest)) = (route.lane.inquiry(), route.lane.oldest()) else {
            return;
        };
        // Nothing is acknowledged yet only while the first batch is alone, which so is the oldest.
        let log = Log {
            cluster: self.cluster.clone(),
            topic: route.topic.key().clone(),
            partition: route.partition,
            since: since(
                oldest.batch().max_timestamp(),
                SystemTime::now(),
                self.policy.delivery_timeout,
            ),
        };
        let deadline = oldest.deadline();
        route.is_inquiring = true;
        let inquiries = Arc::clone(&self.inquiries);
        self.events.push(Box::pin(async move {
            let _turn = inquiries.acquire().await;
            let result = log.answer(&inquiry, deadline).await;
            Event::Inquired(Inquired {
                id,
                inquiry,
                result,
            })
        }));
    }

    pub(super) fn inquired(&mut self, inquired: Inquired) {
        let Inquired {
            id,
            inquiry,
            result,
        } = inquired;
        if let Some(route) = self.routes.get_mut(id) {
            route.is_inquiring = false;
        }
        match result {
            Ok(findings) => self.take_findings(id, &inquiry, &findings),
            Err(reason) => self.not_found_out(id, &inquiry, reason),
        }
        self.inquire(id);
        self.schedule(id);
    }

    fn not_found_out(&mut self, id: LaneId, inquiry: &Inquiry, reason: Unreadable) {
        let route = self.routes.get(id);
        // The lane may have given up what was asked for, and others may have sent since.
        if route.is_some_and(|route| route.lane.inquiry().as_ref() == Some(inquiry)) {
            let cause = DeliveryCause::Unreadable(Box::new(reason));
            self.break_lane(id, Break::SequenceRefused, &cause);
        }
    }

    fn take_findings(&mut self, id: LaneId, inquiry: &Inquiry, findings: &Findings) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        let asked = inquiry.batches.iter();
        let writers = writers(asked.filter_map(|asked| route.lane.batch(asked.ticket)));
        let Some(settled) = route.lane.take_in(inquiry, findings) else {
            return;
        };
        if inquiry.purpose == Purpose::Settle {
            writers.iter().for_each(Deliveries::epoch_raised);
        }
        tracing::warn!(
            topic = %route.topic.name(), partition = route.partition,
            asked = inquiry.batches.len(), found = findings.there.len(),
            missing = ?findings.missing, purpose = ?inquiry.purpose,
            "the broker may have forgotten what this producer wrote; read from the log what is there"
        );
        for batch in settled {
            match batch {
                Settled::There { batch, base_offset } => batch.settle(base_offset),
                Settled::Failed {
                    lost: Lost { batch, written },
                    reason,
                } => batch.fail(DeliveryCause::Unsettled(reason), written),
            }
        }
        if let Some(reason) = route.lane.broken() {
            self.break_lane(id, reason, &DeliveryCause::Unsettled(reason));
        }
        self.discard_stopped(id);
        self.retry(id);
    }

    /// Lets a lane rest before it sends again what is not in the log, unless that was sent too often.
    fn retry(&mut self, id: LaneId) {
        let Some(route) = self.routes.get(id) else {
            return;
        };
        let retries = self.policy.retries;
        let sent: Vec<_> = route.lane.sent().collect();
        if !sent.is_empty() {
            self.pause(id);
        }
        for attempt in sent.into_iter().filter(|attempt| attempt.number > retries) {
            self.give_up(id, attempt);
        }
    }
}

/// The log of a partition.
struct Log {
    cluster: Cluster,
    topic: TopicKey,
    partition: i32,
    /// Where to begin if nothing is acknowledged yet.
    since: OffsetSpec,
}

/// Whose batches these are, each once.
fn writers<'a>(parcels: impl Iterator<Item = &'a Parcel>) -> Vec<Deliveries> {
    let mut writers: Vec<Deliveries> = Vec::new();
    for writer in parcels.map(|parcel| parcel.pending().deliveries()) {
        if !writers.iter().any(|known| known.is_same(writer)) {
            writers.push(writer.clone());
        }
    }
    writers
}

/// Counts for each writer of these batches that they made a lane raise its epoch.
pub(super) fn count_epoch<'a>(parcels: impl Iterator<Item = &'a Parcel>) {
    writers(parcels).iter().for_each(Deliveries::epoch_raised);
}

/// A place that is not behind this batch, in whatever way records are stamped: by one of its own
/// timestamps, or by a time before it was closed, by the clock of a broker. If our clock has jumped since
/// the batch was made, its own timestamp still holds.
fn since(timestamp: i64, now: SystemTime, delivery_timeout: Duration) -> OffsetSpec {
    let start = now.checked_sub(delivery_timeout + CLOCK_SKEW);
    let start = start.and_then(|start| start.duration_since(SystemTime::UNIX_EPOCH).ok());
    let start = start.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    match timestamp {
        // Records without a timestamp are not found by one.
        ..0 => OffsetSpec::Earliest,
        timestamp => OffsetSpec::AtTime(timestamp.min(start)),
    }
}

impl Log {
    /// Tries again until `deadline` whatever time may heal.
    async fn answer(&self, inquiry: &Inquiry, deadline: Instant) -> Result<Findings, Unreadable> {
        let backoff = Backoff::of_retries(self.cluster.settings());
        let mut failures = 0;
        loop {
            let error = match timeout_at(deadline, self.read(inquiry)).await {
                Ok(Ok(findings)) => return Ok(findings),
                Ok(Err(error)) if !is_temporary(&error) => return Err(error),
                Ok(Err(error)) => error,
                Err(_elapsed) => Unreadable::TooLate,
            };
            failures += 1;
            let next = Instant::now() + backoff.after(failures);
            if next >= deadline {
                return Err(error);
            }
            tokio::time::sleep_until(next).await;
        }
    }

    /// Too late are readers that are not shown all that the leader has: its replicas lag, or it changed.
    async fn read(&self, inquiry: &Inquiry) -> Result<Findings, Unreadable> {
        let range = self.range(inquiry).await?;
        let (start, end) = (range.start, range.end);
        let settings = FetchSettings::of_client(self.cluster.settings().clone());
        let mut reader = BatchReader::open(
            &self.cluster,
            &settings,
            &self.topic.name,
            self.partition,
            range,
        )
        .await?;
        let patience = self.cluster.settings().request_timeout;
        let mut evidence = Evidence::new(inquiry);
        loop {
            match timeout(patience, reader.next()).await {
                Ok(Ok(Some(batch))) => evidence.see(&batch.stored.header),
                Ok(Ok(None)) => break,
                Ok(Err(error)) => return Err(error.into()),
                Err(_elapsed) => return Err(Unreadable::TooLate),
            }
        }
        let findings = evidence.finish(end);
        let is_trimmed = inquiry
            .acknowledged
            .first()
            .is_some_and(|first| first.end() < start);
        if is_trimmed && inquiry.has_doubt_beside(&findings) {
            return Err(Unreadable::Trimmed { start });
        }
        Ok(findings)
    }

    /// Where the batches can lie: from the last acknowledged one, or from the time on at which the
    /// first was sent, to the end of the leader's log. What its replicas do not have yet counts too.
    async fn range(&self, inquiry: &Inquiry) -> Result<Range<i64>, Unreadable> {
        let topic = self.cluster.fresh_topic(&self.topic.name).await;
        let topic = topic.map_err(ReadError::from)?;
        if topic.is_another(self.topic.id) {
            let gone = TopicError::Unknown {
                name: self.topic.name.to_string(),
                reason: Some("it was deleted and made anew".to_owned()),
            };
            return Err(ReadError::from(gone).into());
        }
        let ask = async |spec| -> Result<i64, ReadError> {
            let found = list_offsets(&self.cluster, &topic, &[self.partition], spec).await?;
            Ok(found.into_iter().sum())
        };
        let end = ask(OffsetSpec::LogEnd).await?;
        let start = match inquiry.acknowledged.first() {
            Some(first) => ask(OffsetSpec::Earliest).await?.max(first.base_offset),
            None => match ask(self.since).await? {
                // Readers are not shown it yet.
                NONE_FOUND => ask(OffsetSpec::Latest).await?,
                found => found,
            },
        };
        Ok(start.min(end)..end)
    }
}

/// A range that a new leader does not have is asked for again.
fn is_temporary(error: &Unreadable) -> bool {
    match error {
        Unreadable::Read(ReadError::OffsetOutOfRange { .. }) | Unreadable::TooLate => true,
        Unreadable::Read(error) => error.is_retriable(),
        Unreadable::Trimmed { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use tokafka_devbroker::{DevBroker, DevBrokerConfig};

    use super::*;
    use crate::{
        batch::{Compressor, Headers, OpenBatch, Record},
        producer::{
            Producer, Topic,
            budget::ByteBudget,
            lane::{Identity, Verdict},
            unsent::Unsent,
        },
        settings::{ProducerSettings, Properties},
    };

    async fn parcel(producer: &Producer, topic: &Topic, writer: &Deliveries) -> Parcel {
        let mut batch = OpenBatch::new(producer.buffers(), 64);
        batch.push(Record {
            timestamp: 1,
            key: None,
            value: Some(b"row"),
            headers: Headers::NONE,
        });
        let mut compressor = Compressor::new(producer.settings().compression);
        let batch = batch.finish(&mut compressor).unwrap();
        let budget = ByteBudget::new(1_024, Duration::ZERO);
        let reservation = budget.reserve(batch.wire_len()).await.unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        let place = Unsent::new().enter(1).await;
        Parcel::new(
            writer.register(topic, 0, batch),
            deadline,
            reservation,
            place,
        )
    }

    #[test]
    fn a_clock_that_jumps_leaves_no_batch_before_the_place_where_it_is_looked_for() {
        let made = Duration::from_secs(1_800_000_000);
        let timestamp = i64::try_from(made.as_millis()).unwrap();
        let week = Duration::from_secs(7 * 24 * 60 * 60);
        for now in [made + week, made, made - week, Duration::ZERO] {
            let now = SystemTime::UNIX_EPOCH + now;
            let place = since(timestamp, now, Duration::from_secs(120));
            assert!(
                matches!(place, OffsetSpec::AtTime(at) if at <= timestamp),
                "{place:?}"
            );
        }
    }

    #[tokio::test]
    async fn an_inquiry_that_ends_when_the_lane_has_gone_on_harms_no_later_batch() {
        let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
        broker.create_topic("t", 1);
        let mut properties = Properties::new();
        properties.set("bootstrap.servers", &broker.bootstrap());
        let settings = ProducerSettings::from_properties(&properties).unwrap();
        let producer = Producer::connect(settings.clone()).await.unwrap();
        let topic = producer.topic("t").await.unwrap();
        let (cluster, buffers) = (producer.cluster().clone(), producer.buffers().clone());
        let identity = Identity::Producer { id: 7, epoch: 0 };
        let mut driver = Driver::new(cluster, &settings, identity, buffers);
        let id = driver.lane_of(topic.clone(), 0);
        let writers = [producer.deliveries(), producer.deliveries()];

        let first = parcel(&producer, &topic, &writers[0]).await;
        let lane = &mut driver.routes.get_mut(id).unwrap().lane;
        lane.hand_over(first).unwrap();
        let attempt = lane.next().unwrap().attempt;
        lane.answered(attempt, Verdict::OutOfSequence);
        let inquiry = lane.inquiry().unwrap();
        let cause = DeliveryCause::Unsettled(Break::Unresolved);
        driver.break_lane(id, Break::Unresolved, &cause);
        assert_eq!(writers[0].take().epochs_raised, 1);

        let second = parcel(&producer, &topic, &writers[1]).await;
        let lane = &mut driver.routes.get_mut(id).unwrap().lane;
        lane.hand_over(second).unwrap();
        lane.next().unwrap();
        let result = Err(Unreadable::TooLate);
        driver.inquired(Inquired {
            id,
            inquiry,
            result,
        });
        assert_eq!(writers[1].failure(), None);
    }
}
