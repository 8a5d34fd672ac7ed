use super::kind::Kind;
use std::fmt::{self, Display};

/// One property: a row of the rule table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Kafka's name, or ours when it begins with `tokafka.`.
    pub name: &'static str,
    /// What the property means, in one sentence.
    pub meaning: &'static str,
    /// The value when the property is unset, as a user would write it; empty if there is none.
    pub default: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// What setting it does.
    pub effect: Effect,
    /// True if the value must never be shown.
    pub secret: bool,
}

/// What setting a property does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It has the effect that its meaning says.
    Applies,
    /// It is accepted and changes nothing.
    None,
    /// It is an error. The text follows "is not supported as" and says what to do instead.
    Refused(&'static str),
}

/// The text for a list of options: `applies`, `accepted, changes nothing`, or `refused as …`.
impl Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applies => f.write_str("applies"),
            Self::None => f.write_str("accepted, changes nothing"),
            Self::Refused(instead) => write!(f, "refused as {instead}"),
        }
    }
}
