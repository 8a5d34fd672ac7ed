//! The session that the statements of one run share.

use datafusion::prelude::{SessionConfig, SessionContext};
use tokafka_datafusion::{SqlOptions, WriteOptions, register_with};

use crate::connect::{OptionSet, secret_value};

/// A session that reads files by their names, knows Kafka tables, and takes what these do not say from
/// the command line.
pub(crate) fn session(options: &OptionSet) -> SessionContext {
    let config = SessionConfig::new().with_information_schema(true);
    let context = SessionContext::new_with_config(config).enable_url_table();
    let secrets = |source: &str, name: &str| secret_value(source, name).map_err(Into::into);
    let shared = SqlOptions::new()
        .secrets(secrets)
        .defaults(defaults(options));
    register_with(&context, shared);
    context
}

fn defaults(options: &OptionSet) -> WriteOptions {
    let (properties, others) = options.split();
    let properties = properties.iter();
    let all = properties.fold(WriteOptions::new(), |all, (name, value)| {
        all.producer(name, value)
    });
    all.options(others)
}
