//! The cluster of a test that also runs on Apache Kafka.

use std::io;

use crate::{DevBroker, DevBrokerConfig};

/// The cluster that `dev/kafka run` started, or else a broker of its own, which runs for as long as this is kept.
#[derive(Debug)]
pub struct TestCluster {
    bootstrap: String,
    embedded: Option<DevBroker>,
}

impl TestCluster {
    /// The cluster at `TOKAFKA_TEST_KAFKA`, or a new broker as `config` says.
    ///
    /// # Errors
    /// Those of [`DevBroker::start`].
    pub async fn start(config: DevBrokerConfig) -> io::Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "how dev/kafka hands the cluster over"
        )]
        let real = std::env::var("TOKAFKA_TEST_KAFKA");
        if let Ok(bootstrap) = real {
            return Ok(Self {
                bootstrap,
                embedded: None,
            });
        }
        let embedded = DevBroker::start(config).await?;
        Ok(Self {
            bootstrap: embedded.bootstrap(),
            embedded: Some(embedded),
        })
    }

    /// `host:port` of its nodes, separated by commas.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Whether it is a broker of its own.
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }
}
