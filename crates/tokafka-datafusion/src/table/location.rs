//! Where a table is: `kafka://host:9092/topic`.

use datafusion::{common::plan_err, error::Result};
use tokafka_arrow::WriteOptions;

const SCHEME: &str = "kafka";
const BOOTSTRAP: &str = "kafka.bootstrap.servers";

/// The text of LOCATION, or of a COPY's TO, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Location<'a> {
    /// The word that it stands behind.
    clause: &'static str,
    /// `None` if the options are to say it.
    brokers: Option<&'a str>,
    /// `None` if a column says it.
    topic: Option<&'a str>,
}

impl<'a> Location<'a> {
    /// `kafka://host:9092/topic`, or the same without `kafka://`. Host and topic may be left out.
    pub(super) fn parse(clause: &'static str, text: &'a str) -> Result<Self> {
        if text.contains('@') {
            // Not shown: what stands before it may be a password.
            return plan_err!(
                "{clause} must not have a user or a password. \
                 Give OPTIONS ('kafka.sasl.jaas.config' …) instead"
            );
        }
        let path = match text.split_once("://") {
            Some((scheme, path)) if scheme.eq_ignore_ascii_case(SCHEME) => path,
            Some((scheme, _)) => {
                return plan_err!(
                    "{clause} '{text}' is of {scheme}, not of Kafka: \
                     write 'kafka://host:9092/topic'"
                );
            }
            None => text,
        };
        if path.contains(['?', '#']) {
            return plan_err!(
                "{clause} '{text}' must end with the topic: settings are given in OPTIONS (…)"
            );
        }
        let (brokers, topic) = path.split_once('/').unwrap_or((path, ""));
        Ok(Self {
            clause,
            brokers: some(brokers),
            topic: some(topic),
        })
    }

    /// Adds host and topic to the options that stand beside them.
    pub(super) fn add_to(&self, mut options: WriteOptions) -> Result<WriteOptions> {
        let clause = self.clause;
        if let Some(topic) = self.topic {
            if let Some(other) = options.topic_option() {
                return plan_err!(
                    "the topic is given twice: {clause} says '{topic}', OPTIONS say '{other}'. \
                     Leave one of them out"
                );
            }
            options = options.topic(topic);
        }
        let Some(brokers) = self.brokers else {
            return Ok(options);
        };
        match given(&options) {
            None => Ok(options.option(BOOTSTRAP, brokers)),
            Some(list) if list.split(',').any(|each| each.trim() == brokers) => Ok(options),
            Some(list) => plan_err!(
                "{clause} says '{brokers}', which is not among '{BOOTSTRAP}' '{list}'. \
                 Leave one of them out: {clause} 'kafka:///topic' has no host"
            ),
        }
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn given(options: &WriteOptions) -> Option<&str> {
    let mut all = options.iter();
    let found = all.find(|(name, _)| name.eq_ignore_ascii_case(BOOTSTRAP));
    found.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<&str>, Option<&str>) {
        let location = Location::parse("LOCATION", text).unwrap();
        (location.brokers, location.topic)
    }

    #[test]
    fn scheme_host_and_topic_may_be_left_out() {
        assert_eq!(parts("kafka://a:9092/t"), (Some("a:9092"), Some("t")));
        assert_eq!(parts("KAFKA://a:9092/t"), (Some("a:9092"), Some("t")));
        assert_eq!(parts("a:9092/t"), (Some("a:9092"), Some("t")));
        assert_eq!(parts("a:1,b:2/t"), (Some("a:1,b:2"), Some("t")));
        assert_eq!(parts("kafka:///t"), (None, Some("t")));
        assert_eq!(parts("kafka://a:9092/"), (Some("a:9092"), None));
        assert_eq!(parts("a:9092"), (Some("a:9092"), None));
    }

    #[test]
    fn a_password_is_refused_and_not_shown() {
        let error = Location::parse("LOCATION", "kafka://me:hunter2@a:9092/t").unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}
