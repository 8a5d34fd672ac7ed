//! Where a new query begins.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use tokafka_arrow::{Place, Places, TopicPlaces};
use tokafka_client::admin::OffsetSpec;

use super::{
    StreamReadOptions,
    look::{Asker, Found, end_spec},
    loss::Loss,
};
use crate::{SourceError, SourceOffsets};

/// Resolves the places that the options name to offsets of the partitions that were found.
pub(super) async fn resolve(
    asker: &Asker,
    options: &StreamReadOptions,
    ends: &Found,
) -> Result<SourceOffsets, SourceError> {
    let wanted = wanted(options, ends)?;
    let topics: Vec<_> = ends.keys().cloned().collect();
    let mut found = BTreeMap::new();
    found.insert(Place::Latest, ends.clone());
    let places: BTreeSet<_> = wanted.values().copied().collect();
    for place in places {
        let spec = match place {
            Place::Latest => end_spec(options),
            // To know whether the log has it.
            Place::Earliest | Place::Offset(_) => OffsetSpec::Earliest,
            Place::Time(millis) => OffsetSpec::AtTime(millis),
        };
        if let Entry::Vacant(slot) = found.entry(asked(place)) {
            slot.insert(asker.offsets(options, &topics, spec).await?);
        }
    }
    let mut starts = SourceOffsets::default();
    for ((topic, partition), place) in wanted {
        let at = |place| {
            let found = found.get(&place)?.get(topic)?.as_ref()?;
            Some(found.offsets.get(&partition).copied().flatten())
        };
        let start = offset(options, (topic, partition), place, at)?;
        starts.set(topic, partition, start);
    }
    Ok(starts)
}

/// The place whose offsets are asked for to resolve another.
fn asked(place: Place) -> Place {
    match place {
        Place::Offset(_) => Place::Earliest,
        Place::Earliest | Place::Latest | Place::Time(_) => place,
    }
}

/// The offset of a place, given what was found at others: `None` if the partition was not found, and
/// `Some(None)` if it has no such record.
fn offset(
    options: &StreamReadOptions,
    (topic, partition): (&str, i32),
    place: Place,
    at: impl Fn(Place) -> Option<Option<i64>>,
) -> Result<i64, SourceError> {
    let gone = || {
        SourceError::Start(format!(
            "Partition {topic}-{partition} was deleted while the query started"
        ))
    };
    let end = at(Place::Latest).flatten().ok_or_else(gone)?;
    match (place, at(asked(place)).ok_or_else(gone)?) {
        (Place::Offset(offset), first) => {
            let held = offset.clamp(first.unwrap_or(end).min(end), end);
            if held != offset {
                let reset = Loss::reset(topic, partition, (offset, held));
                reset.report(options.fail_on_data_loss)?;
            }
            Ok(held)
        }
        (Place::Time(millis), None) if !options.starts.late_is_end => {
            Err(SourceError::Start(format!(
                "No offset matched from request of topic-partition {topic}-{partition} and timestamp {millis}. \
                 With 'startingOffsetsByTimestampStrategy' 'latest' such a partition is read from its end"
            )))
        }
        // With transactions that are open, the record may lie behind what is read.
        (Place::Earliest | Place::Latest | Place::Time(_), found) => {
            Ok(found.map_or(end, |found| found.min(end)))
        }
    }
}

/// The place of each partition that was found.
fn wanted<'a>(
    options: &StreamReadOptions,
    ends: &'a Found,
) -> Result<BTreeMap<(&'a str, i32), Place>, SourceError> {
    let assigned = ends.iter().flat_map(|(topic, found)| {
        let offsets = found.iter().flat_map(|found| found.offsets.keys());
        offsets.map(move |partition| (topic.as_str(), *partition))
    });
    let assigned: BTreeSet<_> = assigned.collect();
    let each = match &options.starts.places {
        Places::All(place) => {
            let places = assigned.into_iter().map(|partition| (partition, *place));
            return Ok(places.collect());
        }
        Places::Each(each) => each,
    };
    let mut places = BTreeMap::new();
    for &(topic, partition) in &assigned {
        let place = match each.get(topic) {
            Some(TopicPlaces::All(place)) => Some(place),
            Some(TopicPlaces::Each(each)) => each.get(&partition),
            None => None,
        };
        places.extend(place.map(|place| ((topic, partition), *place)));
    }
    let extra = each.iter().any(|(topic, places)| match places {
        TopicPlaces::All(_) => !ends.contains_key(topic),
        TopicPlaces::Each(each) => {
            let mut each = each.keys();
            each.any(|partition| !assigned.contains(&(topic.as_str(), *partition)))
        }
    });
    match !extra && places.len() == assigned.len() {
        true => Ok(places),
        false => Err(mismatch(each, &assigned)),
    }
}

fn mismatch(
    specified: &BTreeMap<String, TopicPlaces>,
    assigned: &BTreeSet<(&str, i32)>,
) -> SourceError {
    let is_time = specified.values().any(|places| match places {
        TopicPlaces::All(_) => false,
        TopicPlaces::Each(each) => each.values().any(|place| matches!(place, Place::Time(_))),
    });
    let text = match is_time {
        false => {
            "If startingOffsets contains specific offsets, you must specify all TopicPartitions.\n\
             Use -1 for latest, -2 for earliest, if you don't care."
        }
        true => {
            "Partitions specified for Kafka timestamp based start offsets don't match what are assigned. Maybe \
             topic partitions are created or deleted while the query is running, or you didn't specify all the \
             partitions."
        }
    };
    let specified = specified.iter().flat_map(|(topic, places)| match places {
        TopicPlaces::All(_) => vec![topic.clone()],
        TopicPlaces::Each(each) => each
            .keys()
            .map(|number| format!("{topic}-{number}"))
            .collect(),
    });
    let specified: Vec<_> = specified.collect();
    let assigned: Vec<_> = assigned
        .iter()
        .map(|(topic, partition)| format!("{topic}-{partition}"))
        .collect();
    SourceError::Start(format!(
        "{text}\nSpecified: [{}] Assigned: [{}]",
        specified.join(", "),
        assigned.join(", ")
    ))
}
