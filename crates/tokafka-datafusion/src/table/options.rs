//! The options of CREATE EXTERNAL TABLE and of COPY.

use std::collections::HashMap;

use datafusion::{common::plan_err, error::Result};
use tokafka_arrow::WriteOptions;
use tokafka_client::settings::rule;

use crate::secrets::Secrets;

/// What DataFusion puts before the name of an option that has no dot.
const NAMESPACE: &str = "format.";
/// Before the names of Kafka's settings.
const KAFKA: &str = "kafka.";

/// Whose options they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statement {
    Create,
    /// DataFusion shows the options of COPY in its plans.
    Copy,
}

impl Statement {
    /// What stands before the place.
    pub(super) fn clause(self) -> &'static str {
        match self {
            Self::Create => "LOCATION",
            Self::Copy => "TO",
        }
    }
}

/// The options that DataFusion has parsed, with the values that references stand for.
///
/// # Errors
/// An option that is given twice, a secret of COPY that is not a reference, and a reference that
/// `secrets` do not resolve. No value is shown.
pub(super) fn options(
    given: &HashMap<String, String>,
    of: Statement,
    secrets: &Secrets,
) -> Result<WriteOptions> {
    let mut given: Vec<_> = given
        .iter()
        .map(|(name, value)| (bare(name), value.as_str()))
        .collect();
    // Of several wrong options the first by name is told, and not any of them.
    given.sort_unstable();
    refuse_repeated(given.iter().map(|(name, _)| *name))?;
    let mut options = WriteOptions::new();
    for (name, value) in given {
        let value = match Secrets::reference(value) {
            Some(reference) => secrets.resolve(name, reference)?,
            None if of == Statement::Copy && is_secret(name) => {
                return plan_err!(
                    "option '{name}' is a secret, and DataFusion shows the options of COPY in its \
                     plans: give a reference, '${{env:NAME}}' or '${{file:PATH}}', or use CREATE \
                     EXTERNAL TABLE and INSERT"
                );
            }
            None => value.to_owned(),
        };
        options = options.option(name, value);
    }
    Ok(options)
}

/// Refuses an option that is given twice, in whatever spelling: of two DataFusion would take the
/// last.
pub(crate) fn refuse_repeated<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashMap::new();
    for name in names {
        if let Some(other) = seen.insert(normalized(name), name) {
            return plan_err!(
                "an option is given twice, as '{other}' and as '{name}': leave one of them out"
            );
        }
    }
    Ok(())
}

fn is_secret(name: &str) -> bool {
    rule(&normalized(name)).is_some_and(|rule| rule.secret)
}

/// One name for every spelling of an option.
pub(super) fn normalized(name: &str) -> String {
    let lower = bare(name).to_ascii_lowercase();
    lower.strip_prefix(KAFKA).unwrap_or(&lower).to_owned()
}

/// A name as it was typed.
fn bare(name: &str) -> &str {
    let start = name.get(..NAMESPACE.len());
    match start.is_some_and(|start| start.eq_ignore_ascii_case(NAMESPACE)) {
        true => name.get(NAMESPACE.len()..).unwrap_or_default(),
        false => name,
    }
}
