//! Flags that say which cluster and how.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectArgs {
    /// Where the cluster is; several addresses separated by commas [env: TOKAFKA_BOOTSTRAP_SERVERS]
    #[arg(short, long, value_name = "HOST:PORT")]
    pub(crate) bootstrap_server: Option<String>,
    /// Any option of `tokafka options`, with or without `kafka.` in front; repeatable. A secret can be
    /// given as ${env:NAME} or ${file:PATH}
    #[arg(short = 'X', value_name = "NAME=VALUE", value_parser = name_value)]
    pub(crate) set: Vec<(String, String)>,
    /// A client.properties file, as Kafka's own tools take it; -b and -X win over it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Splits at the first `=`. Only a name without surrounding blanks is left; the value is kept as typed.
pub(super) fn name_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        // The text is not repeated: it may be a secret.
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
