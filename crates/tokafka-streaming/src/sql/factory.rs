//! `CREATE EXTERNAL TABLE … STORED AS KAFKA` of a stream: its sink as ever, other tables as streams.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::Schema,
    catalog::{Session, TableProvider, TableProviderFactory},
    common::{ResolvedTableReference, TableReference, plan_datafusion_err, plan_err},
    datasource::{ViewTable, provider_as_source},
    error::Result,
    logical_expr::{CreateExternalTable, LogicalPlanBuilder},
    prelude::{SessionContext, cast, ident},
};
use tokafka_datafusion::{SqlOptions, stream_schema};

use crate::{StreamReadOptions, table::StreamTable};

/// The word behind STORED AS.
const KAFKA: &str = "KAFKA";
/// Of a sink: where its stream keeps its place.
const CHECKPOINT: &str = "checkpointLocation";
const TOPIC: &str = "topic";
const SUBSCRIBE: &str = "subscribe";
/// The options that say what is read, of which a stream has one.
const STRATEGIES: [&str; 3] = [SUBSCRIBE, "subscribePattern", "assign"];
const HEADERS: &str = "includeHeaders";
/// What a stream is called within the plan of its table.
const STREAM: &str = "stream";
/// What DataFusion puts before the name of an option that has no dot.
const NAMESPACE: &str = "format.";

/// Makes the Kafka tables of one stream.
#[derive(Debug)]
pub(super) struct StreamTables {
    sink: ResolvedTableReference,
    sinks: Arc<dyn TableProviderFactory>,
    sources: SqlOptions,
    checkpoint: Mutex<Option<String>>,
}

/// A session that makes tables so, and shares all else with the one that is given.
pub(super) fn session(
    context: &SessionContext,
    sink: &TableReference,
    sources: SqlOptions,
) -> Result<(SessionContext, Arc<StreamTables>)> {
    let mut state = context.state();
    let sinks = state.table_factories().get(KAFKA).cloned();
    let sinks = sinks.ok_or_else(|| {
        plan_datafusion_err!("the session knows no Kafka tables: call tokafka::register first")
    })?;
    let tables = Arc::new(StreamTables {
        sink: resolved(&state, sink),
        sinks,
        sources,
        checkpoint: Mutex::default(),
    });
    let factory = Arc::clone(&tables) as Arc<dyn TableProviderFactory>;
    state
        .table_factories_mut()
        .insert(KAFKA.to_owned(), factory);
    Ok((SessionContext::new_with_state(state), tables))
}

fn resolved(session: &dyn Session, table: &TableReference) -> ResolvedTableReference {
    let catalog = &session.config_options().catalog;
    let table = table.clone();
    table.resolve(&catalog.default_catalog, &catalog.default_schema)
}

impl StreamTables {
    /// Where the options of the sink say that the stream keeps its place.
    pub(super) fn checkpoint(&self) -> Option<String> {
        let checkpoint = self.checkpoint.lock();
        checkpoint.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The statement without the option of the stream, which is no option of a write.
    fn take_checkpoint(&self, mut table: CreateExternalTable) -> CreateExternalTable {
        let is_checkpoint = |name: &str| {
            let name = name.strip_prefix(NAMESPACE).unwrap_or(name);
            name.eq_ignore_ascii_case(CHECKPOINT)
        };
        let name = table
            .options
            .keys()
            .find(|name| is_checkpoint(name))
            .cloned();
        if let Some(location) = name.and_then(|name| table.options.remove(&name)) {
            let checkpoint = self.checkpoint.lock();
            *checkpoint.unwrap_or_else(PoisonError::into_inner) = Some(location);
        }
        table
    }
}

#[async_trait]
impl TableProviderFactory for StreamTables {
    async fn create(
        &self,
        session: &dyn Session,
        table: &CreateExternalTable,
    ) -> Result<Arc<dyn TableProvider>> {
        if resolved(session, &table.name) == self.sink {
            let table = self.take_checkpoint(table.clone());
            return self.sinks.create(session, &table).await;
        }
        let options = source_options(&self.sources, table)?;
        let options = StreamReadOptions::try_new(&options);
        let options = options.map_err(|error| plan_datafusion_err!("{error}"))?;
        let schema = stream_schema(options.headers());
        let stream = Arc::new(StreamTable::new(options, schema));
        declared(stream, table.schema.as_arrow())
    }
}

/// The options of a stream as [`read_stream`](crate::read_stream) takes them.
fn source_options(
    shared: &SqlOptions,
    table: &CreateExternalTable,
) -> Result<Vec<(String, String)>> {
    let all = shared.of_table(table)?;
    let mut options = vec![];
    let mut strategy = None;
    for (name, value) in all.iter() {
        let name = match name.eq_ignore_ascii_case(TOPIC) {
            true => SUBSCRIBE,
            false => name,
        };
        let known = STRATEGIES
            .iter()
            .find(|known| name.eq_ignore_ascii_case(known));
        if let Some(known) = known
            && let Some(other) = strategy.replace(known)
        {
            return plan_err!(
                "what is read is given twice, by {other} and by {known} (the topic of LOCATION is one to \
                 subscribe to): leave one of them out. LOCATION 'kafka://host:9092/' names no topic"
            );
        }
        options.push((name.to_owned(), value.to_owned()));
    }
    if !options
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case(HEADERS))
    {
        options.push((HEADERS.to_owned(), "true".to_owned()));
    }
    Ok(options)
}

/// The stream as a table of the columns that the statement declares, by name; of all if it declares none.
fn declared(stream: Arc<StreamTable>, columns: &Schema) -> Result<Arc<dyn TableProvider>> {
    if columns.fields().is_empty() {
        return Ok(stream);
    }
    let fields = columns.fields().iter();
    let columns = fields.map(|field| {
        let column = ident(field.name());
        cast(column, field.data_type().clone()).alias(field.name())
    });
    let columns: Vec<_> = columns.collect();
    let source = provider_as_source(stream);
    let plan = LogicalPlanBuilder::scan(STREAM, source, None)?;
    let plan = plan.project(columns)?.build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}
