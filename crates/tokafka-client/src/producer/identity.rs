//! Who writes: the producer id.

use kafka_protocol::{ResponseError, messages::InitProducerIdRequest};

use super::{ProducerError, lane::Identity};
use crate::{
    cluster::{Cluster, Target},
    error::RequestError,
    retry::Retries,
    settings::ProducerSettings,
    wire::Api,
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
    let mut retries = Retries::new(&settings.client);
    loop {
        match ask(cluster).await {
            Err(error) if error.is_retriable() && retries.wait().await => {}
            outcome => return outcome.map_err(ProducerError::Identity),
        }
    }
}

async fn ask(cluster: &Cluster) -> Result<Identity, RequestError> {
    let request = |_version| {
        InitProducerIdRequest::default()
            .with_transactional_id(None)
            .with_transaction_timeout_ms(i32::MAX)
    };
    let answer = cluster.call(Target::Any, request).await?;
    match ResponseError::try_from_code(answer.error_code) {
        None if answer.producer_id.0 < 0 || answer.producer_epoch < 0 => {
            Err(RequestError::Malformed {
                address: "the broker".to_owned(),
                api: InitProducerIdRequest::NAME,
                reason: format!(
                    "producer id {}, epoch {}",
                    answer.producer_id.0, answer.producer_epoch
                ),
            })
        }
        None => Ok(Identity::Producer {
            id: answer.producer_id.0,
            epoch: answer.producer_epoch,
        }),
        Some(code) => Err(RequestError::Refused {
            api: InitProducerIdRequest::NAME,
            code,
            message: None,
        }),
    }
}
