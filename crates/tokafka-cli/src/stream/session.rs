//! The session of a stream's statements, and what the command line says of their tables.

use std::{
    fs,
    io::{Read, stdin},
    path::Path,
};

use anyhow::Context;
use datafusion::prelude::SessionContext;
use tokafka_datafusion::{SqlOptions, WriteOptions};

use crate::{
    connect::{OptionSet, secret_value},
    exit::wrong_use,
    sql,
};

const STANDARD_INPUT: &str = "-";

/// The text of the file.
pub(super) fn text(file: &Path) -> anyhow::Result<String> {
    if file == Path::new(STANDARD_INPUT) {
        let mut text = String::new();
        let read = stdin().read_to_string(&mut text);
        read.context("reading standard input")?;
        return Ok(text);
    }
    fs::read_to_string(file).map_err(|error| wrong_use(format!("{}: {error}", file.display())))
}

/// As `tokafka sql` has it: what is set on the command line is for the sink.
pub(super) fn session(options: &OptionSet) -> anyhow::Result<SessionContext> {
    sql::check_options(options)?;
    Ok(sql::session(options))
}

/// The same for streams that are read: they have no options of a write.
pub(super) fn sources(options: &OptionSet) -> SqlOptions {
    let (properties, _) = options.split();
    let all = properties.iter();
    let all = all.fold(WriteOptions::new(), |all, (name, value)| {
        all.producer(name, value)
    });
    let secrets = |source: &str, name: &str| secret_value(source, name).map_err(Into::into);
    SqlOptions::new().secrets(secrets).defaults(all)
}
