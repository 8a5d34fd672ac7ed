//! The clients that write: ours, and the peers it is compared with.

mod java;
mod job;
mod librdkafka;
mod tokafka;

use crate::evidence::Evidence;
pub(crate) use job::{Job, Quota};

/// Who writes. All with acks=all, idempotent, five requests in flight, and the same memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Client {
    /// Ours.
    Tokafka,
    /// librdkafka.
    Librdkafka,
    /// Kafka's own Java producer.
    Java,
}

impl Client {
    /// Writes rows as `writer` until the quota is met or the client has failed for good.
    ///
    /// # Errors
    /// The client could not be run; what becomes of its rows is not an error.
    pub(crate) async fn write(
        self,
        job: &Job,
        writer: u32,
        quota: Quota,
    ) -> anyhow::Result<Evidence> {
        match self {
            Self::Tokafka => tokafka::write(job, writer, quota).await,
            Self::Librdkafka => librdkafka::write(job, writer, quota).await,
            Self::Java => java::write(job, writer, quota).await,
        }
    }
}
