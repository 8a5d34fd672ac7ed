//! Tells a consumer group where batches end, so that lag monitors see the stream.

use std::{collections::BTreeSet, mem::discriminant, time::Duration};

use tokafka_client::{
    admin::{Admin, GroupOffset},
    error::RequestError,
};
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::SourceOffsets;

/// A query that ends waits no longer for the group to be told.
const LAST_WORD: Duration = Duration::from_secs(1);

/// A consumer group that is told where batches end: beside the batches, which do not wait for it. If it is
/// slow, ends are left out but for the last.
#[derive(Debug)]
pub(super) struct LagGroup {
    ends: watch::Sender<SourceOffsets>,
    told: JoinHandle<()>,
}

impl LagGroup {
    pub(super) fn new(admin: Admin, group: String) -> Self {
        let (ends, seen) = watch::channel(SourceOffsets::default());
        let told = tokio::spawn(tell(admin, group, seen));
        Self { ends, told }
    }

    /// A batch that ends here is done.
    pub(super) fn finished(&self, end: &SourceOffsets) {
        self.ends.send_replace(end.clone());
    }

    /// Waits for a moment until the group knows the last end.
    pub(super) async fn close(self) {
        drop(self.ends);
        if timeout(LAST_WORD, self.told).await.is_err() {
            tracing::warn!("tokafka.lag.group was not told of the last batch in time");
        }
    }
}

/// Until there will be no more ends.
async fn tell(admin: Admin, group: String, mut ends: watch::Receiver<SourceOffsets>) {
    let mut warned = BTreeSet::new();
    while ends.changed().await.is_ok() {
        let end = ends.borrow_and_update().clone();
        let offsets = end.iter().map(|(topic, partition, offset)| GroupOffset {
            topic: topic.to_owned(),
            partition,
            offset,
        });
        let offsets: Vec<_> = offsets.collect();
        if let Err(error) = admin.commit_group_offsets(&group, &offsets).await
            && warned.insert(kind(&error))
        {
            tracing::warn!(group, %error, "cannot tell tokafka.lag.group where the stream is; it goes on");
        }
    }
}

/// What is warned of once.
fn kind(error: &RequestError) -> String {
    match error {
        RequestError::Refused { code, .. } => code.to_string(),
        other => format!("{:?}", discriminant(other)),
    }
}
