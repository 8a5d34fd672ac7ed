//! InitProducerId (KIP-98, KIP-360).

use kafka_protocol::{
    ResponseError,
    messages::{InitProducerIdRequest, InitProducerIdResponse},
};

use super::call::{Call, code};

/// Gives out a new producer id at epoch 0, whatever id the client had before, as Kafka does without
/// a transactional id. A transactional id is refused with `INVALID_REQUEST`.
pub(crate) fn answer(call: &Call<'_>, request: &InitProducerIdRequest) -> InitProducerIdResponse {
    if let Some(error) = call.verdict.spoils_request().or_else(|| fault_of(request)) {
        return InitProducerIdResponse::default()
            .with_error_code(code(Some(error)))
            .with_producer_id((-1).into())
            .with_producer_epoch(-1);
    }
    InitProducerIdResponse::default().with_producer_id(call.cluster().take_producer_id().into())
}

fn fault_of(request: &InitProducerIdRequest) -> Option<ResponseError> {
    let half_known = (*request.producer_id == -1) != (request.producer_epoch == -1);
    (request.transactional_id.is_some() || half_known).then_some(ResponseError::InvalidRequest)
}
