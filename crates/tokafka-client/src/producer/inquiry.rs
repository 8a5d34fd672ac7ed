//! Asks the log what became of batches: lanes that cannot go on otherwise are settled by it.

use std::{
    ops::Range,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, timeout, timeout_at};

use super::{
    DeliveryCause, Written,
    driver::{Driver, Event},
    lane::{Break, Findings, Inquiry, Lost, Settled},
    request::TopicKey,
    timers::LaneId,
};
use crate::{
    backoff::Backoff,
    batch::BatchHeader,
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
    result: Result<Findings, ReadError>,
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
        let latest_start = oldest.batch().max_timestamp();
        let log = Log {
            cluster: self.cluster.clone(),
            topic: route.topic.key().clone(),
            partition: route.partition,
            not_before: earliest(self.policy.delivery_timeout)
                .min(latest_start)
                .max(0),
        };
        let deadline = oldest.deadline();
        route.is_inquiring = true;
        self.events.push(Box::pin(async move {
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
            Err(error) => {
                let cause = DeliveryCause::Unreadable(error);
                self.break_lane(id, Break::SequenceRefused, &cause);
            }
        }
        self.inquire(id);
        self.schedule(id);
    }

    fn take_findings(&mut self, id: LaneId, inquiry: &Inquiry, findings: &Findings) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        let Some(settled) = route.lane.settle(inquiry, findings) else {
            return;
        };
        tracing::warn!(
            topic = %route.topic.name(), partition = route.partition,
            asked = inquiry.batches.len(), found = findings.there.len(),
            acknowledged_gone = findings.acknowledged_gone,
            "the broker forgot what this producer wrote; read from the log what is there"
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
        } else if findings.there.is_empty() {
            // What is sent again may be refused again, and the log asked again.
            self.pause(id);
        }
        self.discard_stopped(id);
    }

    /// Drops what stopped writers need not send any more.
    pub(super) fn discard_stopped(&mut self, id: LaneId) {
        let Some(route) = self.routes.get_mut(id) else {
            return;
        };
        for parcel in route
            .lane
            .discard(|parcel| parcel.pending().deliveries().is_stopped())
        {
            parcel.fail(DeliveryCause::Cancelled, Written::No);
        }
    }
}

/// The log of a partition.
struct Log {
    cluster: Cluster,
    topic: TopicKey,
    partition: i32,
    /// A time, in milliseconds since the epoch, that a record of what is asked for is not older than,
    /// whether its timestamp is the writer's or the broker's.
    not_before: i64,
}

/// No batch that waits was appended before this, by a broker's clock.
fn earliest(delivery_timeout: Duration) -> i64 {
    let start = SystemTime::now().checked_sub(delivery_timeout + CLOCK_SKEW);
    let start = start.and_then(|start| start.duration_since(SystemTime::UNIX_EPOCH).ok());
    start.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0))
}

impl Log {
    /// Tries again until `deadline` whatever time may heal.
    async fn answer(&self, inquiry: &Inquiry, deadline: Instant) -> Result<Findings, ReadError> {
        let backoff = Backoff::of_retries(self.cluster.settings());
        let mut failures = 0;
        loop {
            let error = match timeout_at(deadline, self.read(inquiry)).await {
                Ok(Ok(Some(findings))) => return Ok(findings),
                Ok(Ok(None)) => None,
                Ok(Err(error)) if !is_temporary(&error) => return Err(error),
                Ok(Err(error)) => Some(error),
                Err(_elapsed) => None,
            };
            failures += 1;
            let next = Instant::now() + backoff.after(failures);
            if next >= deadline {
                return Err(error.unwrap_or_else(|| self.unreadable()));
            }
            tokio::time::sleep_until(next).await;
        }
    }

    /// `None` if readers are not shown all that the leader has: its replicas lag, or it changed.
    async fn read(&self, inquiry: &Inquiry) -> Result<Option<Findings>, ReadError> {
        let range = self.range(inquiry).await?;
        let anchor_end = inquiry.anchor.map_or(range.start, |anchor| anchor.end());
        let mut findings = Findings {
            there: Vec::new(),
            acknowledged_gone: anchor_end > range.end,
        };
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
        loop {
            match timeout(patience, reader.next()).await {
                Ok(Ok(Some(batch))) => compare(&batch.stored.header, inquiry, &mut findings),
                Ok(Ok(None)) => return Ok(Some(findings)),
                Ok(Err(error)) => return Err(error),
                Err(_elapsed) => return Ok(None),
            }
        }
    }

