//! Kafka's property names and the typed settings they become.
//!
//! [`Properties`] hold what a user wrote. [`RULES`] say of every known property what it means, what
//! it is when unset, and whether it does anything here. The `from_properties` of each settings type
//! checks all properties against the rules, so an unknown name, a value out of range or a property
//! that cannot work is found before any connection is opened.
//!
//! Defaults yield, contradictions fail: a default gives way to what was set, and two values that
//! were both set and exclude each other are an error in the words of Kafka's client.

mod client;
mod endpoint;
mod fetch;
mod kind;
mod lookup;
mod producer;
mod properties;
mod properties_text;
mod rule;
mod rules;
#[cfg(test)]
mod tests;
mod values;

pub use client::ClientSettings;
pub use endpoint::Endpoint;
pub use fetch::{FetchSettings, IsolationLevel};
pub use kind::Kind;
pub use lookup::rule;
pub use producer::{Acks, ProducerSettings};
pub use properties::Properties;
pub use rule::{Effect, Rule};
pub use rules::RULES;
