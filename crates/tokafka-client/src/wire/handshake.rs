//! Which versions a broker speaks (ApiVersions, KIP-35 and KIP-511).

use std::{collections::HashMap, ops::RangeInclusive};

use bytes::{Buf, Bytes};
use kafka_protocol::{
    ResponseError,
    messages::{ApiKey, ApiVersionsRequest, ApiVersionsResponse},
    protocol::StrBytes,
};

use super::{api::Api, connection::Connection, decode::encode, request::Reply};
use crate::error::RequestError;

/// A broker's versions of each request.
#[derive(Debug, Default)]
pub(super) struct Versions(HashMap<i16, RangeInclusive<i16>>);

impl Versions {
    /// The broker's versions of a request, if it knows it.
    pub(super) fn of(&self, api: ApiKey) -> Option<RangeInclusive<i16>> {
        self.0.get(&(api as i16)).cloned()
    }
}

impl From<&ApiVersionsResponse> for Versions {
    fn from(response: &ApiVersionsResponse) -> Self {
        let ranges = response.api_keys.iter();
        Self(
            ranges
                .map(|api| (api.api_key, api.min_version..=api.max_version))
                .collect(),
        )
    }
}

/// Asks a broker for its versions, first in our newest words. A broker that does not know them
/// answers with UNSUPPORTED_VERSION in the words of version 0, and with the newest that it does know
/// unless it is older than Kafka 2.4; then it is asked again.
pub(super) async fn negotiate(connection: &Connection) -> Result<(), RequestError> {
    let newest = *ApiVersionsRequest::VERSIONS.end();
    let response = match ask(connection, newest).await? {
        Answer::Versions(response) => response,
        Answer::Unsupported { known } => match ask(connection, known.clamp(0, newest)).await? {
            Answer::Versions(response) => response,
            Answer::Unsupported { .. } => return Err(refused(ResponseError::UnsupportedVersion)),
        },
    };
    connection.throttle(ApiVersionsRequest::throttle_time(&response));
    connection.set_versions(Versions::from(&response));
    Ok(())
}

enum Answer {
    Versions(ApiVersionsResponse),
    /// The newest version that the broker knows.
    Unsupported {
        known: i16,
    },
}

async fn ask(connection: &Connection, version: i16) -> Result<Answer, RequestError> {
    let name = ApiVersionsRequest::NAME;
    let body = encode(&introduction(), version)
        .map_err(|reason| RequestError::Unencodable { api: name, reason })?;
    let answer = connection
        .submit(
            ApiKey::ApiVersions,
            name,
            version,
            vec![body],
            Reply::Expected,
        )
        .await?;
    match error_code(&answer) {
        Some(ResponseError::UnsupportedVersion) => {
            let response = connection.decode::<ApiVersionsRequest>(answer, 0)?;
            let known = Versions::from(&response).of(ApiKey::ApiVersions);
            Ok(Answer::Unsupported {
                known: known.map_or(0, |range| *range.end()),
            })
        }
        Some(code) => Err(refused(code)),
        None => Ok(Answer::Versions(
            connection.decode::<ApiVersionsRequest>(answer, version)?,
        )),
    }
}

/// All versions of the answer start with it.
fn error_code(answer: &Bytes) -> Option<ResponseError> {
    ResponseError::try_from_code(answer.clone().try_get_i16().ok()?)
}

fn refused(code: ResponseError) -> RequestError {
    RequestError::Refused {
        api: ApiVersionsRequest::NAME,
        code,
        message: None,
    }
}

/// Who we are. The broker refuses anything but letters, digits, `-` and `.` here (KIP-511).
fn introduction() -> ApiVersionsRequest {
    ApiVersionsRequest::default()
        .with_client_software_name(StrBytes::from_static_str("tokafka"))
        .with_client_software_version(StrBytes::from_string(acceptable(env!("CARGO_PKG_VERSION"))))
}

/// Replaces what the broker would refuse: a version may end in `+build`.
fn acceptable(version: &str) -> String {
    version.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_version_never_holds_what_a_broker_refuses() {
        assert_eq!(acceptable("0.1.0"), "0.1.0");
        assert_eq!(acceptable("1.0.0-rc.1+git 5"), "1.0.0-rc.1-git-5");
    }
}
