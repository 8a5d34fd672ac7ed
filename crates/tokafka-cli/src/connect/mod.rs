//! From flags to settings: where the cluster is, which options are set, and what their secrets are.
//!
//! What wins over what: `-b`, then `-X`, then `--config`, then `TOKAFKA_BOOTSTRAP_SERVERS`.

mod options;
mod secrets;

pub(crate) use options::{BOOTSTRAP, OptionSet};
pub(crate) use secrets::value as secret_value;
