//! From the options of a read to offsets.

use std::{collections::BTreeMap, ops::Range};

use tokafka_client::cluster::Cluster;

use super::{
    PartitionSpan, Place, ReadOptions, TopicBounds,
    error::RangeError,
    options::Wanted,
    places::{End, Places},
};

impl ReadOptions {
    /// The offsets to read, as they are now: one span for each partition, in their order.
    ///
    /// # Errors
    /// No such topic, partitions that do not match, and offsets that the log does not have.
    pub async fn spans(&self, cluster: &Cluster) -> Result<Vec<PartitionSpan>, RangeError> {
        let bounds = TopicBounds::look(cluster, self.topic()?, self.settings().isolation).await?;
        let starts = self.offsets(&bounds, &self.starts, End::Start).await?;
        let stops = self.offsets(&bounds, &self.stops, End::Stop).await?;
        let spans = (0..).zip(starts.into_iter().zip(stops));
        spans
            .map(|(partition, (start, end))| {
                if start > end {
                    return Err(self.backwards("resolved", (partition, start, end)));
                }
                let offsets = start..end;
                Ok(PartitionSpan { partition, offsets })
            })
            .collect()
    }

    async fn offsets(
        &self,
        bounds: &TopicBounds,
        wanted: &Wanted,
        end: End,
    ) -> Result<Vec<i64>, RangeError> {
        let places = self.places(bounds.iter().len(), wanted)?;
        let mut found = BTreeMap::new();
        for place in &places {
            if !found.contains_key(place) {
                found.insert(*place, bounds.offsets(*place).await?);
            }
        }
        let mut offsets = Vec::with_capacity(places.len());
        for (index, (place, held)) in places.iter().zip(bounds.iter()).enumerate() {
            let offset = found.get(place).and_then(|offsets| offsets.get(index));
            let offset = offset.copied().unwrap_or(held.end);
            let partition = i32::try_from(index).unwrap_or(i32::MAX);
            self.check(wanted.option, (partition, *place, end), offset, &held)?;
            offsets.push(offset.clamp(held.start, held.end));
        }
        Ok(offsets)
    }

    fn places(&self, partitions: usize, wanted: &Wanted) -> Result<Vec<Place>, RangeError> {
        match &wanted.places {
            Places::All(place) => Ok(vec![*place; partitions]),
            Places::Each(each) => {
                let assigned: Vec<i32> = (0..).take(partitions).collect();
                if !each.keys().eq(&assigned) {
                    return Err(RangeError::Partitions {
                        option: wanted.option,
                        topic: self.topic()?.to_owned(),
                        specified: each.keys().copied().collect(),
                        assigned,
                    });
                }
                Ok(each.values().copied().collect())
            }
        }
    }

    fn check(
        &self,
        option: &'static str,
        (partition, place, end): (i32, Place, End),
        offset: i64,
        held: &Range<i64>,
    ) -> Result<(), RangeError> {
        let topic = self.topic()?.to_owned();
        match place {
            Place::Offset(_) if self.fail_on_loss && !(held.start..=held.end).contains(&offset) => {
                Err(RangeError::Missing {
                    option,
                    topic,
                    partition,
                    offset,
                    start: held.start,
                    end: held.end,
                })
            }
            Place::Time(millis) if end == End::Start && !self.late_is_end && offset >= held.end => {
                Err(RangeError::NoMatch {
                    topic,
                    partition,
                    millis,
                })
            }
            Place::Earliest | Place::Latest | Place::Offset(_) | Place::Time(_) => Ok(()),
        }
    }

    fn backwards(&self, how: &'static str, (partition, start, end): (i32, i64, i64)) -> RangeError {
        let topic = self.topic.clone().unwrap_or_default();
        RangeError::backwards(how, topic, (partition, start, end))
    }
}
