//! ApiVersions (KIP-35, KIP-511), and which versions of which APIs are offered.

use kafka_protocol::{
    ResponseError,
    messages::{
        ApiKey, ApiVersionsRequest, ApiVersionsResponse, api_versions_response::ApiVersion,
    },
};

use super::call::{Call, code};

/// API, first and last version.
const OFFERED: &[(ApiKey, i16, i16)] = &[
    (ApiKey::Produce, 3, 13),
    (ApiKey::Fetch, 4, 17),
    (ApiKey::ListOffsets, 1, 10),
    (ApiKey::Metadata, 0, 13),
    (ApiKey::FindCoordinator, 0, 6),
    (ApiKey::ApiVersions, 0, 4),
    (ApiKey::CreateTopics, 2, 7),
    (ApiKey::DeleteTopics, 1, 6),
    (ApiKey::InitProducerId, 0, 5),
];

/// True if requests of this kind and version are carried out.
pub(crate) fn is_offered(api: ApiKey, version: i16) -> bool {
    OFFERED
        .iter()
        .any(|(offered, min, max)| *offered == api && (*min..=*max).contains(&version))
}

/// The answer, in version 0, to an ApiVersions request that is too new: try again with one of
/// these versions of ApiVersions.
pub(crate) fn unsupported_version() -> ApiVersionsResponse {
    let itself = OFFERED
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
    ApiVersionsResponse::default()
        .with_error_code(code(call.verdict.spoils_request()))
        .with_api_keys(OFFERED.iter().map(listed).collect())
}

fn listed((api, min, max): &(ApiKey, i16, i16)) -> ApiVersion {
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
