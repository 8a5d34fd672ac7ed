//! Finding the rule of a name.

use super::{rule::Rule, rules::RULES};

/// The rule of a property. Names are case-sensitive, as Kafka's are.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// The known name that `name` was probably meant to be.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    const NEAR: f64 = 0.87;
    let name = name.to_lowercase();
    let likeness = |rule: &Rule| strsim::jaro_winkler(&name, rule.name);
    RULES
        .iter()
        .map(|rule| (likeness(rule), rule.name))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
