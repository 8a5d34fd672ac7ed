//! FindCoordinator (KIP-699). This node coordinates every group; none has members.

use kafka_protocol::{
    ResponseError,
    messages::{
        FindCoordinatorRequest, FindCoordinatorResponse, find_coordinator_response::Coordinator,
    },
    protocol::StrBytes,
};

use super::call::{Call, code};

const GROUP: i8 = 0;
/// The first version that asks for many keys at once.
const FIRST_BATCHED: i16 = 4;

/// Names this node for groups; refuses other kinds of keys with `INVALID_REQUEST`.
pub(crate) fn answer(call: &Call<'_>, request: &FindCoordinatorRequest) -> FindCoordinatorResponse {
    let unknown_kind = (request.key_type != GROUP).then_some(ResponseError::InvalidRequest);
    let error = call.verdict.spoils_request().or(unknown_kind);
    if call.version >= FIRST_BATCHED {
        let coordinators = request
            .coordinator_keys
            .iter()
            .map(|key| coordinator(call, error).with_key(key.clone()));
        return FindCoordinatorResponse::default().with_coordinators(coordinators.collect());
    }
    let found = coordinator(call, error);
    let message = if call.version == 0 {
        None
    } else {
        found.error_message
    };
    FindCoordinatorResponse::default()
        .with_error_code(found.error_code)
        .with_error_message(message)
        .with_node_id(found.node_id)
        .with_host(found.host)
        .with_port(found.port)
}

fn coordinator(call: &Call<'_>, error: Option<ResponseError>) -> Coordinator {
    let here = call.cluster().endpoint(call.node.id);
    let error = match (error, here) {
        (None, Some(here)) => {
            return Coordinator::default()
                .with_node_id(here.id.into())
                .with_host(here.host())
                .with_port(here.port());
        }
        (error, _) => error.unwrap_or(ResponseError::CoordinatorNotAvailable),
    };
    Coordinator::default()
        .with_node_id((-1).into())
        .with_port(-1)
        .with_error_code(code(Some(error)))
        .with_error_message(Some(StrBytes::from_string(error.to_string())))
}
