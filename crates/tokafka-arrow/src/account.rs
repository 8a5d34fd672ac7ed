//! What one writer has with a producer that others use too.

use std::sync::Arc;

use tokafka_client::producer::{Deliveries, Producer};

use crate::pool::ProducerLease;

/// The batches of one writer. When the writer goes away, what was not sent is given up. If it leaves
/// batches that were sent and not answered, nobody gets the producer after it: their retries would
/// hold up those who do, and break with them.
#[derive(Debug)]
pub(crate) struct Account {
    deliveries: Deliveries,
    lease: Arc<ProducerLease>,
}

impl Account {
    pub(crate) fn open(lease: Arc<ProducerLease>) -> Self {
        Self {
            deliveries: lease.producer().deliveries(),
            lease,
        }
    }

    pub(crate) fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    pub(crate) fn producer(&self) -> &Producer {
        self.lease.producer()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.deliveries.cancel();
        if !self.deliveries.is_settled() {
            self.lease.retire();
        }
    }
}
