//! The record because of which a batch fails.

use std::{error::Error, ops::Range, sync::Arc, time::Duration};

use tokafka_client::error::ReadError;
use tokafka_datafusion::{
    KafkaRanges, KafkaReadError, KafkaStreamingWrite, KafkaWriteError, PlanFinding, RangeCounts,
    TopicSpan, WriteFailure, WritePlan,
};
use tokio_util::sync::CancellationToken;

use crate::{Heals, batch::StreamPlan};

/// A batch that fails because of one record, however often it runs.
#[derive(Debug, thiserror::Error)]
#[error("{}. {}", .cause.to_string().trim_end_matches('.'), advice(.at, *.readable))]
pub(crate) struct PoisonRecord {
    /// The record; the span has one offset.
    at: TopicSpan,
    /// Whether a query can leave it out.
    readable: bool,
    #[source]
    cause: Box<KafkaWriteError>,
}

fn advice(at: &TopicSpan, readable: bool) -> String {
    let TopicSpan {
        topic,
        partition,
        offsets,
    } = at;
    let offset = offsets.start;
    let query = match readable {
        true => format!(
            "leave it out with WHERE NOT (topic = '{topic}' AND partition = {partition} AND \"offset\" = {offset}), \
             or use try_cast where a cast fails, or "
        ),
        false => String::new(),
    };
    format!(
        "The record at fault is topic {topic} partition {partition} offset {offset}: {query}pass over it with \
         `tokafka checkpoint skip DIR --topic {topic} --partition {partition} --offset {offset}`. \
         The same checkpoint goes on with that"
    )
}

/// A batch whose rows are computed, checked and encoded again, but not written.
pub(crate) struct Trial<'a> {
    pub(crate) query: &'a StreamPlan,
    pub(crate) sink: &'a KafkaStreamingWrite,
    /// What the batch reads of each source.
    pub(crate) ranges: &'a [KafkaRanges],
    pub(crate) timestamp_ms: i64,
    /// Ends the search.
    pub(crate) stop: &'a CancellationToken,
    /// Which failures are those of rows, and which of an outage.
    pub(crate) heals: fn(&KafkaWriteError) -> Heals,
}

/// Offsets of a source, by its number.
type Suspect = (usize, TopicSpan);

impl Trial<'_> {
    /// Names the record because of which the batch failed, if running parts of the batch again finds one. Reads
    /// the batch about twice at most, half by half.
    ///
    /// # Errors
    /// The error itself, if it is not of a row, does not come again, or needs several records.
    pub(crate) async fn blame(
        &self,
        error: KafkaWriteError,
    ) -> Result<PoisonRecord, KafkaWriteError> {
        if !self.is_of_rows(&error) {
            return Err(error);
        }
        if let Some(at) = unreadable(&error) {
            let (readable, cause) = (false, Box::new(error));
            return Ok(PoisonRecord {
                at,
                readable,
                cause,
            });
        }
        match self.search().await {
            Some(at) => Ok(PoisonRecord {
                at,
                readable: true,
                cause: Box::new(error),
            }),
            None => Err(error),
        }
    }

    fn is_of_rows(&self, error: &KafkaWriteError) -> bool {
        let of_rows = match &error.source {
            WriteFailure::Query(_) | WriteFailure::Write(_) => true,
            WriteFailure::Plan(_) | WriteFailure::Cancelled => false,
        };
        of_rows && (self.heals)(error) == Heals::Never
    }

    async fn search(&self) -> Option<TopicSpan> {
        let mut suspects = self.suspects();
        if !self.fails(&suspects).await? {
            return None;
        }
        while length(&suspects) > 1 {
            let (first, second) = halves(suspects);
            suspects = match self.fails(&first).await? {
                true => first,
                false => second,
            };
        }
        // A second half was only found not to be the first.
        let fails = self.fails(&suspects).await?;
        suspects.pop().map(|(_, at)| at).filter(|_| fails)
    }

    fn suspects(&self) -> Vec<Suspect> {
        let sources = self.ranges.iter().enumerate();
        let spans = sources.flat_map(|(source, ranges)| {
            let spans = ranges.slots.iter().flatten();
            spans.map(move |span| (source, span.clone()))
        });
        spans.filter(|(_, span)| !span.offsets.is_empty()).collect()
    }

    /// Whether a batch of only these records fails; `None` if that cannot be said.
    async fn fails(&self, suspects: &[Suspect]) -> Option<bool> {
        let sources = self.ranges.iter().enumerate();
        let ranges = sources.map(|(source, ranges)| {
            let spans = suspects.iter().filter(|(of, _)| *of == source);
            KafkaRanges {
                slots: spans.map(|(_, span)| vec![span.clone()]).collect(),
                counts: Arc::new(RangeCounts::default()),
                ..ranges.clone()
            }
        });
        let rows = self.query.over(ranges.collect(), self.timestamp_ms).ok()?;
        let trial = self.sink.begin(0);
        let trial = trial.cancel_with(self.stop.clone(), Duration::ZERO);
        match trial.plan_only(rows).await {
            Ok(plan) => Some(refuses_a_row(&plan)),
            Err(error) => self.is_of_rows(&error).then_some(true),
        }
    }
}

