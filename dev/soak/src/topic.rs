//! A topic of our own.

use anyhow::Context;
use tokafka_client::{
    admin::{Admin, NewTopic, OffsetSpec, TopicDescription},
    cluster::Cluster,
};
use tokio::time::timeout;

use crate::wait::{PATIENCE, POLL};

/// A topic that keeps everything.
pub(crate) struct Topic {
    pub(crate) name: String,
    admin: Admin,
}

impl Topic {
    pub(crate) async fn create(
        cluster: &Cluster,
        name: &str,
        partitions: u32,
    ) -> anyhow::Result<Self> {
        let configs = [("retention.bytes", "-1")];
        let topic = NewTopic {
            name: name.to_owned(),
            partitions: Some(partitions.cast_signed()),
            replication: None,
            configs: configs
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
        };
        let admin = Admin::new(cluster);
        admin.create_topic(&topic).await?;
        let topic = Self {
            name: topic.name,
            admin,
        };
        topic.wait_until_whole().await?;
        Ok(topic)
    }

    /// The node that leads a partition.
    pub(crate) async fn leader(&self, partition: usize) -> anyhow::Result<i32> {
        let topic = self.admin.describe_topic(&self.name).await?;
        let partition = topic.partitions.get(partition);
        partition
            .and_then(|partition| partition.leader)
            .context("a partition without a leader")
    }

    /// How many records it holds.
    pub(crate) async fn len(&self) -> anyhow::Result<i64> {
        let ends = self.admin.offsets(&self.name, OffsetSpec::Latest).await?;
        Ok(ends.iter().sum())
    }

    /// Waits until every replica of every partition is in sync.
    pub(crate) async fn wait_until_whole(&self) -> anyhow::Result<()> {
        let whole = async {
            while !self
                .admin
                .describe_topic(&self.name)
                .await
                .is_ok_and(|topic| is_whole(&topic))
            {
                tokio::time::sleep(POLL).await;
            }
        };
        timeout(PATIENCE, whole)
            .await
            .context("not every replica comes back in sync")
    }

    pub(crate) async fn delete(&self) -> anyhow::Result<()> {
        Ok(self.admin.delete_topic(&self.name).await?)
    }
}

fn is_whole(topic: &TopicDescription) -> bool {
    topic.partitions.iter().all(|partition| {
        partition.leader.is_some() && partition.in_sync.len() == partition.replicas.len()
    })
}
