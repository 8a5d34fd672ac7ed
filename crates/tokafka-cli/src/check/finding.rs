//! What a rule finds, and what it looks at.

use tokafka_client::settings::{ProducerSettings, Properties};

/// What rules look at besides topics.
pub(super) struct Facts<'a> {
    pub(super) settings: &'a ProducerSettings,
    /// What was set.
    pub(super) properties: &'a Properties,
    /// Secrets whose values were typed on the command line.
    pub(super) typed_secrets: &'a [&'static str],
    /// There will be records without a key.
    pub(super) null_key: bool,
    /// The time of records is taken from a column.
    pub(super) timed: bool,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Rows may get lost, doubled, or refused, or a write costs far more than it should.
    Risk,
    /// Good to know.
    Note,
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Note => "note",
        }
    }
}

/// Something that is to be known of options or a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// `options`, or the name of the topic.
    pub(super) about: String,
    pub(super) finding: String,
    pub(super) reason: String,
    pub(super) remedy: String,
}

/// The finding, its reason, and what to do.
pub(super) type Said = (Level, String, String, String);

pub(super) fn risk(
    finding: impl Into<String>,
    reason: impl Into<String>,
    remedy: impl Into<String>,
) -> Option<Said> {
    Some((Level::Risk, finding.into(), reason.into(), remedy.into()))
}

pub(super) fn note(
    finding: impl Into<String>,
    reason: impl Into<String>,
    remedy: impl Into<String>,
) -> Option<Said> {
    Some((Level::Note, finding.into(), reason.into(), remedy.into()))
}

impl Finding {
    pub(super) fn new(about: &str, (level, finding, reason, remedy): Said) -> Self {
        Self {
            level,
            about: about.to_owned(),
            finding,
            reason,
            remedy,
        }
    }
}
