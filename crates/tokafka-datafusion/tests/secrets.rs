//! Secrets among the options of a write appear nowhere: neither in plans nor in `Debug`, logs,
//! errors or receipts. A program of its own, since all that is logged in it is looked at.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    fmt::Debug,
    io,
    sync::{Arc, Mutex},
};

use datafusion::{
    error::{DataFusionError, Result},
    physical_plan::displayable,
    prelude::{DataFrame, SessionConfig, SessionContext},
};
use tokafka_client::settings::RULES;
use tokafka_datafusion::{KafkaDataFrame, KafkaTable, KafkaWriteError, WriteOptions, WriteReport};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};
use tracing_subscriber::fmt::MakeWriter;

const SECRET: &str = "open-sesame";

/// All that anybody is shown.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<String>>);

impl Shown {
    fn add(&self, text: impl ToString) {
        self.0.lock().unwrap().push_str(&text.to_string());
    }

    fn debug(&self, value: impl Debug) {
        self.add(format!("{value:?}\n{value:#?}\n"));
    }

    fn error(&self, error: &DataFusionError) {
        self.add(error);
        self.debug(error);
    }

    fn written(&self, written: &std::result::Result<WriteReport, KafkaWriteError>) {
        self.debug(written);
        let report = match written {
            Ok(report) => Some(report),
            Err(error) => {
                self.add(error);
                error.report.as_deref()
            }
        };
        self.add(serde_json::to_string(&report).unwrap());
    }

    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl io::Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Shown {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Takes down what is logged, by `tracing` and by `log`.
fn listen() -> Shown {
    let shown = Shown::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(shown.clone())
        .init();
    shown
}

fn session() -> SessionContext {
    let config = SessionConfig::new().with_information_schema(true);
    let session = SessionContext::new_with_config(config);
    tokafka_datafusion::register(&session);
    session
}

async fn frame() -> DataFrame {
    session().sql("SELECT 'v' AS value").await.unwrap()
}

/// Whether an option is taken or refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_appears_nowhere() {
    let shown = listen();
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    by_builder(&shown, &broker, ("kafka.client.id", "somebody")).await;
    by_table(&shown, &broker, Door::Ours, ("kafka.client.id", "somebody")).await;
    let taken = shown.take();
    for logged in ["TRACE", "KafkaWriteExec", "\"rows\":1", "somebody"] {
        assert!(taken.contains(logged), "{logged} in\n{taken}");
    }

    let secrets = RULES.iter().filter(|rule| rule.secret);
    let names: Vec<_> = secrets.map(|rule| format!("kafka.{}", rule.name)).collect();
    assert!(names.contains(&"kafka.sasl.jaas.config".to_owned()));
    // A misspelt name may be one of a secret.
    let misspelt = ["kafka.sasl.jaas.confg", "kafka.ssl.key.pasword", "pasword"];
    for name in names.iter().map(String::as_str).chain(misspelt) {
        by_builder(&shown, &broker, (name, SECRET)).await;
        for door in [Door::Ours, Door::DataFusion] {
            by_table(&shown, &broker, door, (name, SECRET)).await;
        }
        let text = shown.take();
        let bare = name.trim_start_matches("kafka.");
        assert!(text.contains(bare), "{bare} in\n{text}");
        let at = text.find(SECRET);
        let around = at.map(|at| &text[at.saturating_sub(300)..at + SECRET.len()]);
        assert_eq!(around, None, "{name}");
    }
}

async fn by_builder(shown: &Shown, broker: &DevBroker, (name, value): (&str, &str)) {
    let options = WriteOptions::new()
        .topic("t")
        .producer("bootstrap.servers", broker.bootstrap())
        .option(name, value);
    shown.debug(&options);
    shown.debug(KafkaTable::try_new(
        Arc::clone(frame().await.schema().inner()),
        options.clone(),
    ));
    shown.written(&frame().await.write_kafka(options.clone()).await);
    let writer = frame().await.write().options(options.iter());
    shown.debug(&writer);
    match writer.clone().explain().await {
        Ok(plan) => shown.add(plan),
        Err(error) => shown.written(&Err(error)),
    }
    shown.written(&writer.save().await);
}

/// Whose function plans a statement.
#[derive(Clone, Copy)]
enum Door {
    Ours,
    DataFusion,
}

async fn by_table(shown: &Shown, broker: &DevBroker, door: Door, (name, value): (&str, &str)) {
    let session = session();
    let location = format!("LOCATION 'kafka://{}/t'", broker.bootstrap());
    let create =
        format!("CREATE EXTERNAL TABLE k STORED AS KAFKA {location} OPTIONS ('{name}' '{value}')");
    let insert = "INSERT INTO k (value) SELECT 'v'";
    for text in [
        &format!("EXPLAIN {create}"),
        &format!("{create} nonsense"),
        &create,
        "EXPLAIN VERBOSE INSERT INTO k (value) SELECT 'v'",
        insert,
        "SHOW CREATE TABLE k",
        "SELECT * FROM information_schema.tables",
        "DESCRIBE k",
        "SELECT * FROM k",
    ] {
        if let Err(error) = run(shown, &session, door, text).await {
            shown.error(&error);
        }
    }
    if let Ok(table) = session.table_provider("k").await {
        shown.debug(table);
    }
}

async fn run(shown: &Shown, session: &SessionContext, door: Door, text: &str) -> Result<()> {
    let frame = match door {
        Door::Ours => tokafka_datafusion::sql(session, text).await?,
        Door::DataFusion => session.sql(text).await?,
    };
    shown.add(frame.logical_plan().display_indent_schema());
    // DataFusion's own form of a CREATE that is only explained holds what was typed.
    if !text.starts_with("EXPLAIN CREATE") {
        shown.debug(frame.logical_plan());
    }
    let plan = frame.clone().create_physical_plan().await?;
    shown.add(displayable(plan.as_ref()).indent(true));
    shown.debug(&plan);
    shown.add(frame.to_string().await?);
    Ok(())
}
