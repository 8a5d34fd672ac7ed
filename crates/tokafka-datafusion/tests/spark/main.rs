//! What real Spark wrote, written again: on the embedded broker with `cargo test`, and on Apache
//! Kafka when `TOKAFKA_TEST_KAFKA` names one.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod broker;
mod cases;
mod page;
mod run;
mod surprises;

use std::collections::{BTreeMap, BTreeSet};

use broker::Broker;
use cases::{Case, Outcome};
use page::{Deviation, Text, stands_in};

/// How many Spark was asked for.
const CASES: usize = 55;

/// What the guide of Spark's connector promises, where Spark itself says it otherwise.
const GUIDE: [(&str, &str); 6] = [
    (
        "topic-missing",
        "Topic option or topic column must be specified for Kafka writes",
    ),
    ("value-missing", "Required attribute 'value' not found"),
    (
        "opt-key-serializer",
        "Kafka option 'key.serializer' is not supported as keys are serialized with ByteArraySerializer",
    ),
    (
        "mode-overwrite",
        "Save mode Overwrite not allowed for Kafka",
    ),
    ("mode-ignore", "Save mode Ignore not allowed for Kafka"),
    ("no-bootstrap", "Kafka option bootstrap.servers is not set"),
];

/// Every case comes out as in Spark, or in exactly the way that `docs/coming-from-spark.md` says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_comes_out_as_in_spark_or_as_the_page_says() {
    let broker = Broker::start().await;
    let page = Page::read();
    let twins = cases::spellings();
    let cases = cases::all();
    assert_eq!(cases.len(), CASES);
    let mut wrong = Vec::new();
    for case in &cases {
        let outcome = outcome(&broker, case, twins.get(&case.name)).await;
        if let Err(why) = outcome.and_then(|here| page.check(case, &here)) {
            wrong.push(format!("{}: {why}", case.name));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let known: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    let named = page.deviations.keys().chain(page.texts.keys());
    let unknown: Vec<_> = named.filter(|name| !known.contains(name)).collect();
    assert!(unknown.is_empty(), "no such case: {unknown:?}");
}

/// What comes of a case, in our words if it needs them.
async fn outcome(broker: &Broker, case: &Case, twin: Option<&String>) -> Result<Outcome, String> {
    let here = run::run(broker, case).await;
    match twin {
        None => Ok(here),
        Some(_) if here.is_as(&case.in_spark()) => Err("Spark's words do as well".to_owned()),
        Some(twin) => Ok(run::run(broker, &case.with_sql(twin)).await),
    }
}

/// What the page says of cases, by their names.
struct Page {
    deviations: BTreeMap<String, Deviation>,
    texts: BTreeMap<String, Text>,
}

impl Page {
    fn read() -> Self {
        Self {
            deviations: by_case(page::deviations(), |row| &row.cases),
            texts: by_case(page::texts(), |row| &row.cases),
        }
    }

    fn check(&self, case: &Case, here: &Outcome) -> Result<(), String> {
        let spark = case.in_spark();
        let (deviation, text) = (self.deviations.get(&case.name), self.texts.get(&case.name));
        let is_right = match (deviation, text, &spark, here) {
            (Some(deviation), None, _, _) => !here.is_as(&spark) && deviation.is(here),
            (None, None, Outcome::Written(_), _) => here.is_as(&spark),
            (None, Some(text), Outcome::Failed(there), Outcome::Failed(ours)) => {
                here.is_as(&spark) && text.is(there, ours) && keeps_the_guide(case, ours)
            }
            _ => false,
        };
        let why = || format!("{here:?}\n  Spark: {spark:?}\n  page: {deviation:?} {text:?}");
        is_right.then_some(()).ok_or_else(why)
    }
}

fn by_case<T: Clone>(rows: Vec<T>, cases: fn(&T) -> &Vec<String>) -> BTreeMap<String, T> {
    let mut found = BTreeMap::new();
    for row in rows {
        for case in cases(&row) {
            let before = found.insert(case.clone(), row.clone());
            assert!(before.is_none(), "{case} stands in the table twice");
        }
    }
    found
}

fn keeps_the_guide(case: &Case, text: &str) -> bool {
    let mut promised = GUIDE.iter().filter(|(name, _)| *name == case.name);
    promised.all(|(_, promise)| text.contains(promise))
}

impl Text {
    fn is(&self, there: &str, ours: &str) -> bool {
        let stand = |parts: &[String], text: &str| parts.iter().all(|part| stands_in(part, text));
        stand(&self.sparks, there)
            && stand(&self.ours, ours)
            && self.ours.is_empty() == (there == ours)
    }
}

impl Deviation {
    fn is(&self, here: &Outcome) -> bool {
        match (&self.error, here) {
            (None, Outcome::Written(records)) => !records.one.is_empty(),
            (Some(error), Outcome::Failed(text)) => error.iter().all(|part| stands_in(part, text)),
            _ => false,
        }
    }
}

/// The page shows the spellings that the test data have, and no others.
#[test]
fn the_page_has_every_other_spelling() {
    let sparks: BTreeMap<_, _> = cases::all()
        .into_iter()
        .map(|case| (case.name, case.sql))
        .collect();
    let ours = cases::spellings();
    let mut named = BTreeSet::new();
    for row in page::spellings() {
        assert!(!row.ours.is_empty(), "{row:?}");
        for case in row.cases {
            let shows = |parts: &[String], sql: &str| parts.iter().all(|part| stands_in(part, sql));
            assert!(shows(&row.sparks, &sparks[&case]), "{case}");
            assert!(shows(&row.ours, &ours[&case]), "{case}");
            named.insert(case);
        }
    }
    assert_eq!(named, ours.into_keys().collect());
}
