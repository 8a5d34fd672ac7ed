//! From the options of a read to offsets.

use std::{collections::BTreeMap, ops::Range};

use tokafka_client::cluster::Cluster;

use super::{
    PartitionSpan, Place, ReadOptions, TopicBounds,
    error::RangeError,
    places::{Places, TopicPlaces, WantedPlaces},
    range::{End, RangeOptions},
};

impl ReadOptions {
    /// The offsets to read, as they are now: one span for each partition, in their order.
    ///
    /// # Errors
    /// No such topic, partitions that do not match, and offsets that the log does not have.
    pub async fn spans(&self, cluster: &Cluster) -> Result<Vec<PartitionSpan>, RangeError> {
        let bounds = TopicBounds::look(cluster, self.topic()?, self.settings().isolation).await?;
        self.range.spans(&bounds, |_| true).await
    }
}

impl RangeOptions {
    /// The offsets to read of a topic, one span for each of its partitions that is read, in their order.
    ///
    /// # Errors
    /// Partitions that do not match, offsets that the log does not have, and a cluster that cannot be asked.
    pub async fn spans(
        &self,
        bounds: &TopicBounds,
        is_read: impl Fn(i32) -> bool,
    ) -> Result<Vec<PartitionSpan>, RangeError> {
        let held = (0..).zip(bounds.iter());
        let held: Vec<_> = held.filter(|(partition, _)| is_read(*partition)).collect();
        let starts = self.offsets(bounds, &held, End::Start).await?;
        let stops = self.offsets(bounds, &held, End::Stop).await?;
        let spans = held.iter().zip(starts.into_iter().zip(stops));
        spans
            .map(|((partition, _), (start, end))| {
                let partition = *partition;
                if start > end {
                    let topic = bounds.topic().to_owned();
                    let place = (partition, start, end);
                    return Err(RangeError::backwards("resolved", topic, place));
                }
                let offsets = start..end;
                Ok(PartitionSpan { partition, offsets })
            })
            .collect()
    }

    async fn offsets(
        &self,
        bounds: &TopicBounds,
        held: &[(i32, Range<i64>)],
        end: End,
    ) -> Result<Vec<i64>, RangeError> {
        let places = places(self.wanted(end), bounds.topic(), held)?;
        let mut found = BTreeMap::new();
        for place in &places {
            if !found.contains_key(place) {
                found.insert(*place, bounds.offsets(*place).await?);
            }
        }
        let mut offsets = Vec::with_capacity(places.len());
        for (place, (partition, held)) in places.iter().zip(held) {
            let index = usize::try_from(*partition).unwrap_or(usize::MAX);
            let offset = found.get(place).and_then(|offsets| offsets.get(index));
            let offset = offset.copied().unwrap_or(held.end);
            if let Some(error) =
                self.refused(bounds.topic(), (*partition, held), (*place, offset), end)
            {
                return Err(error);
            }
            offsets.push(offset.clamp(held.start, held.end));
        }
        Ok(offsets)
    }

    fn wanted(&self, end: End) -> &WantedPlaces {
        match end {
            End::Start => &self.starts,
            End::Stop => &self.stops,
        }
    }

    fn refused(
        &self,
        topic: &str,
        (partition, held): (i32, &Range<i64>),
        (place, offset): (Place, i64),
        end: End,
    ) -> Option<RangeError> {
        let topic = topic.to_owned();
        match place {
            Place::Offset(_) if self.fail_on_loss && !(held.start..=held.end).contains(&offset) => {
                Some(RangeError::Missing {
                    option: self.wanted(end).option,
                    topic,
                    partition,
                    offset,
                    start: held.start,
                    end: held.end,
                })
            }
            Place::Time(millis) if end == End::Start && !self.late_is_end && offset >= held.end => {
                Some(RangeError::NoMatch {
                    topic,
                    partition,
                    millis,
                })
            }
            Place::Earliest | Place::Latest | Place::Offset(_) | Place::Time(_) => None,
        }
    }
}

/// A place for each partition that is read.
fn places(
    wanted: &WantedPlaces,
    topic: &str,
    held: &[(i32, Range<i64>)],
) -> Result<Vec<Place>, RangeError> {
    let each = match &wanted.places {
        Places::All(place) => return Ok(vec![*place; held.len()]),
        Places::Each(each) => each.get(topic),
    };
    let assigned = held.iter().map(|(partition, _)| *partition);
    let specified = match each {
        Some(TopicPlaces::All(place)) => return Ok(vec![*place; held.len()]),
        Some(TopicPlaces::Each(each)) if each.keys().copied().eq(assigned.clone()) => {
            return Ok(each.values().copied().collect());
        }
        Some(TopicPlaces::Each(each)) => each.keys().copied().collect(),
        None => Vec::new(),
    };
    Err(RangeError::Partitions {
        option: wanted.option,
        topic: topic.to_owned(),
        specified,
        assigned: assigned.collect(),
    })
}
