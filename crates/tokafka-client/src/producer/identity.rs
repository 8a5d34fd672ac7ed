//! Who writes: the producer id.

use std::time::Duration;

use kafka_protocol::{ResponseError, messages::InitProducerIdRequest};
use tokio::time::Instant;

use super::{ProducerError, backoff, lane::Identity};
use crate::{
    cluster::{Cluster, Target},
    error::RequestError,
    settings::ProducerSettings,
};

/// Asks any broker for a producer id, if the settings want one. A cluster that has just been started
/// may need a moment, so this tries for up to `max.block.ms`.
pub(super) async fn obtain(
    cluster: &Cluster,
    settings: &ProducerSettings,
) -> Result<Identity, ProducerError> {
    if !settings.idempotence {
        return Ok(Identity::Anonymous);
    }
    let deadline = Instant::now() + settings.client.max_block;
    let mut failures = 0;
    loop {
        match ask(cluster).await {
            Ok(identity) => return Ok(identity),
            Err(error) if !error.is_retriable() => return Err(ProducerError::Identity(error)),
            Err(error) => {
                failures += 1;
                let pause = pause(settings, failures);
                if Instant::now() + pause >= deadline {
                    return Err(ProducerError::Identity(error));
                }
                tokio::time::sleep(pause).await;
            }
        }
    }
}

fn pause(settings: &ProducerSettings, failures: u32) -> Duration {
    backoff::delay(
        settings.client.retry_backoff,
        settings.client.retry_backoff_max,
        failures,
    )
}

async fn ask(cluster: &Cluster) -> Result<Identity, RequestError> {
    let request = |_version| {
        InitProducerIdRequest::default()
            .with_transactional_id(None)
            .with_transaction_timeout_ms(i32::MAX)
    };
    let answer = cluster.call(Target::Any, request).await?;
    match ResponseError::try_from_code(answer.error_code) {
        None => Ok(Identity::Producer {
            id: answer.producer_id.0,
            epoch: answer.producer_epoch,
        }),
        Some(code) => Err(RequestError::Refused {
            api: "InitProducerId",
            code,
            message: None,
        }),
    }
}
