//! What a session is given, in one call.

use std::sync::Arc;

use datafusion::prelude::SessionContext;

use crate::{
    KafkaFormatFactory, KafkaTableFactory, functions,
    secrets::{SecretResolver, Secrets},
};

/// The word behind STORED AS.
const KAFKA: &str = "KAFKA";

/// Adds to a session
///
/// - the functions `to_json` and `from_json`, and an analyzer rule that writes out `*` within the
///   arguments of `to_json` (see [`functions`]),
/// - `CREATE EXTERNAL TABLE … STORED AS KAFKA`, by a [`KafkaTableFactory`],
/// - `COPY … STORED AS KAFKA`, by a [`KafkaFormatFactory`].
///
/// Nothing else is changed. Options that are references, such as `${env:NAME}`, are refused: they
/// need [`register_with`].
pub fn register(context: &SessionContext) {
    add(context, &Secrets::default());
}

/// As [`register`], and resolves the references among the options of SQL statements.
pub fn register_with(context: &SessionContext, resolver: impl SecretResolver + 'static) {
    add(context, &Secrets::new(resolver));
}

fn add(context: &SessionContext, secrets: &Secrets) {
    functions::register(context);
    let state = context.state_ref();
    let mut state = state.write();
    let tables = Arc::new(KafkaTableFactory::new(secrets.clone()));
    state.table_factories_mut().insert(KAFKA.to_owned(), tables);
    let format = Arc::new(KafkaFormatFactory::new(secrets.clone()));
    let added = state.register_file_format(format, true);
    debug_assert!(added.is_ok(), "one that is there is replaced");
}
