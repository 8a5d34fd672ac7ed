//! What a session is given, in one call.

use std::sync::Arc;

use datafusion::prelude::SessionContext;

use crate::{KafkaFormatFactory, KafkaTableFactory, SqlOptions, functions, table::STORED_AS};

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
    register_with(context, SqlOptions::new());
}

/// As [`register`], with what resolves references, and with default options of Kafka's statements.
pub fn register_with(context: &SessionContext, shared: SqlOptions) {
    functions::register(context);
    let state = context.state_ref();
    let mut state = state.write();
    let tables = Arc::new(KafkaTableFactory::new(shared.clone()));
    state
        .table_factories_mut()
        .insert(STORED_AS.to_owned(), tables);
    let format = Arc::new(KafkaFormatFactory::new(shared));
    let added = state.register_file_format(format, true);
    debug_assert!(added.is_ok(), "one that is there is replaced");
}
