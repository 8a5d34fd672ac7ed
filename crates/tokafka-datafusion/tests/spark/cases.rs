//! What real Spark was asked to write, and what came of it.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;

/// One write, as recorded. `T` and `T2` stand for two topics, in its SQL, options and texts.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    #[serde(rename = "case")]
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) mode: String,
    pub(crate) topic_partitions: i32,
    records: Option<Records>,
    error: Option<Error>,
}

/// What lies in the topics, by partition and offset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Records {
    #[serde(rename = "T")]
    pub(crate) one: Vec<Record>,
    #[serde(rename = "T2")]
    pub(crate) other: Vec<Record>,
}

/// A record; its bytes are base64.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    pub(crate) key: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) headers: Vec<(String, Option<String>)>,
}

#[derive(Debug, Clone, Deserialize)]
struct Error {
    message: String,
}

/// What came of a write: records, or the text of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Written(Records),
    Failed(String),
}

impl Case {
    /// What came of it in Spark.
    pub(crate) fn in_spark(&self) -> Outcome {
        match (&self.records, &self.error) {
            (Some(records), None) => Outcome::Written(records.clone()),
            (None, Some(error)) => Outcome::Failed(error.message.clone()),
            _ => panic!("{}: records or an error", self.name),
        }
    }

    /// The same write in other words.
    pub(crate) fn with_sql(&self, sql: &str) -> Self {
        let sql = sql.to_owned();
        Self {
            sql,
            ..self.clone()
        }
    }
}

impl Outcome {
    /// The same records, or an error that says what `spark` says. A text of one word, or of none, says
    /// nothing.
    pub(crate) fn is_as(&self, spark: &Self) -> bool {
        match (self, spark) {
            (Self::Written(here), Self::Written(there)) => here == there,
            (Self::Failed(here), Self::Failed(there)) => {
                there.contains(' ') && here.contains(there)
            }
            _ => false,
        }
    }
}

pub(crate) fn all() -> Vec<Case> {
    lines("spark-4.2.jsonl")
}

/// The SQL that gives Spark's outcome here, by case, where Spark's own does not.
pub(crate) fn spellings() -> BTreeMap<String, String> {
    let spellings: Vec<Spelling> = lines("spellings.jsonl");
    let spellings = spellings.into_iter();
    spellings.map(|twin| (twin.case, twin.sql)).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spelling {
    case: String,
    sql: String,
}

fn lines<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "testdata", "writes", name]
        .iter()
        .collect();
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}
