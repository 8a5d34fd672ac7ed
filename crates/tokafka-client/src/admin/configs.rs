use std::collections::BTreeMap;

use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};

use crate::{
    error::{RequestError, ResponseError},
    wire::Api,
};

/// Kafka's settings of a topic or a broker, by name, as they are in force: what is not set has its
/// default. Those that Kafka keeps secret are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configs(BTreeMap<String, String>);

/// The setting of a broker that becomes one of a topic when the topic is created.
const DEFAULTS: [(&str, &str); 5] = [
    ("cleanup.policy", "log.cleanup.policy"),
    ("compression.type", "compression.type"),
    ("max.message.bytes", "message.max.bytes"),
    ("message.timestamp.type", "log.message.timestamp.type"),
    ("min.insync.replicas", "min.insync.replicas"),
];

impl Configs {
    /// The value of a setting; `None` if the broker does not have it or does not show it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a setting that is a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// True if a setting is `true`, false if it is anything else.
    pub fn is_true(&self, name: &str) -> Option<bool> {
        self.get(name)
            .map(|value| value.eq_ignore_ascii_case("true"))
    }

    /// What a topic gets that is created at a broker of these settings.
    pub(super) fn of_new_topic(&self) -> Self {
        let named = DEFAULTS
            .into_iter()
            .filter_map(|(name, default)| Some((name, self.get(default)?)));
        named.collect()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Configs {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// The settings of the one resource that was asked for.
pub(super) fn configs(answer: DescribeConfigsResponse) -> Result<Configs, RequestError> {
    let api = DescribeConfigsRequest::NAME;
    let Some(result) = answer.results.into_iter().next() else {
        return Err(RequestError::Malformed {
            address: "the broker".to_owned(),
            api,
            reason: "it has no settings of what was asked for".to_owned(),
        });
    };
    if let Some(code) = ResponseError::try_from_code(result.error_code) {
        let message = result.error_message.map(|text| text.to_string());
        return Err(RequestError::Refused { api, code, message });
    }
    let shown = result.configs.into_iter().filter(|each| !each.is_sensitive);
    Ok(shown
        .filter_map(|each| Some((each.name.to_string(), each.value?.to_string())))
        .collect())
}

#[cfg(test)]
mod tests {
    use kafka_protocol::{
        messages::describe_configs_response::{
            DescribeConfigsResourceResult, DescribeConfigsResult,
        },
        protocol::StrBytes,
    };

    use super::*;

    fn config(name: &'static str, value: Option<&'static str>) -> DescribeConfigsResourceResult {
        DescribeConfigsResourceResult::default()
            .with_name(StrBytes::from_static_str(name))
            .with_value(value.map(StrBytes::from_static_str))
    }

    fn answer(result: DescribeConfigsResult) -> DescribeConfigsResponse {
        DescribeConfigsResponse::default().with_results(vec![result])
    }

    #[test]
    fn settings_are_known_by_name_but_for_secrets() {
        let all = vec![
            config("cleanup.policy", Some("compact")),
            config("retention.ms", None),
            config("ssl.key.password", Some("hunter2")).with_is_sensitive(true),
        ];
        let configs = configs(answer(DescribeConfigsResult::default().with_configs(all))).unwrap();
        assert_eq!(
            configs,
            [("cleanup.policy", "compact")].into_iter().collect()
        );
    }

    #[test]
    fn a_refusal_and_an_answer_to_nothing_are_errors() {
        let code = ResponseError::ClusterAuthorizationFailed;
        let refused = DescribeConfigsResult::default().with_error_code(code.code());
        let error = configs(answer(refused)).unwrap_err();
        assert!(
            matches!(&error, RequestError::Refused { code: refused, .. } if *refused == code),
            "{error}"
        );
        let error = configs(DescribeConfigsResponse::default()).unwrap_err();
        assert!(matches!(error, RequestError::Malformed { .. }), "{error}");
    }

    #[test]
    fn a_new_topic_gets_what_the_broker_has_under_other_names() {
        let broker: Configs = [
            ("message.max.bytes", "1000"),
            ("compression.type", "producer"),
            ("num.partitions", "3"),
        ]
        .into_iter()
        .collect();
        let topic = broker.of_new_topic();
        assert_eq!(topic.number("max.message.bytes"), Some(1000));
        assert_eq!(topic.get("compression.type"), Some("producer"));
        assert_eq!(topic.get("num.partitions"), None);
    }
}