fn refuses_a_row(plan: &WritePlan) -> bool {
    let mut findings = plan.findings.iter();
    findings.any(|finding| matches!(finding, PlanFinding::Row(_) | PlanFinding::TooLarge { .. }))
}

/// A record that the source could not read.
fn unreadable(error: &(dyn Error + 'static)) -> Option<TopicSpan> {
    let (topic, partition, offset) = match KafkaReadError::find_in(error)? {
        KafkaReadError::Read(ReadError::Batch {
            topic,
            partition,
            offset,
            ..
        })
        | KafkaReadError::NotText {
            topic,
            partition,
            offset,
            ..
        } => (topic, *partition, *offset),
        _ => return None,
    };
    Some(TopicSpan {
        topic: topic.as_str().into(),
        partition,
        offsets: offset..offset.saturating_add(1),
    })
}

fn length(suspects: &[Suspect]) -> i64 {
    let lengths = suspects.iter().map(|(_, span)| count(&span.offsets));
    lengths.fold(0, i64::saturating_add)
}

fn count(offsets: &Range<i64>) -> i64 {
    offsets.end.saturating_sub(offsets.start)
}

/// Two parts of about the same length, neither of them empty if there are two offsets or more.
fn halves(suspects: Vec<Suspect>) -> (Vec<Suspect>, Vec<Suspect>) {
    let mut left = length(&suspects) / 2;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (source, span) in suspects {
        let taken = count(&span.offsets).min(left);
        left -= taken;
        let TopicSpan { offsets, .. } = span.clone();
        let cut = offsets.start.saturating_add(taken);
        let part = |offsets| {
            (
                source,
                TopicSpan {
                    offsets,
                    ..span.clone()
                },
            )
        };
        if taken > 0 {
            first.push(part(offsets.start..cut));
        }
        if cut < offsets.end {
            second.push(part(cut..offsets.end));
        }
    }
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspects(spans: &[(usize, Range<i64>)]) -> Vec<Suspect> {
        let suspect = |(source, offsets): &(usize, Range<i64>)| {
            let span = TopicSpan {
                topic: "t".into(),
                partition: 0,
                offsets: offsets.clone(),
            };
            (*source, span)
        };
        spans.iter().map(suspect).collect()
    }

    #[test]
    fn a_batch_is_halved_by_its_offsets_wherever_they_are() {
        let cases: [(&[_], &[_], &[_]); 4] = [
            (&[(0, 0..2)], &[(0, 0..1)], &[(0, 1..2)]),
            (&[(0, 5..6), (1, 7..8)], &[(0, 5..6)], &[(1, 7..8)]),
            (
                &[(0, 0..1), (0, 9..16)],
                &[(0, 0..1), (0, 9..12)],
                &[(0, 12..16)],
            ),
            (
                &[(0, 0..7), (0, 9..10)],
                &[(0, 0..4)],
                &[(0, 4..7), (0, 9..10)],
            ),
        ];
        for (whole, first, second) in cases {
            assert_eq!(halves(suspects(whole)), (suspects(first), suspects(second)));
        }
    }
}
