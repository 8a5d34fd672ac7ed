//! What the Kafka statements of a session share.

use std::collections::HashMap;

use datafusion::error::Result;
use tokafka_arrow::WriteOptions;

use super::{
    location::Location,
    options::{Statement, normalized, options},
};
use crate::{SecretResolver, secrets::Secrets};

/// What the statements of a session share that create Kafka tables or copy to Kafka, for
/// [`register_with`](crate::register_with).
#[derive(Debug, Clone, Default)]
pub struct SqlOptions {
    secrets: Secrets,
    defaults: WriteOptions,
}

impl SqlOptions {
    /// Nothing: references are refused, and statements say everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What resolves the references among the options of statements.
    #[must_use]
    pub fn secrets(mut self, resolver: impl SecretResolver + 'static) -> Self {
        self.secrets = Secrets::new(resolver);
        self
    }

    /// Options of every statement that does not give them itself, in whatever spelling. Brokers count as
    /// given where LOCATION or TO has a host. DataFusion shows none of these.
    #[must_use]
    pub fn defaults(mut self, options: WriteOptions) -> Self {
        self.defaults = options;
        self
    }

    /// The options that a statement gives.
    pub(super) fn given(
        &self,
        statement: Statement,
        given: &HashMap<String, String>,
    ) -> Result<WriteOptions> {
        options(given, statement, &self.secrets)
    }

    /// The same with what its place says, and the defaults.
    pub(super) fn complete(
        &self,
        statement: Statement,
        given: WriteOptions,
        place: &str,
    ) -> Result<WriteOptions> {
        let given = Location::parse(statement.clause(), place)?.add_to(given)?;
        let missing = self.defaults.iter().filter(|(name, _)| {
            let name = normalized(name);
            given.iter().all(|(given, _)| normalized(given) != name)
        });
        let missing: Vec<_> = missing
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Ok(given.options(missing))
    }
}