    /// Where the batches can lie: from the last acknowledged one, or from the time on at which the
    /// first was sent, to the end of the leader's log. What its replicas do not have yet counts too.
    async fn range(&self, inquiry: &Inquiry) -> Result<Range<i64>, ReadError> {
        let topic = self.cluster.fresh_topic(&self.topic.name).await?;
        if topic.is_another(self.topic.id) {
            return Err(TopicError::Unknown {
                name: self.topic.name.to_string(),
                reason: Some("it was deleted and made anew".to_owned()),
            }
            .into());
        }
        let ask = async |spec| -> Result<i64, TopicError> {
            let found = list_offsets(&self.cluster, &topic, &[self.partition], spec).await?;
            Ok(found.into_iter().sum())
        };
        let end = ask(OffsetSpec::LogEnd).await?;
        let start = match inquiry.anchor {
            Some(anchor) => ask(OffsetSpec::Earliest).await?.max(anchor.base_offset),
            None => match ask(OffsetSpec::AtTime(self.not_before)).await? {
                // Readers are not shown it yet.
                NONE_FOUND => ask(OffsetSpec::Latest).await?,
                found => found,
            },
        };
        Ok(start.min(end)..end)
    }

    fn unreadable(&self) -> ReadError {
        TopicError::Unknown {
            name: self.topic.name.to_string(),
            reason: Some("its log could not be read in time".to_owned()),
        }
        .into()
    }
}

/// A range that a new leader does not have is asked for again.
fn is_temporary(error: &ReadError) -> bool {
    matches!(error, ReadError::OffsetOutOfRange { .. }) || error.is_retriable()
}

/// Takes in one batch of the log. Compaction removes records, but neither changes offsets nor the
/// sequence of a batch (`LogCleaner`).
fn compare(header: &BatchHeader, inquiry: &Inquiry, findings: &mut Findings) {
    if let Some(anchor) = inquiry.anchor
        && header.base_offset < anchor.end()
    {
        let is_it =
            header.producer_id == inquiry.producer_id && header.base_offset >= anchor.base_offset;
        findings.acknowledged_gone |= !is_it;
        return;
    }
    let is_ours = header.producer_id == inquiry.producer_id
        && header.producer_epoch == inquiry.epoch
        && !header.is_control();
    let records = header.last_offset_delta.saturating_add(1);
    let asked = inquiry.batches.iter().find(|asked| {
        asked.sequence == header.base_sequence && i32::try_from(asked.records) == Ok(records)
    });
    if is_ours && let Some(asked) = asked {
        findings.there.push((asked.ticket, header.base_offset));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::lane::{Anchor, Asked, Attempt};

    /// A batch of ten records.
    fn header(base_offset: i64, epoch: i16, sequence: i32) -> BatchHeader {
        BatchHeader {
            base_offset,
            batch_length: 0,
            leader_epoch: 0,
            crc: 0,
            attributes: 0,
            last_offset_delta: 9,
            base_timestamp: 0,
            max_timestamp: 0,
            producer_id: 7,
            producer_epoch: epoch,
            base_sequence: sequence,
            record_count: 10,
        }
    }

    fn inquiry() -> Inquiry {
        Inquiry {
            producer_id: 7,
            epoch: 1,
            anchor: Some(Anchor {
                base_offset: 100,
                records: 10,
            }),
            batches: vec![Asked {
                ticket: Attempt::first().ticket,
                sequence: 20,
                records: 10,
            }],
        }
    }

    fn read(headers: &[BatchHeader]) -> Findings {
        let mut findings = Findings::default();
        for header in headers {
            compare(header, &inquiry(), &mut findings);
        }
        findings
    }

    #[test]
    fn a_batch_is_known_by_producer_epoch_sequence_and_length() {
        let ours = header(120, 1, 20);
        let findings = read(&[header(100, 1, 10), header(110, 1, 10), ours]);
        assert_eq!(findings.there, [(Attempt::first().ticket, 120)]);
        assert!(!findings.acknowledged_gone);
        let others = [
            header(120, 0, 20),
            header(120, 1, 30),
            BatchHeader {
                producer_id: 8,
                ..ours
            },
            BatchHeader {
                last_offset_delta: 8,
                ..ours
            },
        ];
        for other in others {
            assert_eq!(read(&[other]).there, [], "{other:?}");
        }
    }

    #[test]
    fn a_batch_that_compaction_thinned_out_is_still_known() {
        let thinned = BatchHeader {
            record_count: 1,
            ..header(120, 1, 20)
        };
        assert_eq!(read(&[thinned]).there.len(), 1);
    }

    #[test]
    fn an_acknowledged_batch_is_gone_only_if_another_lies_in_its_place() {
        assert!(!read(&[header(110, 0, 0)]).acknowledged_gone);
        assert!(!read(&[header(100, 0, 50)]).acknowledged_gone);
        let other = BatchHeader {
            producer_id: 8,
            ..header(105, 1, 0)
        };
        assert!(read(&[other]).acknowledged_gone);
        assert!(read(&[header(95, 1, 10)]).acknowledged_gone);
    }
}
