use crate::batch::BatchHeader;
use kafka_protocol::messages::fetch_response::AbortedTransaction;
use std::collections::HashSet;

/// Tells which batches of an answer readers do not get, as `CompletedFetch` of Kafka's client does.
#[derive(Debug, Default)]
pub(super) struct AbortedTransactions {
    /// Those that begin further on, the next one last.
    upcoming: Vec<AbortedTransaction>,
    /// Producers with an aborted transaction that is not over yet.
    open: HashSet<i64>,
}

impl AbortedTransactions {
    /// The list that came with an answer; empty unless committed records were asked for.
    pub(super) fn new(mut list: Vec<AbortedTransaction>) -> Self {
        list.sort_by_key(|transaction| std::cmp::Reverse(transaction.first_offset));
        Self {
            upcoming: list,
            open: HashSet::new(),
        }
    }

    /// True for a control batch, and for one of an aborted transaction. Takes the batches of the
    /// answer in their order.
    pub(super) fn leaves_out(&mut self, batch: &BatchHeader) -> bool {
        let begun = |next: &mut AbortedTransaction| next.first_offset <= batch.last_offset();
        while let Some(transaction) = self.upcoming.pop_if(begun) {
            self.open.insert(transaction.producer_id.0);
        }
        if batch.is_control() {
            // A producer has one transaction at a time: the next marker ends the aborted one.
            self.open.remove(&batch.producer_id);
            return true;
        }
        batch.is_transactional() && self.open.contains(&batch.producer_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::messages::ProducerId;

    const TRANSACTIONAL: i16 = 1 << 4;
    const CONTROL: i16 = 1 << 5 | TRANSACTIONAL;

    fn batch(offset: i64, producer_id: i64, attributes: i16) -> BatchHeader {
        BatchHeader {
            base_offset: offset,
            batch_length: 0,
            leader_epoch: 0,
            crc: 0,
            attributes,
            last_offset_delta: 1,
            base_timestamp: 0,
            max_timestamp: 0,
            producer_id,
            producer_epoch: 0,
            base_sequence: 0,
            record_count: 2,
        }
    }

    fn aborted(producer_id: i64, first_offset: i64) -> AbortedTransaction {
        AbortedTransaction::default()
            .with_producer_id(ProducerId(producer_id))
            .with_first_offset(first_offset)
    }

    fn offsets_kept(list: Vec<AbortedTransaction>, batches: &[BatchHeader]) -> Vec<i64> {
        let mut transactions = AbortedTransactions::new(list);
        let kept = batches
            .iter()
            .filter(|batch| !transactions.leaves_out(batch));
        kept.map(|batch| batch.base_offset).collect()
    }

    #[test]
    fn an_aborted_transaction_is_left_out_up_to_its_marker() {
        let log = [
            batch(0, 7, TRANSACTIONAL),
            batch(2, 8, TRANSACTIONAL),
            batch(4, -1, 0),
            batch(6, 7, TRANSACTIONAL),
            batch(8, 7, CONTROL),
            batch(10, 7, TRANSACTIONAL),
            batch(12, 8, CONTROL),
            batch(14, 7, CONTROL),
        ];
        assert_eq!(offsets_kept(vec![aborted(7, 0)], &log), [2, 4, 10]);
        assert_eq!(
            offsets_kept(vec![aborted(8, 2), aborted(7, 0)], &log),
            [4, 10]
        );
        assert_eq!(
            offsets_kept(vec![aborted(7, 10), aborted(7, 0)], &log),
            [2, 4]
        );
    }

    #[test]
    fn what_a_producer_committed_before_it_aborted_is_kept() {
        let log = [
            batch(0, 7, TRANSACTIONAL),
            batch(2, 7, CONTROL),
            batch(4, 7, TRANSACTIONAL),
            batch(6, 7, CONTROL),
        ];
        assert_eq!(offsets_kept(vec![aborted(7, 4)], &log), [0]);
    }

    #[test]
    fn without_a_list_only_control_batches_are_left_out() {
        let log = [
            batch(0, 7, TRANSACTIONAL),
            batch(2, 7, CONTROL),
            batch(4, -1, 0),
        ];
        assert_eq!(offsets_kept(vec![], &log), [0, 4]);
    }

    #[test]
    fn a_batch_of_the_producer_that_is_not_transactional_is_kept() {
        assert_eq!(offsets_kept(vec![aborted(7, 0)], &[batch(0, 7, 0)]), [0]);
    }
}
