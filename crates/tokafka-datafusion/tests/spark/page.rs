//! The tables of `docs/coming-from-spark.md` that say which cases come out otherwise here.

use std::path::PathBuf;

/// Cases that need other SQL here.
#[derive(Debug, Clone)]
pub(crate) struct Spelling {
    pub(crate) cases: Vec<String>,
    /// Stand in Spark's SQL.
    pub(crate) sparks: Vec<String>,
    /// Stand in ours.
    pub(crate) ours: Vec<String>,
}

/// Cases that have another outcome here.
#[derive(Debug, Clone)]
pub(crate) struct Deviation {
    pub(crate) cases: Vec<String>,
    /// What the error says; nothing if the rows are written.
    pub(crate) error: Option<Vec<String>>,
}

/// Cases that fail as in Spark.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) cases: Vec<String>,
    /// Stand in Spark's text.
    pub(crate) sparks: Vec<String>,
    /// Stand in ours; nothing if it is the same.
    pub(crate) ours: Vec<String>,
}

/// An expression of SQL that has another value here.
#[derive(Debug, Clone)]
pub(crate) struct Surprise {
    pub(crate) expression: String,
    pub(crate) in_spark: String,
    pub(crate) here: String,
    /// Has Spark's value.
    pub(crate) instead: Option<String>,
}

pub(crate) fn spellings() -> Vec<Spelling> {
    let rows = rows("| case | in Spark | here | why |").into_iter();
    let rows = rows.map(|[cases, sparks, ours, _]| Spelling {
        cases: quoted(&cases),
        sparks: quoted(&sparks),
        ours: quoted(&ours),
    });
    rows.collect()
}

pub(crate) fn deviations() -> Vec<Deviation> {
    let rows = rows("| case | Spark | here | why |").into_iter();
    let rows = rows.map(|[cases, _, here, _]| {
        let error = quoted(&here);
        assert!(here == "is written" || !error.is_empty(), "{here}");
        Deviation {
            cases: quoted(&cases),
            error: (here != "is written").then_some(error),
        }
    });
    rows.collect()
}

pub(crate) fn texts() -> Vec<Text> {
    let rows = rows("| case | Spark says | here | about |").into_iter();
    let rows = rows.map(|[cases, sparks, ours, _]| Text {
        cases: quoted(&cases),
        sparks: quoted(&sparks),
        ours: quoted(&ours),
    });
    rows.collect()
}

pub(crate) fn surprises() -> Vec<Surprise> {
    let rows = rows("| expression | in Spark | here | instead |").into_iter();
    let rows = rows.map(|cells| {
        let [expression, in_spark, here, instead] = cells.map(unquoted);
        Surprise {
            expression,
            in_spark,
            here,
            instead: (!instead.is_empty()).then_some(instead),
        }
    });
    rows.collect()
}

/// Whether the parts of `pattern`, which `…` separates, stand in `text` in this order.
pub(crate) fn stands_in(pattern: &str, text: &str) -> bool {
    let rest = pattern.split('…').try_fold(text, |rest, part| {
        rest.find(part).map(|at| &rest[at + part.len()..])
    });
    rest.is_some()
}

/// The rows below this head.
fn rows(head: &str) -> Vec<[String; 4]> {
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "../../docs/coming-from-spark.md",
    ]
    .iter()
    .collect();
    let page = std::fs::read_to_string(path).unwrap();
    let below = page.lines().skip_while(|line| *line != head).skip(2);
    let rows = below.take_while(|line| line.starts_with('|'));
    let rows: Vec<_> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "no table {head}");
    rows
}

fn cells(line: &str) -> [String; 4] {
    let line = line.replace(r"\|", &BAR.to_string());
    let cells = line.trim_matches('|').split('|');
    let cells: Vec<_> = cells.map(|cell| cell.trim().replace(BAR, "|")).collect();
    cells.try_into().expect("four cells")
}

/// Stands for a bar within a cell while lines are cut.
const BAR: char = '\u{0}';

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

fn unquoted(cell: String) -> String {
    cell.trim_matches('`').to_owned()
}
