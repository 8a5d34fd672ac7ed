//! The session that the statements of one run share.

use std::sync::Arc;

use datafusion::prelude::{SessionConfig, SessionContext};
use tokafka_datafusion::register_with;

use super::defaults::{Defaults, WithDefaults};
use crate::connect::{OptionSet, secret_value};

/// The word behind STORED AS.
const KAFKA: &str = "KAFKA";

/// A session that reads files by their names and knows Kafka tables.
pub(super) fn session(options: &OptionSet) -> SessionContext {
    let config = SessionConfig::new().with_information_schema(true);
    let context = SessionContext::new_with_config(config).enable_url_table();
    register_with(&context, |source: &str, name: &str| {
        secret_value(source, name).map_err(Into::into)
    });
    let state = context.state_ref();
    let mut state = state.write();
    let factories = state.table_factories_mut();
    if let Some(tables) = factories.remove(KAFKA) {
        let defaults = Defaults::new(options);
        factories.insert(
            KAFKA.to_owned(),
            Arc::new(WithDefaults { tables, defaults }),
        );
    }
    drop(state);
    context
}
