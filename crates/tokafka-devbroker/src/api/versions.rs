//! ApiVersions (KIP-35, KIP-511).

use kafka_protocol::{
    ResponseError,
    messages::{
        ApiKey, ApiVersionsRequest, ApiVersionsResponse, api_versions_response::ApiVersion,
    },
};

use super::call::{Call, code};
use crate::profile::{Offer, Profile};

/// The answer, in version 0, to an ApiVersions request that is too new: try again with one of
/// these versions of ApiVersions.
pub(crate) fn unsupported_version(profile: Profile) -> ApiVersionsResponse {
    let itself = profile
        .offered()
        .iter()
        .filter(|(api, ..)| *api == ApiKey::ApiVersions);
    ApiVersionsResponse::default()
        .with_error_code(ResponseError::UnsupportedVersion.code())
        .with_api_keys(itself.map(listed).collect())
}

/// Lists what is offered.
pub(crate) fn answer(call: &Call<'_>, request: &ApiVersionsRequest) -> ApiVersionsResponse {
    if call.version >= 3 && !names_its_client(request) {
        let error = ResponseError::InvalidRequest;
        return ApiVersionsResponse::default().with_error_code(error.code());
    }
    let offered = call.cluster().config.profile.offered();
    ApiVersionsResponse::default()
        .with_error_code(code(call.verdict.spoils_request()))
        .with_api_keys(offered.iter().map(listed).collect())
}

fn listed((api, min, max): &Offer) -> ApiVersion {
    ApiVersion::default()
        .with_api_key(*api as i16)
        .with_min_version(*min)
        .with_max_version(*max)
}

fn names_its_client(request: &ApiVersionsRequest) -> bool {
    is_software_name(&request.client_software_name)
        && is_software_name(&request.client_software_version)
}

/// As Kafka's `ApiVersionsRequest` asks: letters, digits, and `-` or `.` between them.
fn is_software_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    edge(bytes.first()) && edge(bytes.last()) && name.bytes().all(inner)
}
