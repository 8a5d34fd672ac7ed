//! What a Kafka table takes from the command line, where its statement does not say it.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider, TableProviderFactory},
    error::Result,
    logical_expr::CreateExternalTable,
};

use crate::connect::{BOOTSTRAP, OptionSet};

const SPARK_PREFIX: &str = "kafka.";
/// What DataFusion puts before the name of an option that has no dot.
const NAMESPACE: &str = "format.";

/// Makes Kafka tables of their statements and of the options of the command line.
#[derive(Debug)]
pub(super) struct WithDefaults {
    pub(super) tables: Arc<dyn TableProviderFactory>,
    pub(super) defaults: Defaults,
}

/// The options of the command line, as options of a table.
///
/// They may hold secrets: not printable.
pub(super) struct Defaults(Vec<(String, String)>);

impl Defaults {
    pub(super) fn new(options: &OptionSet) -> Self {
        let (properties, others) = options.split();
        let properties = properties.iter();
        let properties =
            properties.map(|(name, value)| (format!("{SPARK_PREFIX}{name}"), value.to_owned()));
        Self(properties.chain(others).collect())
    }

    /// Adds those that neither the options nor the location say.
    fn add_to(&self, options: &mut HashMap<String, String>, location: &str) {
        let is_given = |name: &str| {
            options.keys().any(|given| bare(given) == bare(name))
                || (bare(name) == BOOTSTRAP && names_a_host(location))
        };
        let missing = self.0.iter().filter(|(name, _)| !is_given(name));
        let missing: Vec<_> = missing.cloned().collect();
        options.extend(missing);
    }
}

impl std::fmt::Debug for Defaults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

/// A name as it is compared: there are several spellings of each.
fn bare(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix(NAMESPACE).unwrap_or(&name);
    name.strip_prefix(SPARK_PREFIX).unwrap_or(name).to_owned()
}

/// True for `kafka://host:9092/topic` and `host:9092/topic`.
fn names_a_host(location: &str) -> bool {
    let path = location
        .split_once("://")
        .map_or(location, |(_, path)| path);
    !path.is_empty() && !path.starts_with('/')
}

#[async_trait]
impl TableProviderFactory for WithDefaults {
    async fn create(
        &self,
        session: &dyn Session,
        table: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>> {
        let mut table = table.clone();
        let location = table.locations.first().cloned().unwrap_or_default();
        self.defaults.add_to(&mut table.options, &location);
        self.tables.create(session, &table).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_table_says_in_any_spelling_wins_over_the_command_line() {
        let pairs = [
            ("kafka.bootstrap.servers", "b:9092"),
            ("kafka.acks", "1"),
            ("includeTimestamp", "true"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let defaults = Defaults(pairs.map(owned).into());
        let added = |given: &[(&str, &str)], location: &str| {
            let mut options = given.iter().copied().map(owned).collect();
            defaults.add_to(&mut options, location);
            let mut all: Vec<_> = options.into_keys().collect();
            all.sort_unstable();
            all
        };
        let all = ["includeTimestamp", "kafka.acks", "kafka.bootstrap.servers"];
        assert_eq!(added(&[], "kafka:///t"), all);
        assert_eq!(added(&[], "kafka://a:9092/t"), all[..2]);
        assert_eq!(added(&[], "a:9092/t"), all[..2]);
        let given = [("format.INCLUDETIMESTAMP", "false"), ("Acks", "all")];
        assert_eq!(
            added(&given, "a:9092/t"),
            ["Acks", "format.INCLUDETIMESTAMP"]
        );
    }
}
