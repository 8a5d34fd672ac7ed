//! Partitions of Kafka to partitions of a query.

use super::TopicSpan;

/// Deals spans to at most so many shares of about the same length, longest first. A share has its spans in
/// the order of topics, partitions and offsets. Empty spans are dropped, and there is at least one share.
pub(super) fn shares(mut spans: Vec<TopicSpan>, at_most: usize) -> Vec<Vec<TopicSpan>> {
    spans.retain(|span| !span.offsets.is_empty());
    let count = spans.len().min(at_most).max(1);
    spans.sort_by(|one, other| {
        let longest_first = other.length().cmp(&one.length());
        longest_first.then_with(|| place(one).cmp(&place(other)))
    });
    let mut shares = vec![(0_i64, Vec::new()); count];
    for span in spans {
        let least = shares.iter_mut().min_by_key(|(held, _)| *held);
        if let Some((held, share)) = least {
            *held = held.saturating_add(span.length());
            share.push(span);
        }
    }
    let mut shares: Vec<Vec<TopicSpan>> = shares.into_iter().map(|(_, share)| share).collect();
    for share in &mut shares {
        share.sort_by(|one, other| place(one).cmp(&place(other)));
    }
    shares.sort_by(|one, other| one.first().map(place).cmp(&other.first().map(place)));
    shares
}

fn place(span: &TopicSpan) -> (&str, i32, i64) {
    (&span.topic, span.partition, span.offsets.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dealt(lengths: &[i64], at_most: usize) -> Vec<Vec<i32>> {
        let spans = (0..).zip(lengths).map(|(partition, length)| TopicSpan {
            topic: "t".into(),
            partition,
            offsets: 7..7 + length,
        });
        let number = |share: Vec<TopicSpan>| share.into_iter().map(|span| span.partition).collect();
        shares(spans.collect(), at_most)
            .into_iter()
            .map(number)
            .collect()
    }

    #[test]
    fn long_partitions_have_shares_of_their_own() {
        assert_eq!(dealt(&[5, 5, 5], 4), [vec![0], vec![1], vec![2]]);
        assert_eq!(dealt(&[1, 9, 2, 3], 2), [vec![0, 2, 3], vec![1]]);
    }

    #[test]
    fn what_is_empty_has_no_share_but_there_is_one() {
        assert_eq!(dealt(&[0, 3, 0], 4), [vec![1]]);
        assert_eq!(dealt(&[0, 0], 4), [Vec::<i32>::new()]);
        assert_eq!(dealt(&[], 4), [Vec::<i32>::new()]);
    }
}
