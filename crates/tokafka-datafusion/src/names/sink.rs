//! `KafkaSink`: batches by number, each written once.

use datafusion::prelude::{DataFrame, SessionContext};
use tokafka_arrow::{WriteOptions, WriteReport};

use super::KafkaWrite;
use crate::KafkaWriteError;

/// Writes numbered batches, and leaves out those that it has written already.
///
/// It remembers only what it wrote itself: another sink, after a restart for instance, writes a batch
/// again. A batch that failed was not written, and can be added again. `Debug` shows no secrets.
pub struct KafkaSink {
    context: SessionContext,
    params: WriteOptions,
    topic: Option<String>,
    latest: Option<u64>,
}

impl KafkaSink {
    /// A sink that runs the queries of its batches in `context`. The parameters are those of
    /// [`KafkaWriter::write`](crate::KafkaWriter::write), and checked with the first batch.
    pub fn new(
        context: &SessionContext,
        params: impl Into<WriteOptions>,
        topic: Option<&str>,
    ) -> Self {
        Self {
            context: context.clone(),
            params: params.into(),
            topic: topic.map(str::to_owned),
            latest: None,
        }
    }

    /// Writes a batch, and returns when every row is acknowledged. `None` if this sink has written
    /// this batch or a later one: nothing is written then, and the log says so.
    ///
    /// # Errors
    /// As of [`DataFrameWriter::save`](crate::DataFrameWriter::save). Some rows may be in the topic.
    pub async fn add_batch(
        &mut self,
        batch_id: u64,
        data: DataFrame,
    ) -> Result<Option<WriteReport>, KafkaWriteError> {
        if self.latest.is_some_and(|latest| batch_id <= latest) {
            tracing::info!("Skipping already committed batch {batch_id}");
            return Ok(None);
        }
        let write = KafkaWrite {
            topic: self.topic.clone(),
            producer_params: self.params.clone(),
            schema: data.schema().inner().clone(),
        };
        let (_, query) = data.into_parts();
        let data = DataFrame::new(self.context.state(), query);
        let epoch = write.to_streaming()?.begin(batch_id);
        let report = epoch.write(data).await?.commit().await?;
        self.latest = Some(batch_id);
        Ok(Some(report))
    }
}

impl std::fmt::Debug for KafkaSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KafkaSink")
            .field("params", &self.params)
            .field("topic", &self.topic)
            .field("latest", &self.latest)
            .finish_non_exhaustive()
    }
}
