//! What a session is given, in one call.

use std::sync::Arc;

use datafusion::prelude::SessionContext;

use crate::{functions, table::KafkaTableFactory};

/// The word behind STORED AS.
const KAFKA: &str = "KAFKA";

/// Adds to a session
///
/// - the functions `to_json` and `from_json`, and an analyzer rule that writes out `*` within the
///   arguments of `to_json` (see [`functions`]),
/// - `CREATE EXTERNAL TABLE … STORED AS KAFKA`, by a [`KafkaTableFactory`].
///
/// Nothing else is changed.
pub fn register(context: &SessionContext) {
    functions::register(context);
    let state = context.state_ref();
    let factory = Arc::new(KafkaTableFactory::default());
    state
        .write()
        .table_factories_mut()
        .insert(KAFKA.to_owned(), factory);
}
