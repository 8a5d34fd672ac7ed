//! In which order rows come.

use std::sync::Arc;

use datafusion::{
    arrow::{compute::SortOptions, datatypes::SchemaRef},
    physical_expr::{EquivalenceProperties, PhysicalSortExpr, expressions::Column},
};

use super::TopicSpan;

/// The orders in which each slot is read: of offsets, of partitions before them, of topics before these.
pub(super) fn order(slots: &[Vec<TopicSpan>], schema: &SchemaRef) -> EquivalenceProperties {
    let column = |name: &str| {
        let column = Column::new_with_schema(name, schema).ok()?;
        let options = SortOptions::new(false, false);
        Some(PhysicalSortExpr::new(Arc::new(column), options))
    };
    let candidates: [(&[&str], Ascends); 3] = [
        (&["topic", "partition", "offset"], ascends),
        (&["partition", "offset"], |before, after| {
            before.topic == after.topic && ascends(before, after)
        }),
        (&["offset"], |before, after| {
            before.topic == after.topic
                && before.partition == after.partition
                && ascends(before, after)
        }),
    ];
    let orders = candidates.into_iter().filter_map(|(names, holds)| {
        let columns: Option<Vec<_>> = names.iter().map(|name| column(name)).collect();
        columns.filter(|_| slots.iter().all(|slot| slot.is_sorted_by(holds)))
    });
    EquivalenceProperties::new_with_orderings(Arc::clone(schema), orders.collect::<Vec<_>>())
}

/// Whether a span may be read before another.
type Ascends = fn(&TopicSpan, &TopicSpan) -> bool;

fn ascends(before: &TopicSpan, after: &TopicSpan) -> bool {
    let ends = (&before.topic, before.partition, before.offsets.end);
    ends <= (&after.topic, after.partition, after.offsets.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::stream_schema;

    fn orders(slots: &[&[(&str, i32, std::ops::Range<i64>)]]) -> Vec<String> {
        let span = |(topic, partition, offsets): &(&str, i32, std::ops::Range<i64>)| TopicSpan {
            topic: (*topic).into(),
            partition: *partition,
            offsets: offsets.clone(),
        };
        let slots: Vec<Vec<_>> = slots
            .iter()
            .map(|slot| slot.iter().map(span).collect())
            .collect();
        let order = order(&slots, &stream_schema(false));
        let shown = order.oeq_class().iter().map(|order| {
            let names = order.iter().map(|sort| sort.expr.to_string());
            names.collect::<Vec<_>>().join(" ")
        });
        shown.collect()
    }

    // What another order says already is left out.
    #[test]
    fn a_slot_of_one_partition_is_in_the_order_of_offsets() {
        let found = orders(&[&[("b", 1, 0..5), ("b", 1, 5..9)], &[("a", 0, 3..4)], &[]]);
        assert_eq!(found, ["topic@2", "partition@3", "offset@4"]);
    }

    #[test]
    fn partitions_and_topics_come_first_where_a_slot_has_several() {
        let partitions = orders(&[&[("a", 0, 5..9), ("a", 1, 0..5)]]);
        assert_eq!(partitions, ["topic@2", "partition@3 offset@4"]);
        let topics = orders(&[&[("a", 1, 5..9), ("b", 0, 0..5)]]);
        assert_eq!(topics, ["topic@2 partition@3 offset@4"]);
    }

    #[test]
    fn spans_that_do_not_ascend_promise_nothing() {
        assert_eq!(orders(&[&[("b", 0, 0..5), ("a", 0, 0..5)]]), [""; 0]);
        assert_eq!(orders(&[&[("a", 0, 5..9), ("a", 0, 0..5)]]), [""; 0]);
    }
}
