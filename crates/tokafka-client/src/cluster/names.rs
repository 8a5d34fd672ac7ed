//! Topic names, by the rules of Kafka's `Topic.validate`.

use crate::error::TopicError;

/// The longest name that Kafka accepts.
const MAX_LEN: usize = 249;

/// The rule of Kafka that a topic name breaks, if it breaks one.
pub fn broken_name_rule(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("the empty string is not allowed")
    } else if name == "." || name == ".." {
        Some("'.' or '..' is not allowed")
    } else if name.len() > MAX_LEN {
        Some("the length is longer than the max allowed length 249")
    } else if !name.chars().all(is_allowed) {
        Some("it contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")
    } else {
        None
    }
}

/// Checks that Kafka can have a topic of this name.
pub(crate) fn check_topic_name(name: &str) -> Result<(), TopicError> {
    match broken_name_rule(name) {
        None => Ok(()),
        Some(reason) => Err(TopicError::InvalidName {
            name: name.to_owned(),
            reason,
        }),
    }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_kafka_accepts_are_accepted() {
        for name in [
            "a",
            "...",
            "Orders_2024-01.v2",
            "__consumer_offsets",
            &"x".repeat(249),
        ] {
            assert_eq!(check_topic_name(name), Ok(()));
        }
    }

    #[test]
    fn names_that_kafka_refuses_are_refused_with_the_rule_they_break() {
        let too_long = "x".repeat(250);
        let cases = [
            ("", "empty"),
            (".", "'.' or '..'"),
            ("..", "'.' or '..'"),
            (too_long.as_str(), "249"),
            ("a b", "alphanumerics"),
            ("a/b", "alphanumerics"),
            ("größe", "alphanumerics"),
            ("a\0", "alphanumerics"),
        ];
        for (name, rule) in cases {
            let message = check_topic_name(name).unwrap_err().to_string();
            assert!(message.contains(rule), "{message}");
        }
    }
}
