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

use std::collections::{BTreeMap, BTreeSet};

use broker::Broker;
use cases::{Case, Outcome};
use page::{Deviation, stands_in};

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
    let deviations = deviations();
    let twins = cases::spellings();
    let cases = cases::all();
    assert_eq!(cases.len(), CASES);
    let mut wrong = Vec::new();
    for case in &cases {
        let deviation = deviations.get(&case.name);
        wrong.extend(check(&broker, case, twins.get(&case.name), deviation).await);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let known: BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    let named = deviations.keys().chain(twins.keys());
    let unknown: Vec<_> = named.filter(|name| !known.contains(name)).collect();
    assert!(unknown.is_empty(), "no such case: {unknown:?}");
}

async fn check(
    broker: &Broker,
    case: &Case,
    twin: Option<&String>,
    deviation: Option<&Deviation>,
) -> Option<String> {
    let spark = case.in_spark();
    let mut here = run::run(broker, case).await;
    if let Some(twin) = twin {
        if here.is_as(&spark) {
            return Some(format!("{}: Spark's SQL does as well", case.name));
        }
        here = run::run(broker, &case.with_sql(twin)).await;
    }
    if let Outcome::Failed(text) = &here {
        let mut promised = GUIDE.iter().filter(|(name, _)| *name == case.name);
        if !promised.all(|(_, promise)| text.contains(promise)) {
            return Some(format!(
                "{}: the guide promises other words: {text}",
                case.name
            ));
        }
    }
    let right = match deviation {
        Some(deviation) => !here.is_as(&spark) && deviation.is(&here),
        None => here.is_as(&spark),
    };
    (!right).then(|| {
        format!(
            "{}: {here:?}\n  in Spark {spark:?}\n  on the page {deviation:?}",
            case.name
        )
    })
}

fn deviations() -> BTreeMap<String, Deviation> {
    let mut by_case = BTreeMap::new();
    for row in page::deviations() {
        for case in &row.cases {
            let before = by_case.insert(case.clone(), row.clone());
            assert!(before.is_none(), "{case} stands on the page twice");
        }
    }
    by_case
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
