//! A receipt from its file.

use std::{fs, path::Path};

use tokafka_datafusion::WriteReport;

use super::parse::parse;
use crate::exit::wrong_use;

/// Reads a receipt. Fails, as wrong use, if it is none, if it has another version, if it contradicts
/// itself, or if it names no offsets.
pub(super) fn load(path: &Path) -> anyhow::Result<WriteReport> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| wrong_use(format!("cannot read the receipt {shown}: {error}")))?;
    parse(&text).map_err(|reason| wrong_use(format!("{shown} {reason}")))
}
