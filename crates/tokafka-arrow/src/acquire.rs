//! A producer of the pool for the options of a write.

use crate::{
    error::WriteError,
    options::WriteOptions,
    pool::{ProducerLease, ProducerPool},
};

impl ProducerPool {
    /// Lends the producer that a write with these options would use: the one that is there, if it can
    /// still write, else a new one. Only producer settings count, so writes to different topics share.
    /// Callers that ask at the same time get the same. It is not closed before they gave it back, and
    /// kept then as `tokafka.producer.cache.timeout` says.
    ///
    /// # Errors
    /// [`WriteError::Options`] before anything is opened; [`WriteError::Connect`] if a new one could
    /// not be connected: the next call tries again.
    ///
    /// # Panics
    /// Outside of a tokio runtime, as everything does that connects.
    pub async fn acquire(&self, options: &WriteOptions) -> Result<ProducerLease, WriteError> {
        let settings = options.producer_settings()?;
        let kept = options.pool_options()?;
        Ok(self.lend(&settings, kept).await?)
    }
}
