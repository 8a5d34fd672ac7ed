//! One case, through `sql` and the writer of data frames.

use datafusion::prelude::{SessionConfig, SessionContext};
use tokafka_datafusion::{KafkaDataFrame, SaveMode, register, sql};

use crate::{
    broker::Broker,
    cases::{Case, Outcome, Records},
};

/// Real names of `T` and `T2`.
struct Topics {
    one: String,
    other: String,
}

impl Topics {
    /// Names that no other test uses.
    fn new(case: &str) -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = |topic| format!("spark-{}-{number}-{case}-{topic}", std::process::id());
        Self {
            one: name("one"),
            other: name("other"),
        }
    }

    fn in_sql(&self, text: &str) -> String {
        text.replace("'T'", &format!("'{}'", self.one))
            .replace("'T2'", &format!("'{}'", self.other))
    }

    fn in_option(&self, value: &str) -> String {
        match value {
            "T" => self.one.clone(),
            value => value.to_owned(),
        }
    }

    fn out_of_text(&self, text: &str) -> String {
        text.replace(&self.one, "T").replace(&self.other, "T2")
    }
}

pub(crate) async fn run(broker: &Broker, case: &Case) -> Outcome {
    let topics = Topics::new(&case.name);
    for topic in [&topics.one, &topics.other] {
        broker.create_topic(topic, case.topic_partitions).await;
    }
    let written = write(broker, case, &topics).await;
    let records = Records {
        one: broker.records(&topics.one).await,
        other: broker.records(&topics.other).await,
    };
    match written {
        Ok(()) => Outcome::Written(records),
        Err(text) => {
            let nothing = records.one.is_empty() && records.other.is_empty();
            assert!(nothing, "{} failed and wrote {records:?}", case.name);
            Outcome::Failed(topics.out_of_text(&text))
        }
    }
}

async fn write(broker: &Broker, case: &Case, topics: &Topics) -> Result<(), String> {
    let session = SessionConfig::new().with_target_partitions(1);
    let session = SessionContext::new_with_config(session);
    register(&session);
    let frame = sql(&session, &topics.in_sql(&case.sql)).await;
    let mut writer = frame.map_err(|error| error.to_string())?.write();
    if !case.options.contains_key("-bootstrap") {
        writer = writer.option("kafka.bootstrap.servers", &broker.bootstrap);
    }
    let options = case
        .options
        .iter()
        .filter(|(name, _)| *name != "-bootstrap");
    let writer = writer
        .format("kafka")
        .mode(mode(&case.mode))
        .options(options.map(|(name, value)| (name, topics.in_option(value))));
    writer
        .save()
        .await
        .map(drop)
        .map_err(|error| error.to_string())
}

fn mode(name: &str) -> SaveMode {
    match name {
        "append" => SaveMode::Append,
        "errorifexists" => SaveMode::ErrorIfExists,
        "overwrite" => SaveMode::Overwrite,
        "ignore" => SaveMode::Ignore,
        other => panic!("mode {other}"),
    }
}
